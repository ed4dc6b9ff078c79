import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { writeFault } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { loadTokenizer, tokenizerFiles } from '../data/tokenizer-folder.ts'
import { parseT5Config } from '../model/config.ts'
import { saveModelFolder } from '../model/save.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { readExamples } from './examples.ts'
import { LessonMeter } from './lesson-meter.ts'
import { LessonPass, LossPass } from './lesson-pass.ts'
import { type LessonProgress, LessonState } from './lesson-state.ts'
import { meanLoss } from './losses.ts'
import { exampleOrder } from './order.ts'
import type { TeachEvent, TeachRequest, TeachResult } from './protocol.ts'
import { learningRateAt } from './schedule.ts'
import { initialWeights, loadWeights, type Weights } from './weights.ts'

/** Thrown when a lesson was asked to stop; its state is stored. */
export class LessonInterrupted extends Error {
  override readonly name = 'LessonInterrupted'
}

export interface LessonHooks {
  readonly onEvent: (event: TeachEvent) => void
  /** Asked before each update: true stores the state and ends with {@link LessonInterrupted}. */
  readonly shouldStop: () => boolean
}

/**
 * Teaches one lesson in this process: reads the start, goes on from a stored state if there is one, teaches, evaluates,
 * and writes the model folder with `log.jsonl` and `evaluations.jsonl`.
 *
 * @throws {Fault} on unusable input, a full disk, a loss that is no longer a number
 * @throws {LessonInterrupted}
 */
export async function teachLesson(request: TeachRequest, hooks: LessonHooks): Promise<TeachResult> {
  const { lesson, threads } = request
  const { tokenizer, tokenizerPath } = openTokenizer(request)
  const weights = await startWeights(request)
  for (const message of weights.warnings) hooks.onEvent({ type: 'warning', message })
  const limits = { maxSource: lesson.maxSource, maxTarget: lesson.maxTarget }
  const train = await readExamples(request.train, tokenizer, weights.config, limits, lesson.seed)
  const validation =
    request.validation && (await readExamples(request.validation, tokenizer, weights.config, limits, lesson.seed))

  const order = exampleOrder(lesson, train.lengths)
  const pass = new LessonPass(weights, lesson, threads)
  const state = new LessonState(request.stateFolder, weights)
  const logs = new LessonLogs(request.stateFolder)
  const identity = lessonIdentity(request)
  const resumed = state.restore(identity, pass.optimizer)
  let progress: LessonProgress = resumed ?? {
    lesson: identity,
    stepsDone: 0,
    seconds: 0,
    cpuSeconds: 0,
    energyJoules: 0,
    logLines: 0,
    evaluationLines: 0,
  }
  logs.cut(progress)
  const parameters = weights.specs.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)
  hooks.onEvent({ type: 'started', steps: order.steps, resumedAt: progress.stepsDone, parameters })

  const evaluateEvery = request.evaluate?.every === 'epoch' ? order.stepsPerEpoch : request.evaluate?.every
  const saveEverySeconds = request.saveStateEverySeconds ?? 300
  const losses = new LossPass(weights, threads)
  const meter = new LessonMeter(progress)
  const store = (): void => {
    progress = { ...progress, ...meter.cost() }
    state.save(progress, pass.optimizer)
    hooks.onEvent({ type: 'saved', step: progress.stepsDone })
  }

  let savedAt = performance.now()
  for (let step = progress.stepsDone; step < order.steps; step++) {
    if (hooks.shouldStop()) {
      store()
      throw new LessonInterrupted(`Stopped after ${step} of ${order.steps} updates`)
    }
    meter.tick()
    const updateBegun = performance.now()
    const epoch = Math.floor(step / order.stepsPerEpoch)
    const batch = Array.from(order.batchAt(step), (example) => train.at(example, epoch))
    const learningRate = learningRateAt(lesson, step, order.steps)
    const { loss, gradNorm, tokens } = await pass.update(batch, step, learningRate)
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw notFinite(step + 1, loss, gradNorm)
    logs.update({ step: step + 1, loss, grad_norm: gradNorm, learning_rate: learningRate })
    progress = { ...progress, stepsDone: step + 1, logLines: progress.logLines + 1 }
    const seconds = (performance.now() - updateBegun) / 1000
    hooks.onEvent({ type: 'step', step: step + 1, loss, gradNorm, learningRate, seconds, tokens })

    const isLast = step + 1 === order.steps
    if (validation && evaluateEvery !== undefined && (isLast || (step + 1) % evaluateEvery === 0)) {
      const value = await meanLoss(losses, validation, request.evaluate?.batch ?? lesson.batch)
      logs.evaluation({ step: step + 1, loss: value })
      hooks.onEvent({ type: 'evaluation', step: step + 1, loss: value })
      progress = { ...progress, evaluationLines: progress.evaluationLines + 1 }
      if (request.keep === 'best' && value < (progress.best?.value ?? Infinity)) {
        if (!isLast) state.saveBest(step + 1)
        progress = { ...progress, best: { step: step + 1, value } }
      }
    }
    if (!isLast && performance.now() - savedAt > saveEverySeconds * 1000) {
      store()
      savedAt = performance.now()
    }
  }
  if (progress.best && progress.best.step < order.steps) state.restoreBest(progress.best.step)
  await pass.release()
  await losses.release()

  // The state stays until whoever asked for the lesson has put its outcome in place: a crash in between loses nothing.
  const sha256 = await writeOutcome(request, weights, tokenizerPath, logs)
  const { best } = progress
  return {
    steps: order.steps,
    ...meter.cost(),
    loss: logs.meanOfLast(100, request.outFolder),
    ...(best ? { best } : {}),
    weightsSha256: sha256,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }
}

