import { lessonFromStudy } from '../lesson/lesson-settings.ts'
import { memoryBytes } from '../lesson/memory-size.ts'
import type { Architecture, Example } from '../model/family.ts'
import { fittingPasses } from '../model/fitting-passes.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import { knownConfig } from '../pretrained/known-configs.ts'
import { type LessonMeasurement, rootWeights, type TestMeasurement } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import { LessonMemory } from '../train/memory/lesson-memory.ts'
import { lessonSize } from '../train/memory/lesson-size.ts'
import { passBoundOf } from '../train/memory/usual-passes.ts'
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
  const whole = parseArchitecture(config, root.kind === 'scratch' ? 'scratch' : root.folder)
  const sizes = sizesOf(whole.parameters)
  const speed = speedOf(sizes.parameters)
  return step.kind === 'evaluate' ? testOfSize(step, sizes, speed) : lessonOfSize(step, whole, speed)
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
  step: TeachStep,
  whole: Architecture,
  { operationsPerSecond: rate, updateSeconds, fixedSeconds = 0 }: Speed,
): LessonMeasurement {
  const { settings } = step
  const { batch, limits } = settings
  const architecture = taughtOf(step, whole)
  const sizes = sizesOf(architecture.parameters)
  const { optimizerBytes } = lessonSize(architecture, optimizerOf(lessonFromStudy(settings, step.seed)))
  const wholeParameters = sizesOf(whole.parameters).parameters
  const tokens = assumedTokens(limits)
  const row = operations(sizes, tokens)
  return {
    overheadSeconds: processSeconds + wholeParameters * loadSeconds,
    secondsPerUpdate: fixedSeconds + (trainedShare * batch * row) / rate + sizes.dense * updateSeconds,
    secondsPerValidationRow: row / rate,
    secondsPerAnswer: answerOperations(sizes, tokens) / rate,
    saveSeconds: wholeParameters * loadSeconds,
    peakMemoryBytes: lessonBytes(step, whole, tokens),
    modelBytes: 4 * wholeParameters,
    parameters: sizes.parameters,
    optimizerBytes,
  }
}

/** What is taught of a model: all of it, or as many pieces of its vocabulary as rows of one language are taken to have. */
function taughtOf({ settings }: TeachStep, whole: Architecture): Architecture {
  if (settings.trim_vocab !== 'auto' || whole.vocabSize <= assumedPieces) return whole
  return whole.withPieces(Int32Array.from({ length: assumedPieces }, (_, piece) => piece))
}

/** Of mT5's 250,112 pieces, those that some ten thousand rows of one language are made of. */
const assumedPieces = 30_000

/** The memory of a lesson whose rows are all as long as is assumed, within its bound where that is possible. */
function lessonBytes(step: TeachStep, whole: Architecture, { source, target }: Tokens): number {
  const lesson = lessonFromStudy(step.settings, step.seed)
  const { batch, microBatch, memory } = lesson
  const counted = memoryOf(step, whole)
  const most = (memory === undefined ? undefined : memoryBytes(memory)) ?? Number.POSITIVE_INFINITY
  const within = { fits: (examples: readonly Example[]) => counted.during(examples) <= most }
  const examples = new Array<Example>(batch).fill({ source: new Int32Array(source), target: new Int32Array(target) })
  const weights = { architecture: whole, model: { mostElements: Number.POSITIVE_INFINITY } }
  const bound = passBoundOf(lesson, () => counted, within)
  const passes = fittingPasses(weights, examples, microBatch, bound)
  return Math.max(...passes.map((places) => counted.during(places.map((at) => examples[at]!))))
}

/** A graph is built once for all lessons that have it. */
const memories = new Map<string, LessonMemory>()

function memoryOf(step: TeachStep, whole: Architecture): LessonMemory {
  const lesson = lessonFromStudy(step.settings, step.seed)
  const optimizer = optimizerOf(lesson)
  const { dropout, labelSmoothing, trimVocab } = lesson
  const key = JSON.stringify([whole.raw, optimizer, dropout, labelSmoothing, trimVocab])
  const known = memories.get(key)
  if (known !== undefined) return known
  const architecture = taughtOf(step, whole)
  const beside = architecture === whole ? {} : { wholeParameters: sizesOf(whole.parameters).parameters }
  const made = new LessonMemory({ architecture, optimizer, lesson, ...beside })
  memories.set(key, made)
  return made
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
