import { basename, join } from 'node:path'
import { bytesOf } from '../../base/bytes-of.ts'
import { Fault } from '../../base/fault.ts'
import { programVersion } from '../../base/package.ts'
import { hashFile } from '../../content/hash-file.ts'
import { readSealedBytes, writeSealedBytes } from '../../content/sealed-bytes.ts'
import { sha256Of } from '../../content/sha256.ts'

/** The token ids of every row, for each text that a row has. */
export type TokenColumns = readonly (readonly Int32Array[])[]

/** Where token ids are kept for lessons to come; it may go at any time. */
export interface TokensPlace {
  readonly folder: string
  /** Every file that the tokenizer is made of. */
  readonly tokenizerFiles: readonly string[]
}

/**
 * The token ids of a file of rows: those that an earlier lesson has kept, or made now and kept. What is damaged is made anew,
 * and what cannot be kept is not. Few rows are not kept, as they take no time.
 *
 * @param settings all else that the ids depend on
 */
export async function keptTokens(
  place: TokensPlace | undefined,
  rows: string,
  settings: object,
  make: () => Promise<TokenColumns>,
): Promise<TokenColumns> {
  if (place === undefined) return await make()
  const path = join(place.folder, `${nameOf(place, rows, settings)}.tokens`)
  const kept = readSealedBytes(path)
  if (kept !== undefined) return unpacked(kept)
  const columns = await make()
  if (idsIn(columns) >= fewestIds) await keep(path, columns)
  return columns
}

/** To be raised when a tokenizer gives other ids for some text than before. */
const version = 2
/** About a quarter of a second's work. */
const fewestIds = 2 ** 20

/** By content: files may be changed, and lie elsewhere. */
function nameOf({ tokenizerFiles }: TokensPlace, rows: string, settings: object): string {
  const tokenizer = tokenizerFiles.map((path) => [basename(path), hashFile(path)])
  return sha256Of(JSON.stringify([version, programVersion(), hashFile(rows), tokenizer, settings]))
}

async function keep(path: string, columns: TokenColumns): Promise<void> {
  try {
    await writeSealedBytes(path, [...packed(columns)])
  } catch (error) {
    // The next lesson makes them again.
    if (!(error instanceof Fault)) throw error
  }
}

/** Numbers of columns and rows, then of each column the lengths of its rows and their ids. */
function* packed(columns: TokenColumns): Generator<Uint8Array> {
  yield bytesOf(Int32Array.of(columns.length, columns[0]?.length ?? 0))
  for (const column of columns) {
    yield bytesOf(Int32Array.from(column, (ids) => ids.length))
    yield bytesOf(joined(column))
  }
}

function joined(column: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(idsIn([column]))
  let at = 0
  for (const ids of column) {
    all.set(ids, at)
    at += ids.length
  }
  return all
}

function unpacked(bytes: Uint8Array<ArrayBuffer>): TokenColumns {
  const words = new Int32Array(bytes.buffer, 0, bytes.length / 4)
  const [columns, rows] = words as unknown as [number, number]
  let at = 2
  return Array.from({ length: columns }, () => {
    const lengths = words.subarray(at, at + rows)
    at += rows
    return Array.from(lengths, (length) => {
      at += length
      return words.subarray(at - length, at)
    })
  })
}

function idsIn(columns: TokenColumns): number {
  let sum = 0
  for (const column of columns) for (const ids of column) sum += ids.length
  return sum
}
