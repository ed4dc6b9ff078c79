import { Fault } from '../base/fault.ts'
import type { Engine, HeldModel, HoldOptions, TaughtModel } from '../engine/engine.ts'
import type { OptimizerSettings } from '../engine/optimizer.ts'
import { areFinite } from '../graph/are-finite.ts'
import { pickRows } from '../graph/table-rows.ts'
import { elementCount } from '../graph/tensor.ts'
import type { ParameterSpec } from '../graph/weighted-graph.ts'
import type { Architecture } from '../model/family.ts'
import { openModel } from '../pretrained/open-model.ts'

/** A model in memory. */
export interface HeldWeights<M extends HeldModel = HeldModel> {
  readonly architecture: Architecture
  readonly model: M
  /** What was odd about the files, in sentences. */
  readonly warnings: readonly string[]
}

/** A model in memory that is to be taught. */
export type TaughtWeights = HeldWeights<TaughtModel>

/** What a lesson begins with, to be read as often as needed: a model folder's parameters, or random ones. */
export interface StartParameters {
  readonly architecture: Architecture
  /** @param take is given a parameter and what fills an array of as many elements */
  readonly readParameters: (
    take: (spec: ParameterSpec, fill: (data: Float32Array) => void | Promise<void>) => Promise<void>,
  ) => Promise<void>
}

/** Where a model is held, and by what it is taught. */
export interface Holding extends HoldOptions {
  readonly engine: Engine
}

/**
 * Reads a model folder.
 *
 * @throws {Fault} when the folder cannot be read as a model of a known family, or when it does not fit into memory
 */
export async function loadWeights(folder: string, holding: Holding): Promise<HeldWeights> {
  return await load(folder, ({ parameters }) => holding.engine.hold(parameters, holding))
}

/** {@link loadWeights} of a model that is to be taught. */
export async function loadTaughtWeights(
  folder: string,
  optimizer: OptimizerSettings,
  holding: Holding,
): Promise<TaughtWeights> {
  return await load(folder, ({ parameters }) => holding.engine.holdTaught(parameters, optimizer, holding))
}

/** Random weights as the model's family begins its pre-training with. */
export async function initialWeights(
  architecture: Architecture,
  seed: number,
  optimizer: OptimizerSettings,
  holding: Holding,
): Promise<TaughtWeights> {
  const model = await holding.engine.holdTaught(architecture.parameters, optimizer, holding)
  for (const { name } of architecture.parameters) {
    await model.write(name, (data) => architecture.fillStart(name, seed, data))
  }
  return { architecture, model, warnings: [] }
}

/**
 * A start with these pieces of its vocabulary alone, to be taught.
 *
 * @param pieces ascending
 * @param origin the start in faults
 */
export async function trimmedWeights(
  { architecture: whole, readParameters }: StartParameters,
  pieces: Int32Array,
  optimizer: OptimizerSettings,
  { origin, ...holding }: Holding & { readonly origin: string },
): Promise<TaughtWeights> {
  const architecture = whole.withPieces(pieces)
  const model = await holding.engine.holdTaught(architecture.parameters, optimizer, holding)
  await readParameters(({ name, shape }, fill) =>
    model.write(name, async (data) => {
      const table = data.length === elementCount(shape) ? data : new Float32Array(elementCount(shape))
      await fill(table)
      if (table !== data) pickRows(table, pieces, data)
      if (!areFinite(data)) throw notFinite(origin, name)
    }),
  )
  return { architecture, model, warnings: [] }
}

async function load<M extends HeldModel>(
  folder: string,
  hold: (architecture: Architecture) => Promise<M>,
): Promise<HeldWeights<M>> {
  const opened = await openModel(folder)
  try {
    const { architecture, warnings } = opened
    const model = await hold(architecture)
    await opened.readParameters(async ({ name }, fill, part) => {
      type Read<Place extends number[]> = (data: Float32Array, ...place: Place) => Promise<void>
      const checked =
        <Place extends number[]>(read: Read<Place>): Read<Place> =>
        async (data, ...place) => {
          await read(data, ...place)
          if (!areFinite(data)) throw notFinite(folder, name)
        }
      await model.write(name, checked(fill), part && checked(part))
    })
    return { architecture, model, warnings }
  } finally {
    opened.close()
  }
}

function notFinite(folder: string, name: string): Fault {
  return new Fault(
    `Cannot use the weights of "${folder}" as the tensor "${name}" holds a number that is not finite (NaN or an infinity): ` +
      'they were damaged, or taught with too high a learning rate; take another checkpoint',
  )
}
