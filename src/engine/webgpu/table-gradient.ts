import { GraphBuilder } from '../../graph/builder.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { deviceDialect } from './device-dialect.ts'
import { DeviceSession } from './device-session.ts'
import type { DeviceTensor } from './device-tensor.ts'
import { rowsOfSum, sumLevels } from './sum-levels.ts'

/**
 * The gradient of a table from the gradients of rows that were picked from it, some more than once.
 *
 * The device adds in no fixed order where several numbers go to one place. So rows of one id are added up first, eight at a
 * time in the order in which they were picked, until one is left of each, and those go to their places.
 */
export class TableGradient {
  readonly #rows: number
  readonly #width: number
  #sums: DeviceSession | undefined
  #first: DeviceSession | undefined
  #next: DeviceSession | undefined

  /** @param dims of the table */
  constructor([rows, width]: readonly [rows: number, width: number]) {
    this.#rows = rows
    this.#width = width
  }

  /**
   * Adds up what was picked.
   *
   * @param ids of the rows of all parts, in order
   * @param parts gradients of picked rows, [n, width] each; they are left to the caller
   * @param before the gradient so far, which is released; without it there is none
   * @returns [rows, width]
   */
  async add(ids: Int32Array, parts: readonly DeviceTensor[], before: DeviceTensor | undefined): Promise<DeviceTensor> {
    const { distinct, levels } = sumLevels(ids)
    let sums = await this.#sumUp(parts, levels[0]!)
    for (const level of levels.slice(1)) {
      const next = await this.#sumUp([sums], level)
      sums.release()
      sums = next
    }
    const places: Tensor = { type: 'int64', data: BigInt64Array.from(distinct, BigInt), dims: [distinct.length, 1] }
    try {
      return await this.#put(sums, places, before)
    } finally {
      sums.release()
    }
  }

  async release(): Promise<void> {
    for (const session of [this.#sums, this.#first, this.#next]) await session?.release()
  }

  async #sumUp(parts: readonly DeviceTensor[], picks: Int32Array): Promise<DeviceTensor> {
    this.#sums ??= await DeviceSession.create(sumsGraph(this.#width))
    const [a, b] = parts as [DeviceTensor, DeviceTensor?]
    const none: Tensor = { type: 'float', data: new Float32Array(this.#width), dims: [1, this.#width] }
    const indices: Tensor = { type: 'int32', data: picks, dims: [picks.length / rowsOfSum, rowsOfSum] }
    return (await this.#sums.run({ a, b: b ?? none, picks: indices }, ['sums'])).held('sums')
  }

  async #put(sums: DeviceTensor, places: Tensor, before: DeviceTensor | undefined): Promise<DeviceTensor> {
    if (before === undefined) {
      this.#first ??= await DeviceSession.create(firstGraph(this.#rows, this.#width))
      return (await this.#first.run({ sums, places }, ['gradient'])).held('gradient')
    }
    this.#next ??= await DeviceSession.create(nextGraph(this.#rows, this.#width))
    const results = await this.#next.run({ before, sums, places }, ['gradient'])
    before.release()
    return results.held('gradient')
  }
}

/** Rows of `a`, and behind them those of `b`, eight to a sum; -1 picks the row of zeros behind them all. */
function sumsGraph(width: number): GraphBuilder {
  const g = new GraphBuilder(deviceDialect)
  const zero = g.constant('float', new Array<number>(width).fill(0), [1, width])
  const rows = g.concat([g.input('a', 'float', ['N', width]), g.input('b', 'float', ['M', width]), zero], 0)
  const picked = g.gather(rows, g.input('picks', 'int32', ['P', rowsOfSum])) // [P, 8, width]
  g.output('sums', g.reduceSum(picked, [1], false))
  return g
}

function firstGraph(rows: number, width: number): GraphBuilder {
  const g = new GraphBuilder(deviceDialect)
  const like = { name: '', type: 'float', shape: [rows, width] } as const
  const zeros = g.expandLike(g.constant('float', [0], [1, 1]), like)
  g.output('gradient', g.apply('ScatterND', [zeros, placesInput(g), sumsInput(g, width)], {}))
  return g
}

function nextGraph(rows: number, width: number): GraphBuilder {
  const g = new GraphBuilder(deviceDialect)
  const before = g.input('before', 'float', [rows, width])
  const places = placesInput(g)
  const together = g.add(g.gather(before, g.reshape(places, [-1])), sumsInput(g, width))
  g.output('gradient', g.apply('ScatterND', [before, places, together], {}))
  return g
}

function placesInput(g: GraphBuilder) {
  return g.input('places', 'int64', ['U', 1])
}

function sumsInput(g: GraphBuilder, width: number) {
  return g.input('sums', 'float', ['U', width])
}