function openTokenizer({ start }: TeachRequest): { tokenizer: Tokenizer; tokenizerPath: string } {
  const tokenizerPath = 'folder' in start ? start.folder : start.tokenizer
  return { tokenizer: loadTokenizer(tokenizerPath), tokenizerPath }
}

async function startWeights({ start }: TeachRequest): Promise<Weights> {
  if ('folder' in start) return loadWeights(start.folder, true)
  return initialWeights(parseT5Config(start.scratch, 'scratch'), start.seed, true)
}

async function writeOutcome(
  request: TeachRequest,
  weights: Weights,
  tokenizerPath: string,
  logs: LessonLogs,
): Promise<string> {
  mkdirSync(request.outFolder, { recursive: true })
  const { sha256 } = await saveModelFolder(request.outFolder, {
    config: weights.config,
    parameters: weights.specs.map((spec) => ({ spec, data: weights.arenas.parameter(spec.name) })),
    copyFiles: tokenizerFiles(tokenizerPath),
  })
  logs.moveTo(request.outFolder)
  return sha256
}

/** A state belongs to a lesson when everything that the result depends on is the same. */
function lessonIdentity({ start, lesson, train, validation, evaluate, keep }: TeachRequest): string {
  return JSON.stringify({ start, lesson, train, validation, evaluate, keep })
}

function notFinite(step: number, loss: number, gradNorm: number): Fault {
  const found = Number.isFinite(loss) ? `gradient norm is ${gradNorm}` : `loss is ${loss}`
  return new Fault(
    `Cannot go on teaching as the ${found} at update ${step}: lower the learning rate, or look for odd examples in that batch`,
  )
}

/** `log.jsonl` and `evaluations.jsonl` of a lesson under way; they grow beside its state and move to the result. */
class LessonLogs {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** Drops lines that are newer than the state that the lesson goes on from. */
  cut({ logLines, evaluationLines }: LessonProgress): void {
    keepLines(join(this.#folder, 'log.jsonl'), logLines)
    keepLines(join(this.#folder, 'evaluations.jsonl'), evaluationLines)
  }

  update(line: { step: number; loss: number; grad_norm: number; learning_rate: number }): void {
    this.#append('log.jsonl', line)
  }

  evaluation(line: { step: number; loss: number }): void {
    this.#append('evaluations.jsonl', line)
  }

  moveTo(folder: string): void {
    for (const name of ['log.jsonl', 'evaluations.jsonl']) {
      const from = join(this.#folder, name)
      const to = join(folder, name)
      try {
        if (existsSync(from)) copyFileSync(from, to)
        else rmSync(to, { force: true })
      } catch (error) {
        throw writeFault(to, error)
      }
    }
  }

  /** The mean loss of the last updates, read from a finished log; NaN for a lesson without updates. */
  meanOfLast(count: number, folder: string): number {
    const path = join(folder, 'log.jsonl')
    if (!existsSync(path)) return Number.NaN
    const lines = readFileSync(path, 'utf8').trim().split('\n').slice(-count)
    return lines.reduce((sum, line) => sum + (JSON.parse(line) as { loss: number }).loss, 0) / lines.length
  }

  #append(name: string, line: object): void {
    const path = join(this.#folder, name)
    try {
      appendFileSync(path, `${JSON.stringify(line)}\n`)
    } catch (error) {
      throw writeFault(path, error)
    }
  }
}

function keepLines(path: string, lines: number): void {
  if (!existsSync(path)) return
  const content = readFileSync(path)
  let end = 0
  for (let line = 0; line < lines; line++) {
    const newline = content.indexOf(10, end)
    if (newline < 0)
      throw new Fault(`Cannot go on with the lesson as "${path}" lacks lines: remove its folder to begin anew`)
    end = newline + 1
  }
  truncateSync(path, end)
}
