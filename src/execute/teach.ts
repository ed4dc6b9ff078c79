import { createHash } from 'node:crypto'
import { readdirSync, renameSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { temporaryBeside, writeFault } from '../base/atomic-file.ts'
import { mostThreads } from '../base/bounds/most-threads.ts'
import { Fault, type FieldKinds, refuseArguments } from '../base/fault.ts'
import { lockHolder } from '../base/lock.ts'
import { makeFolder, obstacleOf } from '../base/make-folder.ts'
import { realPath } from '../base/paths.ts'
import { systemFault } from '../base/system-fault.ts'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import { hashFile } from '../content/hash-file.ts'
import { chooseDevice } from '../devices/choose-device.ts'
import { chosenDevice, type DeviceName, deviceNames } from '../lesson/device.ts'
import { apiName, isRequired, lessonFromOptions, type SettingOptions } from '../lesson/lesson-settings.ts'
import { optionFaults, valueFaults } from '../lesson/option-faults.ts'
import type { TeachEvent, TeachRequest, TeachResult } from '../lesson/protocol.ts'
import { settingNames, settingRow } from '../lesson/settings.ts'
import { lessonFault } from '../lesson/settings-fault.ts'
import { modelStamp } from '../pretrained/model-stamp.ts'
import { teachInChild } from '../train/child.ts'
import { hasState } from '../train/lesson-state.ts'

/** One lesson without a study: what it is taught, and every setting that needs no study, as `reteach teach --help` has them. */
export interface TeachOptions extends SettingOptions {
  /** Folder of the model to begin from. */
  readonly model: string
  /** Training pairs: JSONL of `{"source", "target"}`. */
  readonly data: string
  /** Folder for the taught model and its `log.jsonl`; it must not hold anything. */
  readonly out: string
  /** Pairs whose loss is measured during the lesson. */
  readonly validation?: string
  /** Seconds between two saved states. */
  readonly saveEvery?: number
  /** Default: all cores. */
  readonly threads?: number
}

export interface TeachHooks {
  /** Ends the lesson; its state is saved beside `out`, and the same call goes on from it. */
  readonly signal?: AbortSignal
  onEvent?(event: TeachEvent): void
}

/**
 * Teaches a model one lesson in a process of its own and writes the taught model's folder.
 *
 * @throws {Fault} on a file, folder or setting that cannot be used, a loss that is no longer a number, a full disk
 */
export async function teach(asked: TeachOptions, hooks: TeachHooks = {}): Promise<TeachResult> {
  const options = checkedOptions(asked, hooks)
  const out = realPath(options.out)
  makeParent(out)
  const outFolder = temporaryBeside(out)
  const files = digestOfFiles(options)
  const contents = identity(options, files)
  const request = teachRequest(options, { contents, outFolder, stateFolder: stateFolderAt(out, contents) })
  const elsewhere = stateOnOtherDevice(options, files)
  if (elsewhere !== undefined) hooks.onEvent?.({ type: 'warning', message: elsewhere })
  try {
    const result = await whileFree(out, hooks, request)
    putInPlace(outFolder, out)
    clearAway(request.stateFolder)
    return result
  } catch (error) {
    removeEmptyState(request.stateFolder)
    if (!(error instanceof TaughtElsewhere)) clearAway(outFolder)
    throw error
  }
}

/**
 * Ends a lesson as it begins where its folder holds something by then: the same lesson waits for the one that another process is
 * at, and then has nothing to do.
 */
async function whileFree(out: string, hooks: TeachHooks, request: TeachRequest): Promise<TeachResult> {
  const taken = new AbortController()
  const { signal } = hooks
  let resumedAt = 0
  let hasBegun = false
  try {
    return await teachInChild(request, {
      signal: signal ? AbortSignal.any([signal, taken.signal]) : taken.signal,
      onEvent(event) {
        if (event.type === 'started') {
          resumedAt = event.resumedAt
          hasBegun = true
          if (!isFree(out)) taken.abort()
        }
        if (!taken.signal.aborted) hooks.onEvent?.(event)
      },
    })
  } catch (error) {
    // Whoever has ended the lesson also removes the state that this one waits to go on from.
    const isTaken = taken.signal.aborted || !(hasBegun || isFree(out))
    if (!isTaken || signal?.aborted) throw error
    // What it had been taught before is nobody else's.
    if (resumedAt === 0) clearAway(request.stateFolder)
    throw new Fault(
      `Cannot teach into "${out}" as it was written while this lesson waited: it holds what was taught there`,
    )
  }
}

/** The model has been taught, and lies in another place than was asked for. */
class TaughtElsewhere extends Fault {}

/** @throws {TaughtElsewhere} when something else has been written to its place during the lesson, or nothing can be written there */
function putInPlace(folder: string, out: string): void {
  try {
    if (statSync(out, { throwIfNoEntry: false })) rmdirSync(out)
    renameSync(folder, out)
  } catch (error) {
    const problem = isFree(out) ? 'it cannot be written' : 'something was written there during the lesson'
    const place = movedTo(`${out}.taught-${Date.now()}`, folder)
    throw new TaughtElsewhere(
      `Cannot put the taught model into "${out}" as ${problem}: it is in "${place}"`,
      undefined,
      { cause: error },
    )
  }
}

/** @returns where the folder lies now, which is where it was if it cannot be moved */
function movedTo(place: string, folder: string): string {
  try {
    renameSync(folder, place)
    return place
  } catch {
    return folder
  }
}

/** Whether a folder is not there or holds nothing. */
function isFree(out: string): boolean {
  const found = statSync(out, { throwIfNoEntry: false })
  return found === undefined || (found.isDirectory() && readdirSync(out).length === 0)
}

/** Where a lesson's state and logs are while it is taught; other lessons have another, whatever their folder. */
export function stateFolderOf(options: TeachOptions, files = digestOfFiles(options)): string {
  return stateFolderAt(realPath(options.out), identity(onDevice(options), files))
}

function stateFolderAt(out: string, contents: string): string {
  return `${out}.state-${contents}`
}

/**
 * One sentence where a lesson begins anew although a state of the same lesson on another device lies beside its folder, of
 * which it can take nothing: its bits are others. `undefined`: nothing is lost.
 */
export function stateOnOtherDevice(options: TeachOptions, files = digestOfFiles(options)): string | undefined {
  const stateOn = (device: DeviceName | undefined): string =>
    stateFolderOf({ ...options, ...(device && { device }) }, files)
  if (hasState(stateOn(undefined))) return undefined
  const own = chosenDevice(onDevice(options).device)
  const device = deviceNames.find((other) => other !== own && hasState(stateOn(other)))
  if (device === undefined) return undefined
  return (
    `The lesson begins anew on ${own}; a state of it that ${device} has computed lies in ` +
    `"${stateOn(device)}": the same lesson with device ${device} goes on from that`
  )
}

/** Takes away the folder of a lesson that has ended before it had a state, unless another process is at the same lesson. */
function removeEmptyState(folder: string): void {
  if (hasState(folder) || lockHolder(join(folder, 'lock')) !== undefined) return
  clearAway(folder)
}

/**
 * Lets the lesson begin, which reads the model and all pairs, and ends it before its first update. Nothing is left behind.
 *
 * @throws {Fault} as {@link teach}
 */
export async function tryLesson(
  asked: TeachOptions,
  hooks: TeachHooks = {},
): Promise<{ readonly parameters: number; readonly updates: number }> {
  const options = checkedOptions(asked, hooks)
  const { signal, onEvent } = hooks
  const folder = temporaryFolder('reteach-teach-')
  const begun = new AbortController()
  let started: Extract<TeachEvent, { type: 'started' }> | undefined
  try {
    await teachInChild(teachRequest(options, { outFolder: join(folder, 'out'), stateFolder: join(folder, 'state') }), {
      signal: signal === undefined ? begun.signal : AbortSignal.any([signal, begun.signal]),
      onEvent(event) {
        onEvent?.(event)
        if (event.type !== 'started') return
        started = event
        begun.abort()
      },
    })
  } catch (error) {
    if (!begun.signal.aborted) throw error
  } finally {
    clearAway(folder)
  }
  return { parameters: started!.parameters, updates: started!.steps }
}

/** `auto` becomes what this machine has, which is then part of the lesson's identity. */
function onDevice(options: TeachOptions): TeachOptions {
  return options.device === 'auto' ? { ...options, device: chooseDevice().device } : options
}

const hookKinds: FieldKinds<TeachHooks> = { signal: 'signal?', onEvent: 'function?' }

/** What a lesson is given beside its settings. */
const otherOptions = ['model', 'data', 'out', 'validation', 'saveEvery', 'threads'] as const

/** @throws {Fault} at what no lesson can be taught with */
function checkedOptions(asked: TeachOptions, hooks: TeachHooks): TeachOptions {
  refuseArguments(asked, { model: 'path', data: 'path', out: 'path', validation: 'path?' })
  refuseArguments({ hooks }, { hooks: { fields: hookKinds } })
  const options = onDevice(asked)
  checkOptions(options)
  return options
}

function checkOptions(options: TeachOptions): void {
  const { out, saveEvery, ...others } = options
  const [fault] = [...optionFaults({ ...others, out }, otherOptions), ...valueFaults({ saveEvery }, saveEveryRow)]
  if (fault !== undefined) throw new Fault(fault)
  checkThreads(options)
  const missing = settingNames.find(
    (name) =>
      settingRow(name).flag !== undefined &&
      isRequired(name) &&
      settingRow(name).replacedBy === undefined &&
      options[apiName(name) as keyof TeachOptions] === undefined,
  )
  if (missing !== undefined) throw new Fault(`Missing "${apiName(missing)}"`)
  const unfit = lessonFault(options, (name) => (name === 'validation' ? name : apiName(name)))
  if (unfit !== undefined) throw new Fault(unfit)
  checkOut(resolve(out), out)
}

const saveEveryRow = new Map([['saveEvery', { type: 'number', above: 0 } as const]])

function checkThreads({ threads }: TeachOptions): void {
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= mostThreads)) {
    throw new Fault(
      `Cannot teach with ${JSON.stringify(threads)} threads: expected a whole number of 1 to ${mostThreads}`,
    )
  }
}

