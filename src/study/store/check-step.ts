import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile } from '../../base/atomic-file.ts'
import { isRefused, systemCode, systemFault } from '../../base/system-fault.ts'
import { type StepKey, stepKey } from '../keys.ts'
import type { StepKind } from '../steps/step-kinds.ts'
import { exists, statOf } from './folders.ts'
import {
  cardName,
  filesOf,
  readSeal,
  removedMarker,
  removedWeights,
  type Seal,
  type SealedFile,
  sealName,
} from './seal.ts'
import type { StepRecord } from './step-record.ts'

/** How a finished step's folder stands against what was written. */
export type StepCheck =
  | { readonly state: 'absent' }
  /** `strangers`: files that are not its own, which may be put aside. */
  | { readonly state: 'sound'; readonly seal: Required<Seal>; readonly strangers: readonly string[] }
  /** Finished before files were sealed: nothing tells whether they are what was written. */
  | { readonly state: 'unsealed' }
  | { readonly state: 'damaged'; readonly faults: readonly string[] }

/** The step that a folder is the place of. */
export interface StepPlaceName {
  readonly kind: StepKind
  readonly key: StepKey
  readonly folder: string
}

/** Whether a file of a step is of a hash, or may be taken for it as its size is right. @param name within the step's folder */
export type IsOfHash = (name: string, stat: Stats, sha256: string) => boolean

/**
 * Compares a step's folder with its seal.
 *
 * A folder that changes while it is looked at – another process removes it, or puts another in its place – is looked at
 * again.
 */
export function checkStep(place: StepPlaceName, isOfHash: IsOfHash): StepCheck {
  for (let attempt = 0; ; attempt++) {
    const before = changeOf(place.folder)
    const check = lookAt(place, isOfHash)
    if (check.state !== 'damaged' || changeOf(place.folder) === before || attempt === 20) return check
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}

function changeOf(folder: string): string {
  const stat = statOf(folder)
  return stat === undefined ? '' : `${stat.ino} ${stat.ctimeMs} ${stat.mtimeMs}`
}

function lookAt(place: StepPlaceName, isOfHash: IsOfHash): StepCheck {
  const { folder } = place
  if (!exists(folder)) return { state: 'absent' }
  try {
    const seal = readSeal(folder)
    if (seal === 'damaged') return damaged(`${sealName} is not what was written`)
    if (seal.key !== place.key) return damaged(`it holds step ${String(seal.key).slice(0, 12)}`)
    return seal.files === undefined
      ? checkUnsealed(place, isOfHash)
      : checkSealed(place, { ...seal, files: seal.files }, isOfHash)
  } catch (error) {
    const code = codeOfDamage(join(folder, sealName), error)
    return damaged(code === 'ENOENT' ? `${sealName} is missing` : `it cannot be read (${code})`)
  }
}

/** Failures that say nothing of the file. */
const passing: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'ETIMEDOUT'])

/** @throws what is no damage: another user's file is sound for all that this one knows */
function codeOfDamage(path: string, error: unknown): string {
  const code = systemCode(error)
  if (code === undefined || passing.has(code)) throw error
  if (isRefused(error)) throw systemFault(`Cannot read "${path}"`, error)
  return code
}

function damaged(...faults: string[]): StepCheck {
  return { state: 'damaged', faults }
}

function checkSealed({ kind, folder }: StepPlaceName, seal: Required<Seal>, isOfHash: IsOfHash): StepCheck {
  const names = filesOf(folder)
  // Weights go after their marker is there, and before the seal leaves them out.
  const removed = new Set(seal.files[removedMarker] === undefined ? removedWeights(folder) : [])
  const faults = Object.entries(seal.files).flatMap(([name, file]) => {
    if (removed.has(name) && !names.includes(name)) return []
    const fault = faultOf(join(folder, name), file, (stat) => isOfHash(name, stat, file.sha256))
    return fault === undefined ? [] : [`${name} ${fault}`]
  })
  if (faults.length > 0) return { state: 'damaged', faults }
  const own = (name: string): boolean =>
    Object.hasOwn(seal.files, name) ||
    name === sealName ||
    (kind === 'teach' && name === cardName) ||
    (name === removedMarker && removed.size > 0)
  return { state: 'sound', seal, strangers: names.filter((name) => !own(name)) }
}

function faultOf(path: string, { size }: SealedFile, isRight: (stat: Stats) => boolean): string | undefined {
  try {
    const stat = statOf(path)
    if (stat === undefined) return 'is missing'
    if (!stat.isFile()) return 'is no file'
    if (stat.size !== size) return `has ${stat.size} bytes instead of ${size}`
    return isRight(stat) ? undefined : 'is not what was written'
  } catch (error) {
    return `cannot be read (${codeOfDamage(path, error)})`
  }
}

/** Without hashes the record still tells whose results it lies beside. */
function checkUnsealed({ kind, key, folder }: StepPlaceName, isOfHash: IsOfHash): StepCheck {
  let record: Partial<StepRecord>
  try {
    record = JSON.parse(readPlainFile(join(folder, 'step.json')).toString()) as Partial<StepRecord>
  } catch (error) {
    if (isRefused(error)) throw systemFault(`Cannot read "${join(folder, 'step.json')}"`, error)
    return damaged(`step.json cannot be read: ${(error as Error).message}`)
  }
  if (record.sealed === true) return damaged(`${sealName} lacks its hashes`)
  const isOwn = record.key === key && record.kind === kind && keyOf(record) === key
  if (!isOwn) return damaged('step.json is of another step')
  const stat = statOf(join(folder, unsealedWeights))
  const told = (record.result as { weightsSha256?: string } | undefined)?.weightsSha256
  if (stat === undefined || told === undefined || !/^[0-9a-f]{64}$/u.test(told)) return { state: 'unsealed' }
  return isOfHash(unsealedWeights, stat, told) ? { state: 'unsealed' } : damaged('its weights are not what was written')
}

const unsealedWeights = 'model.safetensors'

function keyOf({ kind, version, inputs }: Partial<StepRecord>): StepKey | undefined {
  try {
    return stepKey(kind!, version!, inputs!)
  } catch {
    return undefined
  }
}
