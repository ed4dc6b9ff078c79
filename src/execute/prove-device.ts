import { freemem } from 'node:os'
import { Fault } from '../base/fault.ts'
import { programVersion, runtimeVersion } from '../base/package.ts'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import type { DeviceCheck, DeviceRates, LessonRate } from '../devices/kept-checks.ts'
import type { DeviceName } from '../lesson/device.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import { knownConfig } from '../pretrained/known-configs.ts'
import type { CheckEvent, CheckResult, DeviceFinding } from '../prove/check-device.ts'
import { checkInChild } from '../train/child.ts'
import { operations, sizesOf, trainedShare } from './measurement-of-size.ts'
import { reachedShare } from './size-measurements.ts'
import { type Trial, trial } from './trial.ts'
import { sizedTokens, sizedTrialRequest } from './trial-lesson.ts'

/** A check of a device, with all that was compared. */
export interface DeviceProof {
  readonly check: DeviceCheck
  readonly findings: readonly DeviceFinding[]
}

export interface ProofOptions {
  /** Whether a program in a card's place is looked at. */
  readonly software: boolean
  /** Whether lessons of real sizes are taught where everything else is right. */
  readonly lessons: boolean
  readonly signal: AbortSignal
  /** Told what is done. */
  say(sentence: string): void
}

/** The models that studies mostly begin with. */
export const usualModels = ['google/mt5-small', 'google/flan-t5-small'] as const

/**
 * Looks whether a device computes rightly, how fast, and how large its buffers may be; then teaches models of real sizes a few
 * updates. Each in a process of its own, as a device that fails may end it.
 *
 * @throws {Fault} if there is no such device, or only a program in its place that was not asked for
 */
export async function proveDevice(device: DeviceName, options: ProofOptions): Promise<DeviceProof> {
  const { adapter, checks, rates } = await rightness(device, options)
  if (rates === undefined) {
    throw new Fault(
      `Cannot trust "${adapter.name}" as a graphics card: it is a program that computes on the processor, many times slower than "cpu" does; --software looks at it all the same`,
    )
  }
  const wrong = checks.filter(({ difference, tolerance }) => !(difference <= tolerance)).map(wrongSentence)
  const largest = await largestBufferOf(device, options)
  const tried = options.lessons && wrong.length === 0 && !adapter.software
  const lessons = tried ? await usualLessons(device, rates.float32, options) : undefined
  const found: DeviceRates = { ...rates, largestBuffer: largest }
  const check = {
    adapter,
    time: new Date().toISOString(),
    reteach: programVersion(),
    onnxruntime: runtimeVersion(),
    wrong,
    rates: found,
    ...(lessons && { lessons }),
  }
  return { check, findings: checks }
}

function wrongSentence({ name, difference, tolerance }: DeviceFinding): string {
  const found = Number.isFinite(difference) ? `${difference.toExponential(1)} off` : 'no number or another place'
  return `${name} is ${found}, where ${tolerance.toExponential(0)} is allowed`
}

async function rightness(device: DeviceName, { software, signal, say }: ProofOptions): Promise<CheckResult> {
  let [phase, at] = ['', '']
  const onEvent = (event: CheckEvent): void => {
    if (event.type === 'adapter') say(`Looking at ${event.adapter.name}`)
    else if (event.type === 'warning') say(event.message)
    else if (event.type === 'doing') {
      if (event.what !== phase) say(`Checking ${event.what}`)
      phase = event.what
      at = event.op ?? event.what
    }
  }
  try {
    return await checkInChild({ device, part: 'right', software }, { signal, onEvent })
  } catch (error) {
    // A device may end its process: what it was at tells more than how it ended.
    if (error instanceof Fault && at !== '') throw new Fault(`${error.message} (while ${at} was checked)`)
    throw error
  }
}

/** What was right before the process ended, if it did. */
async function largestBufferOf(device: DeviceName, { software, signal, say }: ProofOptions): Promise<number> {
  let largest = 0
  say('Looking how large a buffer may be')
  // Software takes the memory of this machine.
  const most = Math.min(2 ** 34, freemem() / 4)
  const onEvent = (event: CheckEvent): void => {
    if (event.type === 'buffer') largest = event.bytes
  }
  try {
    await checkInChild({ device, part: 'buffers', software, most }, { signal, onEvent })
  } catch (error) {
    signal.throwIfAborted()
    // Larger ones are refused, which is what was asked.
    if (largest === 0) throw error
  }
  return largest
}

async function usualLessons(
  device: DeviceName,
  products: number,
  { signal, say }: ProofOptions,
): Promise<Readonly<Record<string, LessonRate>>> {
  const rates: [string, LessonRate][] = []
  for (const name of usualModels) {
    say(`Teaching a model of ${name}'s sizes a few updates`)
    rates.push([name, await lessonRate(name, device, products, signal)])
  }
  return Object.fromEntries(rates)
}

const trialUpdates = 8
/** What grows with an update's tokens is told from what does not by two of unlike sizes. */
const batches = { usual: 16, small: 4 } as const

async function lessonRate(
  name: string,
  device: DeviceName,
  products: number,
  signal: AbortSignal,
): Promise<LessonRate> {
  const config = knownConfig(name)
  if (config === undefined) throw new Error(`Nothing is known of the sizes of "${name}"`)
  const { parameters, secondsPerUpdate } = await sizedTrial(config, device, batches.usual, signal)
  const small = await sizedTrial(config, device, batches.small, signal)
  const row = trainedShare * operations(sizesOf(parseArchitecture(config, name).parameters), sizedTokens)
  const grown = (secondsPerUpdate - small.secondsPerUpdate) / ((batches.usual - batches.small) * row)
  return { parameters, ...lessonLine(secondsPerUpdate, grown, batches.usual * row, products) }
}

/**
 * An update's time as a fixed part and one that grows with its operations.
 *
 * @param grown seconds an operation, by two trials; of such that scatter more than that it may be anything
 * @param products operations a second of large products, which no lesson passes
 */
export function lessonLine(
  secondsPerUpdate: number,
  grown: number,
  done: number,
  products: number,
): Omit<LessonRate, 'parameters'> {
  const least = 1 / products
  const most = secondsPerUpdate / done
  const each = grown >= least ? Math.min(grown, most) : Math.min(1 / (reachedShare * products), most)
  return { secondsPerUpdate, fixedSeconds: secondsPerUpdate - each * done, operationsPerSecond: 1 / each }
}

async function sizedTrial(
  config: Readonly<Record<string, unknown>>,
  device: DeviceName,
  batch: number,
  signal: AbortSignal,
): Promise<Trial> {
  const folder = temporaryFolder('reteach-proof-')
  try {
    const request = await sizedTrialRequest(folder, config, device)
    const quiet = { signal, threads: undefined, onProgress: () => {}, onNotice: () => {} }
    return await trial({ ...request, lesson: { ...request.lesson, batch } }, trialUpdates, quiet)
  } finally {
    clearAway(folder)
  }
}
