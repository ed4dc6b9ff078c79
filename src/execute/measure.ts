import { readdirSync, statSync } from 'node:fs'
import { availableParallelism, cpus, freemem } from 'node:os'
import { join } from 'node:path'
import { readAllJsonLines, readJsonLines, writeJsonLines } from '../base/json-lines.ts'
import { seededRandom } from '../base/random.ts'
import { type DeviceChoice, usualDevice } from '../lesson/device.ts'
import { lessonDefaults } from '../lesson/lesson-settings.ts'
import type { PredictRequest, TeachRequest } from '../lesson/protocol.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import type { LessonMeasurement, TestMeasurement } from '../study/plan/estimate.ts'
import { rootWeights } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import { answerRequest } from '../study/steps/answer-request.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { PreparedPair } from '../study/steps/prepare-task.ts'
import type { WorkContext } from '../study/steps/runners.ts'
import { scoreAnswers } from '../study/steps/score-answers.ts'
import type { Store } from '../study/store/store.ts'
import { inTrialFolder } from '../study/store/trial-folder.ts'
import { predictInChild, teachInChild } from '../train/child.ts'
import { rootLesson } from './root-lesson.ts'
import { type Trial, trial } from './trial.ts'

/** What a step has of the machine. */
export interface MachineShare {
  /** Its threads; `undefined`: all. */
  readonly threads: number | undefined
  /** Steps that run side by side, which share the memory's speed. */
  readonly jobs: number
}

/** What measurements depend on besides the shape of the work. */
export function machineName({ threads, jobs }: MachineShare): string {
  const beside = jobs === 1 ? '' : `, ${jobs} side by side`
  return `${processorName()} x${threads ?? availableParallelism()}${beside}, Node ${process.versions.node}`
}

/** Asked for once: to ask takes a tenth of a millisecond a processor, for each step of a large study. */
let processor: string | undefined

function processorName(): string {
  processor ??= cpus()[0]?.model ?? 'cpu'
  return processor
}

const firstUpdates = 4
const wantedSeconds = 6
const mostUpdates = 400
const validationSample = 48
const testSample = 64
const answerSample = 32

/** What a measurement is made with: steps that will run side by side are measured so. */
export type MeasureContext = WorkContext & MachineShare

/**
 * Teaches a lesson's own rows for a few updates with its own settings and sees what it takes.
 *
 * @param context its signal ends the trial
 */
export async function measureLesson(
  step: TeachStep,
  plan: Plan,
  store: Store,
  context: MeasureContext,
): Promise<LessonMeasurement> {
  return await inTrialFolder(store, async (folder) => {
    const request = await trialRequest(step, plan, store, folder, context)
    const first = await trial(request, firstUpdates, context)
    const updates = Math.min(Math.ceil(wantedSeconds / Math.max(first.secondsPerUpdate, 1e-3)), mostUpdates)
    // A lesson of fewer updates has shown them all.
    const isWhole = first.updates <= firstUpdates
    const jobs = jobsThatFit(first.peakMemoryBytes, context, step.settings.device)
    const trials =
      jobs === 1 && (updates <= firstUpdates || isWhole)
        ? [first]
        : await sideBySide(jobs, context.signal, (job, signal) =>
            trial(apart(request, job), Math.max(updates, firstUpdates), { ...context, signal }),
          )
    return await measurementOf(trials, request)
  })
}

/** As many as the study runs side by side, as far as memory holds them; on a card they compute in turns. */
export function jobsThatFit(bytes: number, { jobs }: Pick<MeasureContext, 'jobs'>, device: DeviceChoice): number {
  if (device !== usualDevice) return 1
  return Math.max(1, Math.min(jobs, Math.floor((0.8 * freemem()) / bytes)))
}

/**
 * Does work several times at once. One that fails ends the others, and none is at work any more once that is told.
 *
 * @throws what the first one to fail has thrown
 */
export async function sideBySide<T>(
  jobs: number,
  signal: AbortSignal,
  work: (job: number, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const stop = new AbortController()
  const failures: unknown[] = []
  const either = AbortSignal.any([signal, stop.signal])
  const results = await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      try {
        return [await work(job, either)]
      } catch (error) {
        failures.push(error)
        stop.abort()
        return []
      }
    }),
  )
  if (failures.length > 0) throw failures[0]
  return results.flat(1) as T[]
}

function apart(request: TeachRequest, job: number): TeachRequest {
  if (job === 0) return request
  return { ...request, outFolder: `${request.outFolder}-${job}`, stateFolder: `${request.stateFolder}-${job}` }
}

