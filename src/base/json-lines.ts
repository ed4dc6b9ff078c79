import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { writeFault } from './atomic-file.ts'
import { convertFileLines } from './lines.ts'
import { systemFault } from './system-fault.ts'

/** Writes one JSON object a line. @throws {Fault} if the file cannot be written */
export async function writeJsonLines(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    let chunk = ''
    for await (const row of rows) {
      chunk += `${JSON.stringify(row)}\n`
      if (chunk.length < 1 << 16) continue
      yield chunk
      chunk = ''
    }
    if (chunk !== '') yield chunk
  }
  try {
    await pipeline(lines, createWriteStream(path, { flush: true }))
  } catch (error) {
    // What goes wrong while the rows are made is not a fault of writing.
    throw error instanceof Error && 'syscall' in error ? writeFault(path, error) : error
  }
}

/** Reads a whole file as {@link readJsonLines} does. */
export async function readAllJsonLines<T>(path: string): Promise<T[]> {
  const rows: T[] = []
  for await (const row of readJsonLines<T>(path)) rows.push(row)
  return rows
}

/** Reads one JSON value a line; empty lines are left out. @throws {Fault} naming the line that is no JSON */
export async function* readJsonLines<T>(path: string): AsyncGenerator<T> {
  const parse = (line: string, number: number): T => {
    try {
      return JSON.parse(line) as T
    } catch (error) {
      throw systemFault(`Cannot read "${path}" in line ${number}`, error)
    }
  }
  for await (const batch of convertFileLines(path, parse)) yield* batch
}
