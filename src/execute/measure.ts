import { readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { readAllJsonLines, readJsonLines, writeJsonLines } from '../base/json-lines.ts'
import { seededRandom } from '../base/random.ts'
import { lessonDefaults } from '../lesson/lesson-settings.ts'
import type { TeachRequest } from '../lesson/protocol.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import type { LessonMeasurement, TestMeasurement } from '../study/plan/estimate.ts'
import { rootWeights } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import { answerRequest } from '../study/steps/answer-request.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { PreparedPair } from '../study/steps/prepare-task.ts'
import type { WorkContext } from '../study/steps/runners.ts'
import type { Store } from '../study/store/store.ts'
import { inTrialFolder } from '../study/store/trial-folder.ts'
import { predictInChild, teachInChild } from '../train/child.ts'
import { rootLesson } from './root-lesson.ts'

/** What measurements depend on besides the shape of the work. */
export function machineName(threads: number | undefined): string {
  return `${cpus()[0]?.model ?? 'cpu'} x${threads ?? availableParallelism()}, Node ${process.versions.node}`
}

const firstUpdates = 4
const wantedSeconds = 6
const validationSample = 48
const testSample = 64
const answerSample = 32

/**
 * Teaches a lesson's own rows for a few updates with its own settings and sees what it takes.
 *
 * @param context its signal ends the trial
 */
export async function measureLesson(
  step: TeachStep,
  plan: Plan,
  store: Store,
  context: WorkContext,
): Promise<LessonMeasurement> {
  return await inTrialFolder(store, async (folder) => {
    const request = await trialRequest(step, plan, store, folder, context)
    const first = await trial({ ...request, lesson: { ...request.lesson, steps: firstUpdates } }, context)
    const more = Math.ceil(wantedSeconds / Math.max(first.secondsPerUpdate, 1e-3))
    // Quick updates are measured over more of them: one is as long as its longest row.
    const updates = Math.min(more, 400)
    return updates <= firstUpdates
      ? first
      : await trial({ ...request, lesson: { ...request.lesson, steps: updates } }, context)
  })
}

async function trial(request: TeachRequest, { signal }: WorkContext): Promise<LessonMeasurement> {
  rmSync(request.stateFolder, { recursive: true, force: true })
  const begun = performance.now()
  let size = { parameters: 0, optimizerBytes: 0 }
  let firstMs = 0
  let lastMs = 0
  let evaluationMs = 0
  let answerSeconds: number | undefined
  const updateSeconds: number[] = []
  const result = await teachInChild(request, {
    signal,
    // What the answers are worth is not asked here.
    judge: () => ({}),
    onEvent(event) {
      if (event.type === 'started') size = { parameters: event.parameters, optimizerBytes: event.optimizerBytes }
      else if (event.type === 'step') {
        lastMs = performance.now()
        if (updateSeconds.length === 0) firstMs = lastMs
        updateSeconds.push(event.seconds)
      } else if (event.type === 'evaluation') {
        evaluationMs = performance.now() - lastMs
        answerSeconds = event.answerSeconds
      }
    },
  })
  const ended = performance.now()
  // The first update also builds the graph.
  const later = updateSeconds.slice(1)
  const secondsPerUpdate = later.reduce((sum, value) => sum + value, 0) / later.length
  const validationRows = request.validation === undefined ? 0 : await countLines(fileOf(request.validation))
  return {
    overheadSeconds: (firstMs - begun) / 1000 - secondsPerUpdate + (ended - lastMs - evaluationMs) / 1000,
    secondsPerUpdate,
    secondsPerValidationRow: validationRows === 0 ? 0 : (evaluationMs / 1000 - (answerSeconds ?? 0)) / validationRows,
    ...(answerSeconds === undefined ? {} : { secondsPerAnswer: answerSeconds / (await answerCount(request)) }),
    peakMemoryBytes: result.peakRssBytes,
    modelBytes: folderBytes(request.outFolder),
    ...size,
  }
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
  const { epochs: _, stopAfter: ____, minDelta: _____, ...lesson } = request.lesson
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

/** Evaluates once, at the end, and answers some rows with as many tokens as their references have. */
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
    trials.push({ ...rest, sources, generation: { maxNewTokens: tokens, minNewTokens: tokens } })
  }
  return { ...evaluate, every: 1e9, by: 'loss', ...(trials.length === 0 ? {} : { answers: trials }) }
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

/** Answers some test rows with a model of the right shape, as many tokens each as their references have. */
export async function measureTest(
  step: EvaluateStep,
  plan: Plan,
  store: Store,
  context: WorkContext,
): Promise<TestMeasurement> {
  return await inTrialFolder(store, async (folder) => {
    const sources = join(folder, 'sources.jsonl')
    const rows = await sample(store.rowsFile(step.data, 'test'), sources, testSample)
    const root = rootWeights(step.model, plan)
    let model = root.kind === 'folder' ? root.folder : ''
    if (root.kind === 'scratch') {
      model = join(folder, 'model')
      await teachInChild(untaught(root, sources, model, folder), { signal: context.signal })
    }
    const tokens = await usualTokens(sources, model)
    const generate = { batch: step.task.generate.batch, max_new_tokens: tokens, min_new_tokens: tokens }
    const out = join(folder, 'answers.jsonl')
    const request = answerRequest({ model, sources, out }, { ...step.task, generate }, context)
    let firstMs = 0
    const begun = performance.now()
    const result = await predictInChild(request, {
      signal: context.signal,
      onEvent: ({ type }) => {
        if (type === 'predicted' && firstMs === 0) firstMs = performance.now()
      },
    })
    const seconds = (performance.now() - begun) / 1000
    const batches = Math.ceil(rows / request.batch)
    const laterSeconds = batches > 1 ? (performance.now() - firstMs) / 1000 : 0
    const secondsPerRow = batches > 1 ? laterSeconds / (rows - request.batch) : 0
    return {
      overheadSeconds: Math.max(0, seconds - secondsPerRow * rows),
      secondsPerRow: batches > 1 ? secondsPerRow : (seconds * 0.5) / Math.max(1, rows),
      peakMemoryBytes: result.peakRssBytes,
    }
  })
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
