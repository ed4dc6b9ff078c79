import { statSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import type { Json } from '../keys.ts'
import type { FileSource } from '../study.ts'
import type { FileHashes } from './file-hashes.ts'
import { sourceContent } from './source-content.ts'

/** Files beside the store that the work of a step reads, with the content that its key is made of. */
export interface OutsideInput {
  /** For sentences. */
  readonly name: string
  readonly content: Json
  /** The content as it is by now. */
  now(hashes: FileHashes): Promise<Json>
}

/** The files of a table; those of the hub are kept under names made of their content. */
export function outsideRows(source: FileSource, content: Json): OutsideInput[] {
  if (source.table.hub !== undefined) return []
  const name = source.paths.map(({ written }) => `"${written}"`).join(', ')
  return [{ name, content, now: (hashes) => sourceContent(source, hashes) }]
}

/**
 * The files of a model or tokenizer that have a part in a key.
 *
 * @param path a folder, or the file of a tokenizer, which goes under the name `tokenizer` and its ending
 * @param content name → SHA-256
 */
export function outsideFiles(path: string, content: Json): OutsideInput {
  return {
    name: `"${path}"`,
    content,
    async now(hashes) {
      const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true
      const now: Record<string, string> = {}
      for (const name of Object.keys(content as Record<string, string>)) {
        const isTokenizer = isFile && name === `tokenizer${extname(path).toLowerCase()}`
        const file = isTokenizer ? path : join(isFile ? dirname(path) : path, name)
        now[name] = await hashes.of(file, file)
      }
      return now
    },
  }
}

/** Whether it is no more what the study's keys are made of. @throws {Fault} when it cannot be read */
export async function isChanged({ content, now }: OutsideInput, hashes: FileHashes): Promise<boolean> {
  return JSON.stringify(await now(hashes)) !== JSON.stringify(content)
}

/** @throws {Fault} when one of them {@link isChanged}, or cannot be read */
export async function refuseChanged(inputs: readonly OutsideInput[], hashes: FileHashes): Promise<void> {
  for (const input of inputs) {
    if (!(await isChanged(input, hashes))) continue
    throw new Fault(
      `Cannot use ${input.name} as it has changed since the study was read, and what it was is part of the result's key: run again`,
    )
  }
}
