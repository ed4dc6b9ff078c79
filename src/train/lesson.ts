import { existsSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { makeFolder } from '../base/make-folder.ts'
import { adapterInUse, softwareWarnings } from '../devices/adapter-in-use.ts'
import { engineFor } from '../engine/backends/backends.ts'
import { ownRate } from '../engine/optimizer.ts'
import { areFinite } from '../graph/are-finite.ts'
import { chosenDevice, type DeviceName, usualDevice } from '../lesson/device.ts'
import type { Evaluation, Judgement, TeachEvent, TeachRequest, TeachResult } from '../lesson/protocol.ts'
import { learningRateAt, warmupWarning } from '../lesson/schedule.ts'
import { updatesBetweenEvaluations } from '../lesson/updates.ts'
import type { Example } from '../model/family.ts'
import { folderIds } from '../pretrained/folder-generation.ts'
import { generationFile } from '../pretrained/model-files.ts'
import { saveModelFolder } from '../pretrained/save-model.ts'
import { loadTokenizer, tokenizerFiles } from '../pretrained/tokenizer-folder.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { isBetterCheckpoint } from './better-checkpoint.ts'
import { countEvaluation, hasStopped } from './early-stopping.ts'
import { LessonEvaluation } from './evaluation-pass.ts'
import type { TokensPlace } from './examples/kept-tokens.ts'
import { batchOnce, exampleOrder } from './examples/order.ts'
import { sampledOrder } from './examples/sampled-order.ts'
import { LessonLogs } from './lesson-logs.ts'
import { LessonMeter } from './lesson-meter.ts'
import { LessonPass } from './lesson-pass.ts'
import { beginLesson } from './lesson-start.ts'
import {
  type Computer,
  type LessonProgress,
  LessonState,
  refuseSpoiledMoments,
  secondsBetweenStates,
  threadsOfState,
} from './lesson-state.ts'
import { LessonMemory } from './memory/lesson-memory.ts'
import { lessonSize } from './memory/lesson-size.ts'
import { memoryBoundOf } from './memory/memory-bound.ts'
import { passBoundOf } from './memory/usual-passes.ts'
import type { HeldWeights, TaughtWeights } from './model-memory.ts'
import { optimizerOf } from './optimizer-of.ts'

/** Thrown when a lesson was asked to stop; what it had done is stored. */
export class LessonInterrupted extends Error {
  override readonly name = 'LessonInterrupted'
}

export interface LessonHooks {
  readonly onEvent: (event: TeachEvent) => void
  /** Asked before each update and each batch of answers: true stores what is done and ends with {@link LessonInterrupted}. */
  readonly shouldStop: () => boolean
  /** Judges the answers of an evaluation; `undefined`: whoever judges has gone, and the lesson stops as above. */
  readonly judge?: (evaluation: Evaluation) => Promise<Judgement | undefined>
  /** Called before anything is written; throws where the lesson has become another process's. */
  readonly confirm?: () => void
}

/**
 * Teaches one lesson in this process: reads the start, goes on from a stored state if there is one, teaches, evaluates,
 * and writes the model folder with `log.jsonl` and `evaluations.jsonl`.
 *
 * @throws {Fault} on unusable input, a full disk, a loss that is no longer a number, or when its judge says stop
 * @throws {LessonInterrupted}
 */
export async function teachLesson(request: TeachRequest, hooks: LessonHooks): Promise<TeachResult> {
  const { lesson } = request
  const { confirm = () => {} } = hooks
  const { tokenizer, tokenizerPath } = openTokenizer(request)
  const optimizer = optimizerOf(lesson)
  const identity = lessonIdentity(request)
  const device = chosenDevice(lesson.device)
  const engine = await engineFor(device)
  const threads = threadsOf(request, identity)
  const holding = { engine, threads: ownChoice(request, threads) }
  const reading = { tokenizer, tokensPlace: tokensPlace(request, tokenizerPath) }
  const started = await beginLesson(request, reading, optimizer, holding)
  const { weights, train, validation, trimmed, wholeParameters } = started
  const { architecture } = weights
  let counted: LessonMemory | undefined
  const memory = (): LessonMemory => {
    counted ??= new LessonMemory({ architecture, optimizer, lesson, wholeParameters })
    return counted
  }
  const bound = memoryBoundOf(
    // On a card a lesson's arrays take none of its process's memory.
    device === usualDevice ? lesson.memory : undefined,
    memory,
    validation ? [train, validation] : [train],
  )
  const computer: Computer = { threads, processor: processorOf(device), runtime: engine.runtime.version }
  for (const message of [...softwareWarnings(device), ...weights.warnings]) hooks.onEvent({ type: 'warning', message })

  const whole = exampleOrder(lesson, train.lengths, train.groups)
  const { sampledUpdates } = request
  const unreached = sampledUpdates === undefined ? warmupWarning(lesson, whole.steps) : undefined
  if (unreached !== undefined) hooks.onEvent({ type: 'warning', message: unreached })
  const order = sampledUpdates === undefined ? whole : sampledOrder(whole, train.lengths, sampledUpdates)
  const pass = new LessonPass(weights, lesson, passBoundOf(lesson, memory, bound))
  confirm()
  const state = new LessonState(request.stateFolder, weights)
  const logs = new LessonLogs(request.stateFolder, confirm)
  const resumed = await state.restore(identity, (message) => hooks.onEvent({ type: 'warning', message }))
  let progress: LessonProgress = resumed ?? {
    lesson: identity,
    stepsDone: 0,
    seconds: 0,
    cpuSeconds: 0,
    energyJoules: 0,
    logLines: 0,
    evaluationLines: 0,
    evaluationDue: false,
  }
  confirm()
  logs.goOnFrom(progress)
  const moved = movedTo(progress.computer, computer)
  if (moved !== undefined && request.elsewhere === 'refuse') throw new Fault(`Cannot go on with the lesson as ${moved}`)
  if (moved !== undefined) hooks.onEvent({ type: 'warning', message: `The lesson goes on although ${moved}` })
  progress = { ...progress, computer }
  const size = lessonSize(architecture, optimizer)
  hooks.onEvent({ type: 'started', steps: order.steps, resumedAt: progress.stepsDone, ...size })

  const evaluation =
    validation && request.evaluate
      ? new LessonEvaluation(request.evaluate, validation, lesson.batch, {
          weights,
          tokenizer,
          ids: 'folder' in request.start ? folderIds(request.start.folder) : undefined,
          labelSmoothing: lesson.labelSmoothing,
          bound,
          // What is saved answers with its whole vocabulary: so it is chosen by such answers.
          answering: trimmed && (() => trimmed.whole()),
        })
      : undefined
  const evaluateEvery = updatesBetweenEvaluations(request.evaluate?.every ?? 1, order.stepsPerEpoch)
  const meter = new LessonMeter(progress)
  let savedAt = performance.now()
  let saveEverySeconds = request.saveStateEverySeconds ?? secondsBetweenStates(0)
  const store = async (): Promise<void> => {
    confirm()
    const storeBegun = performance.now()
    progress = { ...progress, ...meter.cost() }
    await namingSpoiled(weights, progress.stepsDone, () => state.save({ ...progress, logs: logs.texts() }))
    hooks.onEvent({ type: 'saved', step: progress.stepsDone })
    savedAt = performance.now()
    saveEverySeconds = request.saveStateEverySeconds ?? secondsBetweenStates((savedAt - storeBegun) / 1000)
  }
  const interrupt = async (): Promise<never> => {
    // Before the first update a state says nothing, and it is several times as large as the model.
    if (progress.stepsDone > 0) await store()
    throw new LessonInterrupted(`Stopped after ${progress.stepsDone} of ${order.steps} updates`)
  }
  const evaluate = async (): Promise<void> => {
    if (evaluation === undefined) return
    progress = { ...progress, evaluationDue: true }
    const { stepsDone: step, memory } = progress
    const loss = await evaluation.loss()
    if (!Number.isFinite(loss)) throw spoiled(`the validation loss is ${loss}`, step)
    const answersBegun = performance.now()
    const answers = await evaluation.answers(async (done, total) => {
      meter.tick()
      hooks.onEvent({ type: 'answering', step, done, total })
      if (hooks.shouldStop()) await interrupt()
    })
    const judgement =
      answers.length === 0
        ? {}
        : ((await judgeOf(hooks)({ step, steps: order.steps, loss, answers, memory })) ?? (await interrupt()))
    const { scores, notes, value = loss, stop } = judgement
    const by = request.evaluate?.by ?? 'loss'
    const candidate = { step, value: by === 'loss' ? loss : value, loss }
    const patience =
      lesson.stopAfter === undefined
        ? undefined
        : countEvaluation(candidate.value, progress.patience ?? { waited: 0 }, by, lesson)
    const stopsHere = step < order.steps && hasStopped(patience, lesson)
    logs.evaluation({ step, loss, ...(scores && { scores }), ...notes, ...(stopsHere && { stopped: true }) })
    const answerSeconds = answers.length === 0 ? undefined : (performance.now() - answersBegun) / 1000
    hooks.onEvent({
      type: 'evaluation',
      step,
      loss,
      ...(scores && { scores }),
      ...(answerSeconds === undefined ? {} : { answerSeconds }),
    })
    progress = {
      ...progress,
      evaluationDue: false,
      evaluationLines: progress.evaluationLines + 1,
      ...(judgement.memory === undefined ? {} : { memory: judgement.memory }),
      ...(patience && { patience }),
    }
    if (stop !== undefined) throw new Fault(stop)
    if (request.keep === 'best' && isBetterCheckpoint(candidate, progress.best, by)) {
      if (step < order.steps) {
        await refuseSpoiled(weights, step)
        confirm()
        await state.saveBest(step)
      }
      progress = { ...progress, best: candidate }
    }
    if (stopsHere) {
      hooks.onEvent({ type: 'stopped', step, steps: order.steps, evaluations: patience!.waited })
    }
  }

  if (progress.evaluationDue) await evaluate()
  const batchAt = batchOnce((step): Example[] => {
    if (step === order.steps) return []
    const epoch = Math.floor(step / order.stepsPerEpoch)
    return Array.from(order.batchAt(step), (example) => train.at(example, epoch))
  })
  const isOver = (): boolean => progress.stepsDone === order.steps || hasStopped(progress.patience, lesson)
  while (!isOver()) {
    const step = progress.stepsDone
    if (hooks.shouldStop()) await interrupt()
    meter.tick()
    const updateBegun = performance.now()
    const learningRate = ownRate(optimizer, step + 1) ?? learningRateAt(lesson, step, order.steps)
    const { loss, gradNorm, tokens } = await pass.update(batchAt(step), step, learningRate, () => batchAt(step + 1))
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw notFinite(step + 1, loss, gradNorm)
    logs.update({ step: step + 1, loss, grad_norm: gradNorm, learning_rate: learningRate, tokens })
    progress = { ...progress, stepsDone: step + 1, logLines: progress.logLines + 1 }
    const seconds = (performance.now() - updateBegun) / 1000
    hooks.onEvent({ type: 'step', step: step + 1, loss, gradNorm, learningRate, seconds, tokens })

    const isLast = step + 1 === order.steps
    if (isLast || (step + 1) % evaluateEvery === 0) await evaluate()
    if (!isOver() && performance.now() - savedAt > saveEverySeconds * 1000) await store()
  }
  const { stepsDone } = progress
  if (progress.best && progress.best.step < stepsDone) await state.restoreBest(progress.best.step)
  else await namingSpoiled(weights, stepsDone, () => refuseSpoiledMoments(weights, stepsDone))
  await pass.release()
  await evaluation?.release()

  // The state stays until whoever asked for the lesson has put its outcome in place: a crash in between loses nothing.
  const trimming = sampledUpdates === undefined ? await trimmed?.measure(bound) : undefined
  const outcome = trimmed === undefined ? weights : await trimmed.whole()
  const sha256 = await writeOutcome(request, outcome, tokenizerPath, logs, stepsDone)
  const { best } = progress
  return {
    steps: stepsDone,
    ...(stepsDone < order.steps ? { plannedSteps: order.steps } : {}),
    ...meter.cost(),
    loss: logs.meanOfLast(100, request.outFolder),
    ...(trimming && { trimmed: trimming }),
    ...(best ? { best: { step: best.step, value: best.value } } : {}),
    weightsSha256: sha256,
    computer,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }
}

function openTokenizer({ start }: TeachRequest): { tokenizer: Tokenizer; tokenizerPath: string } {
  const tokenizerPath = 'folder' in start ? start.folder : start.tokenizer
  return { tokenizer: loadTokenizer(tokenizerPath), tokenizerPath }
}

function tokensPlace({ tokensFolder: folder }: TeachRequest, tokenizerPath: string): TokensPlace | undefined {
  return folder === undefined ? undefined : { folder, tokenizerFiles: tokenizerFiles(tokenizerPath) }
}

/** A lesson that goes on takes the threads that it had: with others its last bits may be others. */
function threadsOf({ stateFolder, threads }: TeachRequest, identity: string): number {
  return threadsOfState(stateFolder, identity) ?? threads ?? availableParallelism()
}

/** The engine's own choice, which may be better placed on the cores, where it comes to the same. */
function ownChoice({ threads: asked }: TeachRequest, threads: number): number | undefined {
  return asked === undefined && threads === availableParallelism() ? undefined : threads
}

/** What the last bits of a lesson depend on: the processor's name, or the card's with its driver. The model is there already. */
function processorOf(device: DeviceName): string {
  if (device === usualDevice) return cpus()[0]?.model ?? process.arch
  const { name, driver } = adapterInUse()
  return `${name}, driver ${driver}`
}

/** What has changed since a state was stored that cannot be had back, as a clause; `undefined`: nothing. */
function movedTo(before: Computer | undefined, now: Computer): string | undefined {
  const changed = (['processor', 'runtime'] as const).filter((part) => before && before[part] !== now[part])
  if (changed.length === 0) return undefined
  const parts = changed.map((part) => `the ${part} is "${now[part]}" and was "${before![part]}"`)
  return `${parts.join(', and ')}: the last bits of its weights may not be those of a lesson that was left alone`
}

async function writeOutcome(
  request: TeachRequest,
  { architecture, model }: HeldWeights,
  tokenizerPath: string,
  logs: LessonLogs,
  steps: number,
): Promise<string> {
  makeFolder(request.outFolder)
  const { sha256 } = await saveModelFolder(request.outFolder, {
    architecture,
    async *read(parameter) {
      for await (const part of model.parts(parameter)) {
        if (!areFinite(part)) throw spoiledBy(parameter, steps)
        yield part
      }
    },
    copyFiles: [...tokenizerFiles(tokenizerPath), ...generationFiles(request)],
  })
  logs.moveTo(request.outFolder)
  return sha256
}

/** What the start says of how it answers, the taught model says as well. */
function generationFiles({ start }: TeachRequest): string[] {
  return 'folder' in start ? [join(start.folder, generationFile)].filter((path) => existsSync(path)) : []
}

/** A state belongs to a lesson when everything that its weights depend on is the same. */
function lessonIdentity({ contents, start, lesson, train, validation, evaluate, keep }: TeachRequest): string {
  // Answers decide nothing where the loss picks the best checkpoint.
  const deciding = evaluate?.by === 'loss' ? { ...evaluate, answers: undefined } : evaluate
  const whole = { contents, start, lesson, train, validation, evaluate: deciding, keep }
  return JSON.stringify(whole, (key, value: unknown) =>
    contents !== undefined && placeKeys.has(key) && typeof value === 'string' ? undefined : value,
  )
}

/** Where a request says that something lies on this machine. */
const placeKeys: ReadonlySet<string> = new Set(['folder', 'tokenizer', 'pairs', 'texts', 'sources'])

function judgeOf({ judge }: LessonHooks): NonNullable<LessonHooks['judge']> {
  if (judge === undefined) throw new Error('Cannot use the answers of an evaluation as nobody judges them')
  return judge
}

/**
 * The loss and norm of an update show what the updates before have done to the weights, not what it does itself.
 *
 * @throws {Fault} naming a parameter that holds numbers that are not finite
 */
async function refuseSpoiled({ architecture, model }: TaughtWeights, step: number): Promise<void> {
  for (const { name } of architecture.parameters) {
    for await (const part of model.parts(name)) if (!areFinite(part)) throw spoiledBy(name, step)
  }
}

/**
 * Reads weights and moments. Which parameter is spoiled is asked where it fails only: a device takes a second to give a GB.
 *
 * @throws {Fault} as {@link refuseSpoiled} where that is why `read` has failed
 */
async function namingSpoiled(weights: TaughtWeights, step: number, read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    await refuseSpoiled(weights, step)
    throw error
  }
}

function spoiledBy(parameter: string, step: number): Fault {
  return spoiled(`"${parameter}" holds a number that is not finite`, step)
}

function spoiled(what: string, step: number): Fault {
  return new Fault(`Cannot use the taught weights as ${what} after update ${step}: lower the learning rate`)
}

function notFinite(step: number, loss: number, gradNorm: number): Fault {
  const found = Number.isFinite(loss) ? `gradient norm is ${gradNorm}` : `loss is ${loss}`
  return new Fault(
    `Cannot go on teaching as the ${found} at update ${step}: lower the learning rate, or look for odd examples in that batch`,
  )
}
