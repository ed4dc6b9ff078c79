import type { HeldModel, Session } from '../engine/engine.ts'
import { GraphBuilder } from '../graph/builder.ts'
import type { Tensor } from '../graph/tensor.ts'

/** Operations a second of products of square matrices, at the size that keeps the device busy for a while. */
export async function productsRate(model: HeldModel, type: 'float' | 'float16'): Promise<number> {
  for (let size = 256; ; size *= 2) {
    const seconds = await productSeconds(model, type, size)
    // Short ones show how long a run takes to begin, not how fast it is.
    if (seconds > 0.1 || size === 4096) return (chained * 2 * size ** 3) / seconds
  }
}

/** Products one after another in a run: what is read back of them is small beside them. */
const chained = 8

async function productSeconds(model: HeldModel, type: 'float' | 'float16', size: number): Promise<number> {
  const graph = new GraphBuilder(model.dialect)
  const ones = graph.reshape(graph.constant('float', [1 / size]), [1, 1])
  const like = graph.input('like', 'float', [size, size])
  let product = graph.cast(like, type)
  const factor = graph.cast(graph.mul(graph.expandLike(ones, like), like), type)
  for (let at = 0; at < chained; at++) {
    product = graph.apply('MatMul', [product, factor], {}, [{ type, shape: like.shape }])
  }
  graph.output('sum', graph.reduceMax(graph.reduceMax(graph.cast(product, 'float'), [1], false), [0], false))
  const session = await model.session({ graph, parameters: [] })
  const held = await model.hold({ type: 'float', data: new Float32Array(size * size).fill(1), dims: [size, size] })
  try {
    return await best(3, () => session.run({ like: held }, { read: ['sum'] }))
  } finally {
    held.release()
    await session.release()
  }
}

/** Bytes a second to the device and back, by a tensor of 64 MB. */
export async function transferRates(
  model: HeldModel,
  name: string,
  elements: number,
): Promise<{ up: number; down: number }> {
  const bytes = 4 * elements
  const up = await best(3, () => model.write(name, (data) => void data.fill(1)))
  const down = await best(3, () => model.read(name))
  return { up: bytes / up, down: bytes / down }
}

/**
 * The largest buffer in bytes that the device fills rightly, by doubling. One that is too large may end the process: the sizes that
 * were right are told as they are found.
 */
export async function fillBuffers(model: HeldModel, most: number, onSize: (bytes: number) => void): Promise<void> {
  const session = await model.session({ graph: filledGraph(model), parameters: [] })
  try {
    for (let bytes = 2 ** 26; bytes <= most; bytes *= 2) {
      if (!(await isFilled(session, bytes / 4 / rowLength))) return
      onSize(bytes)
    }
  } finally {
    await session.release()
  }
}

const rowLength = 4096

/** A column that is repeated along rows: a large tensor that is never in this process's memory. */
function filledGraph({ dialect }: HeldModel): GraphBuilder {
  const graph = new GraphBuilder(dialect)
  const column = graph.input('column', 'float', ['R', 1])
  const shape = graph.input('shape', 'int64', [2])
  const filled = graph.apply('Expand', [column, shape], {}, [{ type: 'float', shape: ['R', rowLength] }])
  const doubled = graph.add(filled, column)
  graph.output('highest', graph.reduceMax(doubled, [1], false))
  return graph
}

async function isFilled(session: Session, rows: number): Promise<boolean> {
  const column: Tensor = { type: 'float', data: Float32Array.from({ length: rows }, (_, row) => row), dims: [rows, 1] }
  const shape: Tensor = { type: 'int64', data: BigInt64Array.of(BigInt(rows), BigInt(rowLength)), dims: [2] }
  const { read } = await session.run({ column, shape }, { read: ['highest'] })
  return (read.highest.data as Float32Array).every((value, row) => value === 2 * row)
}

/** Seconds of the quickest of some runs, after one to warm up. */
async function best(runs: number, work: () => Promise<unknown>): Promise<number> {
  await work()
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const begun = performance.now()
    await work()
    least = Math.min(least, (performance.now() - begun) / 1000)
  }
  return Math.max(least, 1e-9)
}
