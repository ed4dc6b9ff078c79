import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile } from '../../base/atomic-file.ts'
import { openSealedJson, sealedJson } from '../../content/sealed-json.ts'
import type { StepKey } from '../keys.ts'

/** What `done.json` tells of a finished step. */
export interface Seal {
  readonly key: StepKey
  readonly finished: string
  /** By path within the step's folder. Absent in steps that were finished before files were sealed. */
  readonly files?: Readonly<Record<string, SealedFile>>
}

export interface SealedFile {
  readonly size: number
  readonly sha256: string
}

export const sealName = 'done.json'

/** A model's card: it is written anew as tests are finished, and what it says stands in the records of the steps. */
export const cardName = 'README.md'

export const weightsEnding = '.safetensors'

/** Stands in the folder of a lesson whose weights were removed to save space, and names their files. */
export const removedMarker = 'weights-removed.json'

/** The text of a seal, which itself cannot be changed unnoticed. */
export function sealText(seal: Required<Seal>): string {
  return sealedJson(seal)
}

/** The seal in a step's folder; `damaged` when it is not what was written. @throws the system's error */
export function readSeal(folder: string): Seal | 'damaged' {
  const text = readPlainFile(join(folder, sealName)).toString()
  const sealed = openSealedJson(text)
  if (sealed !== undefined) return sealed as unknown as Seal
  try {
    const { key, finished = '', ...more } = JSON.parse(text) as Record<string, unknown>
    const isOld = typeof key === 'string' && typeof finished === 'string' && Object.keys(more).length === 0
    return isOld ? { key: key as StepKey, finished } : 'damaged'
  } catch {
    return 'damaged'
  }
}

/** Size and hash of every file of a step. @param hashOf of a path within the folder */
export function sealedFiles(folder: string, hashOf: (name: string) => string): Record<string, SealedFile> {
  const names = filesOf(folder).filter((name) => name !== sealName && name !== cardName)
  return Object.fromEntries(
    names.map((name) => [name, { size: statSync(join(folder, name)).size, sha256: hashOf(name) }]),
  )
}

/**
 * Paths within a folder, in order. Without hidden files and those that were being written when a process died: nothing
 * reads either.
 */
export function filesOf(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || /\.tmp-\d+-[0-9a-f]+$/u.test(entry.name)) return []
    return entry.isDirectory() ? filesOf(join(folder, entry.name)).map((name) => `${entry.name}/${name}`) : [entry.name]
  })
  return found.sort()
}

/** The files that a lesson's folder has lost on purpose; none where it has all of them, or where it is not told. */
export function removedWeights(folder: string): readonly string[] {
  try {
    const { removed } = JSON.parse(readPlainFile(join(folder, removedMarker)).toString()) as { removed: unknown }
    return Array.isArray(removed) ? removed.map(String) : []
  } catch {
    return []
  }
}
