import type { Engine, HeldModel, Pass } from '../engine/engine.ts'
import type { AdamWSettings } from '../engine/optimizer.ts'
import type { Tensor } from '../graph/tensor.ts'
import { learningRateAt } from '../lesson/schedule.ts'
import type { Architecture, Example } from '../model/family.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import {
  goldenBatch,
  goldenConfig,
  goldenDecay,
  goldenRate,
  goldenRows,
  goldenSeed,
  goldenUpdates,
} from './golden-lesson.ts'

/** What each update of the golden lesson has shown. */
export interface LessonNumbers {
  readonly losses: readonly number[]
  readonly norms: readonly number[]
}

const adamw: AdamWSettings = {
  name: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: goldenDecay,
  maxGradNorm: 1,
}

/** Teaches the golden lesson on an engine. @param dropout 0 as in the golden numbers, or any other rate */
export async function teachGolden(engine: Engine, dropout: number, updates = goldenUpdates): Promise<LessonNumbers> {
  const architecture = goldenArchitecture()
  const model = await engine.holdTaught(architecture.parameters, adamw, {})
  await fillAll(architecture, model)
  const options = { gradients: true, dropout: dropout > 0, dialect: model.dialect }
  const teacher = model.teacher((accumulate) => architecture.lessonGraph({ ...options, accumulate }))
  const rows = goldenRows()
  const numbers: { losses: number[]; norms: number[] } = { losses: [], norms: [] }
  try {
    for (let step = 0; step < updates; step++) {
      const batch = Array.from({ length: goldenBatch }, (_, at) => rows[(step * goldenBatch + at) % rows.length]!)
      const { nll, gradNorm } = await teacher.update(passesOf(architecture, batch, step, dropout), rateAt(step))
      numbers.losses.push(nll / targetTokens(batch))
      numbers.norms.push(gradNorm)
    }
  } finally {
    await teacher.release()
  }
  return numbers
}

/** The loss of every target token of the golden rows before the lesson, as validation rows are measured. */
export async function goldenTokenLosses(engine: Engine): Promise<Tensor> {
  const architecture = goldenArchitecture()
  const model = await engine.hold(architecture.parameters, {})
  await fillAll(architecture, model)
  const options = { gradients: false, dropout: false, dialect: model.dialect }
  const session = await model.session(architecture.lessonGraph(options))
  try {
    return (await session.run(architecture.packBatch(goldenRows()).inputs, { read: ['nll'] })).read.nll
  } finally {
    await session.release()
  }
}

async function fillAll(architecture: Architecture, model: HeldModel): Promise<void> {
  for (const { name } of architecture.parameters) {
    await model.write(name, (data) => architecture.fillStart(name, goldenSeed, data))
  }
}

/** Two passes an update, so that gradients are added up as well. */
function* passesOf(
  architecture: Architecture,
  batch: readonly Example[],
  step: number,
  probability: number,
): Generator<Pass> {
  const rows = goldenBatch / 2
  for (let begin = 0; begin < batch.length; begin += rows) {
    const { inputs, extents } = architecture.packBatch(batch.slice(begin, begin + rows))
    const dropout = { probability, seed: goldenSeed, step, pass: begin }
    yield { inputs, extents, lossScale: 1 / targetTokens(batch), dropout }
  }
}

function targetTokens(batch: readonly Example[]): number {
  return batch.reduce((sum, { target }) => sum + target.length, 0)
}

/** The model of the golden lesson. */
export function goldenArchitecture(): Architecture {
  return parseArchitecture(goldenConfig, 'the golden lesson')
}

function rateAt(step: number): number {
  const lesson = { learningRate: goldenRate, schedule: 'linear', warmupSteps: 0 } as const
  return learningRateAt(lesson, step, goldenUpdates)
}

/** How far a lesson may be from its golden, relatively: what the processor's own lessons are held to. */
export const lessonTolerance = 2e-4

/** The largest relative difference of two lessons' numbers; infinite where one has a number that is none. */
export function lessonDifference(found: LessonNumbers, expected: LessonNumbers): number {
  const of = (a: readonly number[], b: readonly number[]): number[] =>
    a.map((value, at) => Math.abs(value - b[at]!) / Math.abs(b[at]!))
  const all = [...of(found.losses, expected.losses), ...of(found.norms, expected.norms)]
  return all.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...all)
}