function teachRequest(
  options: TeachOptions,
  places: Pick<TeachRequest, 'contents' | 'outFolder' | 'stateFolder'>,
): TeachRequest {
  const examples = (pairs: string) => ({ pairs, prefix: options.prefix ?? '' })
  return {
    start: { folder: options.model },
    lesson: lessonFromOptions(options),
    train: examples(options.data),
    ...(options.validation === undefined
      ? {}
      : {
          validation: examples(options.validation),
          evaluate: { every: options.evaluateEvery ?? 'epoch', by: 'loss' },
        }),
    keep: options.validation === undefined ? 'last' : (options.keep ?? 'last'),
    ...places,
    ...(options.saveEvery === undefined ? {} : { saveStateEverySeconds: options.saveEvery }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  }
}

/** A folder that holds something may be another lesson's result, so it is not written over. */
function checkOut(out: string, written: string): void {
  try {
    const found = statSync(out, { throwIfNoEntry: false })
    const beside = stateFolderAt(realPath(out), '0'.repeat(identityLetters))
    const obstacle = (found === undefined ? obstacleOf(out) : undefined) ?? obstacleOf(beside)
    if (obstacle !== undefined) throw new Fault(`Cannot write to "${written}" as ${obstacle}: choose another folder`)
    if (isFree(out)) return
  } catch (error) {
    throw writeFault(out, error)
  }
  throw new Fault(`Cannot write to "${written}" as it is there already: remove it or choose another folder`)
}

function makeParent(out: string): void {
  try {
    makeFolder(dirname(out))
  } catch (error) {
    throw writeFault(out, error)
  }
}

/** Of a hash. */
const identityLetters = 16

/**
 * A state is gone on from only by the same lesson: same settings, same data, same model files, wherever they lie.
 */
function identity(options: TeachOptions, files: string): string {
  const { lesson, evaluate, keep } = teachRequest(options, { outFolder: '', stateFolder: '' })
  const said = JSON.stringify({ lesson, evaluate, keep, prefix: options.prefix ?? '' })
  return createHash('sha256').update(said).update(files).digest('hex').slice(0, identityLetters)
}

/** Of all that a lesson reads. */
function digestOfFiles({ data, model, validation }: TeachOptions): string {
  return [data, validation].map((file) => (file === undefined ? 'none' : digestOf(file))).join('') + modelStamp(model)
}

function digestOf(file: string): string {
  try {
    return hashFile(file)
  } catch (error) {
    throw systemFault(`Cannot read "${file}"`, error)
  }
}
