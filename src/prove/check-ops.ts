import { seededRandom } from '../base/random.ts'
import type { HeldModel } from '../engine/engine.ts'
import { GraphBuilder } from '../graph/builder.ts'
import type { OpName, Value } from '../graph/ops.ts'
import { elementCount, type Tensor } from '../graph/tensor.ts'
import type { Architecture } from '../model/family.ts'
import { type FormInputs, type OpForm, opForms } from './op-forms.ts'

/** What an operator is on a device beside what it is on the processor. */
export interface OpFinding {
  readonly op: OpName
  /** The largest difference in parts of the largest number; infinite where one gives no number, or another place. */
  readonly difference: number
}

/**
 * How far a device may be from the processor: WGSL promises of exp, log, tanh and a division only a few of the last places, and
 * sums of another order differ by as much.
 */
export const opTolerance = 2e-5

/** Operators of the graphs that a model is taught with and answers by, as an engine is asked for them. */
export function opsOfGraphs(architecture: Architecture, { dialect }: Pick<HeldModel, 'dialect'>): OpName[] {
  const { encoder, step } = architecture.generation(dialect)
  const lessons = [
    { gradients: true, dropout: true },
    { gradients: true, dropout: false },
    { gradients: false, dropout: false },
  ].map((options) => architecture.lessonGraph({ ...options, dialect }))
  const graphs = [...lessons, encoder, step(false), step(true)].map(({ graph }) => graph)
  const used = new Set(graphs.flatMap(({ nodes }) => nodes.map(({ op }) => op)))
  return (Object.keys(opForms) as OpName[]).filter((op) => used.has(op))
}

/** Runs every form of some operators on a device and on the processor. @param onOp told each before it is run */
export async function checkOps(
  ops: readonly OpName[],
  device: HeldModel,
  processor: HeldModel,
  onOp: (op: OpName) => void = () => {},
): Promise<OpFinding[]> {
  const findings: OpFinding[] = []
  for (const op of ops) {
    onOp(op)
    let difference = 0
    for (const form of opForms[op]) difference = Math.max(difference, await compareForm(form, device, processor))
    findings.push({ op, difference })
  }
  return findings
}

async function compareForm(form: OpForm, device: HeldModel, processor: HeldModel): Promise<number> {
  // One graph for both: what the device is asked, the processor can do as well.
  const { graph, feeds, outputs } = builtForm(form, device)
  if (outputs.length === 0) return 0
  const found = await runGraph(device, graph, feeds, outputs)
  const expected = await runGraph(processor, graph, feeds, outputs)
  return Math.max(...outputs.map((name) => tensorDifference(found[name]!, expected[name]!)))
}

/** A form as a graph with its inputs. */
export function builtForm(
  form: OpForm,
  { dialect }: Pick<HeldModel, 'dialect'>,
): { graph: GraphBuilder; feeds: Record<string, Tensor>; outputs: string[] } {
  const graph = new GraphBuilder(dialect)
  const feeds: Record<string, Tensor> = {}
  const values = form(seededInputs(graph, feeds))
  const outputs = values.map((value, index) => {
    graph.output(`y${index}`, value)
    return `y${index}`
  })
  return { graph, feeds, outputs }
}

async function runGraph(
  model: HeldModel,
  graph: GraphBuilder,
  feeds: Readonly<Record<string, Tensor>>,
  read: readonly string[],
): Promise<Readonly<Record<string, Tensor>>> {
  const session = await model.session({ graph, parameters: [] })
  try {
    return (await session.run(feeds, { read })).read
  } finally {
    await session.release()
  }
}

function seededInputs(graph: GraphBuilder, feeds: Record<string, Tensor>): FormInputs {
  const random = seededRandom(7)
  const add = (tensor: Tensor): Value => {
    const name = `x${Object.keys(feeds).length}`
    feeds[name] = tensor
    return graph.input(name, tensor.type, tensor.dims)
  }
  const floats = (dims: number[], next: () => number): Value =>
    add({ type: 'float', data: Float32Array.from({ length: elementCount(dims) }, next), dims })
  const below = (extent: number): bigint => BigInt(random.below(extent))
  return {
    graph,
    float: (...dims) => floats(dims, () => random.normal()),
    positive: (...dims) => floats(dims, () => 0.1 + Math.abs(random.normal())),
    places: (extent, ...dims) =>
      add({ type: 'int64', data: BigInt64Array.from({ length: elementCount(dims) }, () => below(extent)), dims }),
    unlikePlaces(extent, rows, count) {
      const drawn = Array.from({ length: rows }, () => [...random.permutation(extent).subarray(0, count)])
      return add({ type: 'int64', data: BigInt64Array.from(drawn.flat(), BigInt), dims: [rows, count] })
    },
    flags: (...dims) =>
      add({ type: 'bool', data: Uint8Array.from({ length: elementCount(dims) }, () => random.below(2)), dims }),
  }
}

/** In parts of the largest expected number; places must be the same. */
export function tensorDifference(found: Tensor, expected: Tensor): number {
  if (found.data.length !== expected.data.length) return Number.POSITIVE_INFINITY
  let largest = 0
  let most = 0
  for (let at = 0; at < expected.data.length; at++) {
    const wanted = Number(expected.data[at])
    const difference = Math.abs(Number(found.data[at]) - wanted)
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
    most = Math.max(most, Math.abs(wanted))
  }
  if (expected.type !== 'float') return largest === 0 ? 0 : Number.POSITIVE_INFINITY
  return largest / Math.max(most, 1e-30)
}
