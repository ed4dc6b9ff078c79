import { lstatSync, rmSync } from 'node:fs'
import { readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
import { sha256Of } from './sha256.ts'

/**
 * The text of an object as one line of JSON that ends with the sha256 of what is before it, as `"seal"`, so that whoever
 * reads it sees whether it is what was written.
 *
 * @param value has at least one field, and none of that name
 */
export function sealedJson(value: object): string {
  const text = JSON.stringify(value)
  return `${text.slice(0, -1)},"seal":"${sha256Of(text)}"}\n`
}

/** The object in a text of {@link sealedJson}, without its seal; `undefined` for any other text. */
export function openSealedJson(text: string): Record<string, unknown> | undefined {
  const found = /^(\{.*),"seal":"([0-9a-f]{64})"\}\n$/su.exec(text)
  if (found === null) return undefined
  const inner = `${found[1]}}`
  return sha256Of(inner) === found[2] ? (JSON.parse(inner) as Record<string, unknown>) : undefined
}

/**
 * Writes an object as {@link sealedJson} has it, the whole file or none of it, also where somebody has put a folder.
 *
 * @throws {Fault} as `writeFileAtomic`
 */
export function writeSealedJson(path: string, value: object): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) rmSync(path, { recursive: true, force: true })
  writeFileAtomic(path, sealedJson(value))
}

/** The object of a sealed file; `undefined` where there is none or it is not what was written. */
export function readSealedJson(path: string): Record<string, unknown> | undefined {
  try {
    return openSealedJson(readPlainFile(path).toString())
  } catch {
    return undefined
  }
}
