import { lessonFromStudy } from '../lesson/lesson-settings.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import { knownConfig } from '../pretrained/known-configs.ts'
import { type LessonMeasurement, rootWeights, type TestMeasurement } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import { lessonSize } from '../train/model-memory.ts'
import { optimizerOf } from '../train/optimizer-of.ts'

/** How fast a machine computes. */
export interface Speed {
  /** Of matrices and attention. */
  readonly operationsPerSecond: number
  /** Of the optimizer, for each parameter that it goes over. */
  readonly updateSeconds: number
  /** Of an update, whatever its size. Default: none that counts. */
  readonly fixedSeconds?: number
}

/** What a step takes as its model's sizes say; `undefined` where they stand in a file that has not been read. */
export function measurementOfSize(
  step: TeachStep | EvaluateStep,
  plan: Plan,
  speedOf: (parameters: number) => Speed,
): LessonMeasurement | TestMeasurement | undefined {
  const root = rootWeights(step.kind === 'teach' ? step.start : step.model, plan)
  const config = root.kind === 'scratch' ? root.config : knownConfig(root.folder.replace(/@[^@]*$/u, ''))
  if (config === undefined || !('d_model' in config)) return undefined
  const { parameters } = parseArchitecture(config, root.kind === 'scratch' ? 'scratch' : root.folder)
  const sizes = sizesOf(parameters)
  const speed = speedOf(sizes.parameters)
  if (step.kind === 'evaluate') return testOfSize(step, sizes, speed)
  const { optimizerBytes } = lessonSize({ parameters }, optimizerOf(lessonFromStudy(step.settings, step.seed)))
  return lessonOfSize(step, sizes, optimizerBytes, speed)
}

/** Of the rows' limits: how long they are where nobody has seen them. */
const assumedShare = 0.5

/** A lesson computes forwards, and twice as much backwards. */
export const trainedShare = 3

/** Of a model, the elements of its matrices by the tokens that they meet. */
interface Sizes {
  readonly parameters: number
  /** Parameters whose gradient is dense: the optimizer goes over all of them. */
  readonly dense: number
  readonly encoder: number
  readonly decoder: number
  readonly output: number
  readonly vocabulary: number
  /** Widths of attention, all layers together. */
  readonly encoderAttention: number
  readonly decoderAttention: number
  /** Values that a token leaves behind for the way back, all layers together. */
  readonly encoderValues: number
  readonly decoderValues: number
}

interface Tokens {
  readonly source: number
  readonly target: number
}

export function sizesOf(
  specs: readonly { readonly name: string; readonly shape: readonly number[]; readonly lookedUp?: boolean }[],
): Sizes {
  const elements = ({ shape }: { readonly shape: readonly number[] }): number => shape.reduce((a, b) => a * b, 1)
  const total = (list: typeof specs): number => list.reduce((sum, one) => sum + elements(one), 0)
  const matrices = specs.filter(({ shape }) => shape.length === 2)
  const of = (stack: string): typeof specs => matrices.filter(({ name }) => name.startsWith(`${stack}.`))
  const rows = (list: typeof specs): number => list.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const queries = (stack: string): number => rows(of(stack).filter(({ name }) => name.endsWith('.q.weight')))
  const [vocabulary, width] = matrices.find(({ name }) => name === 'shared.weight')!.shape as [number, number]
  return {
    parameters: total(specs),
    dense: total(specs.filter(({ lookedUp }) => lookedUp !== true)),
    encoder: total(of('encoder')),
    decoder: total(of('decoder')),
    output: vocabulary * width,
    vocabulary,
    encoderAttention: queries('encoder'),
    decoderAttention: queries('decoder'),
    encoderValues: valuesAMatrix * rows(of('encoder')),
    decoderValues: valuesAMatrix * rows(of('decoder')),
  }
}

/** What a matrix makes of a token is kept, and so is what comes of it: norms, activations, dropout. */
const valuesAMatrix = 2

/** Multiplications and additions of one row, forwards. */
export function operations(sizes: Sizes, { source, target }: Tokens): number {
  const matrices = sizes.encoder * source + (sizes.decoder + sizes.output) * target
  const attention =
    2 * (sizes.encoderAttention * source ** 2 + sizes.decoderAttention * target * Math.max(source, target))
  return 2 * (matrices + attention)
}

function lessonOfSize(
  { settings }: TeachStep,
  sizes: Sizes,
  optimizerBytes: number,
  { operationsPerSecond: rate, updateSeconds, fixedSeconds = 0 }: Speed,
): LessonMeasurement {
  const { batch, limits } = settings
  const tokens = assumedTokens(limits)
  const row = operations(sizes, tokens)
  return {
    overheadSeconds: processSeconds + sizes.parameters * loadSeconds,
    secondsPerUpdate: fixedSeconds + (trainedShare * batch * row) / rate + sizes.dense * updateSeconds,
    secondsPerValidationRow: row / rate,
    secondsPerAnswer: answerOperations(sizes, tokens) / rate,
    saveSeconds: sizes.parameters * loadSeconds,
    peakMemoryBytes:
      processBytes +
      8 * sizes.parameters +
      optimizerBytes +
      activationBytes(sizes, tokens, settings.micro_batch ?? batch),
    modelBytes: 4 * sizes.parameters,
    parameters: sizes.parameters,
    optimizerBytes,
  }
}

function testOfSize({ task }: EvaluateStep, sizes: Sizes, { operationsPerSecond: rate }: Speed): TestMeasurement {
  const tokens = assumedTokens(task.limits)
  return {
    overheadSeconds: processSeconds + sizes.parameters * loadSeconds,
    secondsPerRow: answerOperations(sizes, tokens) / rate,
    peakMemoryBytes:
      processBytes + 4 * sizes.parameters + activationBytes(sizes, tokens, task.generate.batch) / trainedShare,
  }
}

/** Answers are written token by token: weights are read once for each, which takes about as long as three times the work. */
function answerOperations(sizes: Sizes, { source, target }: Tokens): number {
  return 2 * sizes.encoder * source + 3 * 2 * (sizes.decoder + sizes.output) * target
}

function activationBytes(sizes: Sizes, { source, target }: Tokens, rows: number): number {
  const headWidth = 64
  const attention = (sizes.encoderAttention * source ** 2 + sizes.decoderAttention * target * source) / headWidth
  // Scores and their softmax; logits, their softmax and the gradient.
  const row =
    sizes.encoderValues * source + sizes.decoderValues * target + 2 * attention + 3 * sizes.vocabulary * target
  return 4 * rows * row
}

/** Of a process with its graphs and nothing in them. */
const processBytes = 150e6
const processSeconds = 3
/** For each parameter: to read or write it. */
const loadSeconds = 4e-9

function assumedTokens({ source, target }: Tokens): Tokens {
  return { source: Math.ceil(assumedShare * source), target: Math.ceil(assumedShare * target) }
}