async function measurementOf(trials: readonly Trial[], request: TeachRequest): Promise<LessonMeasurement> {
  const mean = meanOf(trials)
  const validationRows = request.validation === undefined ? 0 : await countLines(fileOf(request.validation))
  const answers = await answerCount(request)
  return {
    overheadSeconds: mean(({ overheadSeconds }) => overheadSeconds),
    secondsPerUpdate: mean(({ secondsPerUpdate }) => secondsPerUpdate),
    secondsPerValidationRow: validationRows === 0 ? 0 : mean(({ lossSeconds }) => lossSeconds) / validationRows,
    ...(answers === 0 ? {} : { secondsPerAnswer: mean(({ answerSeconds }) => answerSeconds ?? 0) / answers }),
    saveSeconds: mean(({ endSeconds }) => endSeconds),
    peakMemoryBytes: Math.max(...trials.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    modelBytes: folderBytes(request.outFolder),
    parameters: trials[0]!.parameters,
    optimizerBytes: trials[0]!.optimizerBytes,
  }
}

function meanOf<T>(all: readonly T[]): (pick: (one: T) => number) => number {
  return (pick) => all.reduce((sum, one) => sum + pick(one), 0) / all.length
}

async function answerCount({ evaluate }: TeachRequest): Promise<number> {
  let count = 0
  for (const { sources } of evaluate?.answers ?? []) count += await countLines(sources)
  return count
}

async function trialRequest(
  step: TeachStep,
  plan: Plan,
  store: Store,
  folder: string,
  context: WorkContext,
): Promise<TeachRequest> {
  const { judge: ___, ...whole } = rootLesson(step, plan, store, context)
  const validation = join(folder, 'validation.jsonl')
  const hasValidation =
    whole.validation !== undefined && (await sample(fileOf(whole.validation), validation, validationSample)) > 0
  const { validation: __, evaluate, ...request } = whole
  // Few updates are made, all of them.
  const { stopAfter: ____, minDelta: _____, ...lesson } = request.lesson
  return {
    ...request,
    lesson,
    outFolder: join(folder, 'out'),
    stateFolder: join(folder, 'state'),
    keep: 'last',
    saveStateEverySeconds: 1e9,
    ...(hasValidation && evaluate !== undefined
      ? {
          validation: inFile(whole.validation!, validation),
          evaluate: await trialEvaluation(evaluate, tokenizerOf(whole), folder),
        }
      : {}),
  }
}

/** Answers some rows with as many tokens as their references have. */
async function trialEvaluation(
  { answers = [], ...evaluate }: NonNullable<TeachRequest['evaluate']>,
  tokenizer: string,
  folder: string,
): Promise<NonNullable<TeachRequest['evaluate']>> {
  const trials: typeof answers = []
  for (const [index, request] of answers.entries()) {
    const sources = join(folder, `answers-${index}.jsonl`)
    await sample(request.sources, sources, answerSample)
    const tokens = await usualTokens(sources, tokenizer)
    const { rows: _, ...rest } = request
    trials.push({ ...rest, sources, generation: { ...request.generation, maxNewTokens: tokens, minNewTokens: tokens } })
  }
  return { ...evaluate, by: 'loss', ...(trials.length === 0 ? {} : { answers: trials }) }
}

function tokenizerOf({ start }: TeachRequest): string {
  return 'folder' in start ? start.folder : start.tokenizer
}

/** Tokens of all but the longest targets: rows of a batch are written until its longest answer ends. */
async function usualTokens(pairs: string, tokenizerPath: string): Promise<number> {
  const tokenizer = loadTokenizer(tokenizerPath)
  const lengths: number[] = []
  for await (const { target } of readJsonLines<PreparedPair>(pairs)) lengths.push(tokenizer.encode(target).length)
  lengths.sort((a, b) => a - b)
  return Math.max(1, lengths[Math.floor(0.9 * (lengths.length - 1))] ?? 1)
}

/**
 * Answers the longest test rows, which take the most memory, and some others with a model of the right shape, as many tokens each
 * as their references have, and scores the answers.
 */
export async function measureTest(
  step: EvaluateStep,
  plan: Plan,
  store: Store,
  context: MeasureContext,
): Promise<TestMeasurement> {
  return await inTrialFolder(store, async (folder) => {
    const sources = join(folder, 'sources.jsonl')
    const { batch } = step.task.generate
    const rows = await longestAndOthers(
      store.rowsFile(step.data, 'test'),
      sources,
      batch,
      Math.max(testSample, 2 * batch),
    )
    const root = rootWeights(step.model, plan)
    let model = root.kind === 'folder' ? root.folder : ''
    if (root.kind === 'scratch') {
      model = join(folder, 'model')
      await teachInChild(untaught(root, sources, model, folder), { signal: context.signal })
    }
    const tokens = await usualTokens(sources, model)
    const generate = { ...step.task.generate, max_new_tokens: tokens, min_new_tokens: tokens }
    const outOf = (job: number): string => join(folder, `answers-${job}.jsonl`)
    const answered = (job: number, signal: AbortSignal) =>
      timedAnswers(answerRequest({ model, sources, out: outOf(job) }, { ...step.task, generate }, context), rows, {
        ...context,
        signal,
      })
    const first = await answered(0, context.signal)
    const jobs = jobsThatFit(first.peakMemoryBytes, context, step.task.device)
    const trials = jobs === 1 ? [first] : await sideBySide(jobs, context.signal, answered)
    const mean = meanOf(trials)
    const begun = performance.now()
    await scoreAnswers(step.task, sources, outOf(0), folder, undefined)
    return {
      overheadSeconds: mean(({ overheadSeconds }) => overheadSeconds),
      secondsPerRow:
        mean(({ secondsPerRow }) => secondsPerRow) + (performance.now() - begun) / 1000 / Math.max(1, rows),
      peakMemoryBytes: Math.max(...trials.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    }
  })
}

/** Longer sources are answered first; the first batch also builds the graphs. */
async function timedAnswers(request: PredictRequest, rows: number, { signal }: WorkContext): Promise<TestMeasurement> {
  let firstMs = 0
  const begun = performance.now()
  const result = await predictInChild(request, {
    signal,
    onEvent: ({ type }) => {
      if (type === 'predicted' && firstMs === 0) firstMs = performance.now()
    },
  })
  const seconds = (performance.now() - begun) / 1000
  const later = rows - request.batch
  const secondsPerRow = later > 0 ? (performance.now() - firstMs) / 1000 / later : (seconds * 0.5) / Math.max(1, rows)
  return {
    overheadSeconds: Math.max(0, seconds - secondsPerRow * rows),
    secondsPerRow,
    peakMemoryBytes: result.peakRssBytes,
  }
}

/** Copies the rows with the longest sources, and some of the others drawn at random. @returns how many */
async function longestAndOthers(from: string, to: string, longest: number, others: number): Promise<number> {
  const isThere = statSync(from, { throwIfNoEntry: false }) !== undefined
  const rows = isThere ? await readAllJsonLines<PreparedPair>(from) : []
  const sorted = rows.toSorted((a, b) => b.source.length - a.source.length)
  const rest = sorted.slice(longest)
  const drawn = seededRandom(1).permutation(rest.length).subarray(0, others)
  const copied = [...sorted.slice(0, longest), ...Array.from(drawn, (row) => rest[row]!)]
  await writeJsonLines(to, copied)
  return copied.length
}

/** A folder with the first weights of a start from scratch: a lesson whose rate is 0. */
function untaught(
  root: Extract<ReturnType<typeof rootWeights>, { kind: 'scratch' }>,
  pairs: string,
  outFolder: string,
  folder: string,
): TeachRequest {
  return {
    start: { scratch: { ...root.config }, tokenizer: root.tokenizer, seed: root.seed },
    lesson: {
      ...lessonDefaults,
      learningRate: 0,
      schedule: 'constant',
      steps: 1,
      batch: 1,
      maxSource: 16,
      maxTarget: 16,
      order: 'file',
      seed: 1,
    },
    train: { pairs },
    keep: 'last',
    outFolder,
    stateFolder: join(folder, 'untaught-state'),
  }
}

/** Copies some rows, drawn at random, and returns how many. */
async function sample(from: string, to: string, wanted: number): Promise<number> {
  const isThere = statSync(from, { throwIfNoEntry: false }) !== undefined
  const rows = isThere ? await readAllJsonLines<unknown>(from) : []
  const drawn = Array.from(seededRandom(1).permutation(rows.length).subarray(0, wanted), (row) => rows[row])
  await writeJsonLines(to, drawn)
  return drawn.length
}

async function countLines(path: string): Promise<number> {
  let count = 0
  for await (const _ of readJsonLines<unknown>(path)) count++
  return count
}

function fileOf(examples: TeachRequest['train']): string {
  return 'pairs' in examples ? examples.pairs : examples.texts
}

function inFile(examples: TeachRequest['train'], file: string): TeachRequest['train'] {
  return 'pairs' in examples ? { ...examples, pairs: file } : { ...examples, texts: file }
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
