import { closeSync, createReadStream, fstatSync, readSync } from 'node:fs'
import { refuseLfsPointer } from './lfs-pointer.ts'
import { systemCode, systemFault } from './system-fault.ts'
import { lineTooLong, maxRecordLength, utf8Text } from './utf8-text.ts'

/** Counts line ends (LF, CRLF or CR) in a text that comes in pieces. */
export class LineCounter {
  /** 1-based number of the line on which the next character stands. */
  line = 1
  #endedInCr = false

  add(text: string): void {
    if (text === '') return
    if (this.#endedInCr && text[0] === '\n') this.line--
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.line++
    for (let at = text.indexOf('\r'); at !== -1; at = text.indexOf('\r', at + 1)) if (text[at + 1] !== '\n') this.line++
    this.#endedInCr = text.endsWith('\r')
  }
}

interface LineBatch {
  /** Lines without their ends. */
  readonly lines: readonly string[]
  /** 1-based number of the first of them. */
  readonly first: number
}

/**
 * Splits a text that comes in pieces into lines, a batch for each piece.
 *
 * Lines end in LF or CRLF; in a text whose first line ends in a lone CR they end in CR. A last line without an end
 * counts, an empty one does not.
 *
 * @throws {Fault} when a line is longer than 64 Mi characters
 */
export async function* readLines(text: AsyncIterable<string>, file: string): AsyncGenerator<LineBatch> {
  let end: '\n' | '\r' | undefined
  let first = 1
  // Pieces of a line that spans several chunks are joined once, as growing one string would copy it each time.
  let pending: string[] = []
  let pendingLength = 0
  for await (const piece of text) {
    let chunk = piece
    if (end === undefined) {
      const cr = pending.at(-1)?.endsWith('\r') === true ? '\r' : ''
      end = lineEnd(cr + piece)
      if (end !== undefined) {
        chunk = pending.join('') + piece
        pending = []
        pendingLength = 0
      }
    }
    const last = end === undefined ? -1 : chunk.lastIndexOf(end)
    if (last === -1) {
      pending.push(chunk)
      pendingLength += chunk.length
      if (pendingLength > maxRecordLength) throw lineTooLong(file, first)
      continue
    }
    const lines = (pending.join('') + chunk.slice(0, last)).split(end!)
    if (lines[0]!.length > maxRecordLength) throw lineTooLong(file, first)
    if (end === '\n') dropCarriageReturns(lines)
    yield { lines, first }
    first += lines.length
    pending = [chunk.slice(last + 1)]
    pendingLength = pending[0]!.length
  }
  const rest = pending.join('')
  if (rest === '') return
  if (end === undefined && rest.endsWith('\r')) yield { lines: [rest.slice(0, -1)], first }
  else {
    const lines = [rest]
    if (end === '\n') dropCarriageReturns(lines)
    yield { lines, first }
  }
}

/**
 * Converts each line that is not blank, a batch for each piece of the text.
 *
 * @param convert is given the line and its number, counted from 1; when it throws, the lines before are handed out first
 */
export async function* convertLines<T>(
  text: AsyncIterable<string>,
  file: string,
  convert: (line: string, number: number) => T,
): AsyncGenerator<T[]> {
  for await (const { lines, first } of readLines(text, file)) {
    const batch: T[] = []
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue
      try {
        batch.push(convert(line, first + index))
      } catch (error) {
        if (batch.length > 0) yield batch
        throw error
      }
    }
    if (batch.length > 0) yield batch
  }
}

/**
 * Converts each line of a file that is not blank, as `convertLines` does.
 *
 * @throws {Fault} when the file cannot be read or is a Git LFS pointer; and what `convert` throws
 */
export async function* convertFileLines<T>(
  path: string,
  convert: (line: string, number: number) => T,
): AsyncGenerator<T[]> {
  const checked = (line: string, number: number): T => {
    if (number === 1) refuseLfsPointer(path, line)
    return convert(line, number)
  }
  try {
    yield* convertLines(utf8Text(createReadStream(path), path), path, checked)
  } catch (error) {
    throw systemCode(error) === undefined ? error : systemFault(`Cannot read "${path}"`, error)
  }
}

/** What a file has more than before. */
export interface GrownText {
  /** Whole lines. */
  readonly text: string
  /** From where to go on, in bytes. */
  readonly next: number
}

/**
 * The whole lines of a file from some byte on; of one that has become shorter, as whoever writes it has begun again from an older
 * state, from its beginning.
 *
 * @param file a descriptor, which is closed
 * @param mostBytes read at once; what is more comes the next time
 */
export function grownText(file: number, from: number, mostBytes = Number.POSITIVE_INFINITY): GrownText {
  try {
    const { size } = fstatSync(file)
    const begin = size < from ? 0 : from
    const bytes = Buffer.alloc(Math.min(size - begin, mostBytes))
    const count = readSync(file, bytes, 0, bytes.length, begin)
    const end = bytes.subarray(0, count).lastIndexOf(10) + 1
    return { text: bytes.toString('utf8', 0, end), next: begin + end }
  } finally {
    closeSync(file)
  }
}

/** The line end that a text uses, once its beginning shows it; a CR at the very end may yet become CRLF. */
function lineEnd(text: string): '\n' | '\r' | undefined {
  const lf = text.indexOf('\n')
  const cr = text.indexOf('\r')
  if (cr === -1) return lf === -1 ? undefined : '\n'
  if (lf === cr + 1 || (lf !== -1 && lf < cr)) return '\n'
  if (cr === text.length - 1) return undefined
  // A lone CR first: it ends lines unless LF does so further on.
  return lf === -1 ? '\r' : '\n'
}

function dropCarriageReturns(lines: string[]): void {
  for (let i = 0; i < lines.length; i++) if (lines[i]!.endsWith('\r')) lines[i] = lines[i]!.slice(0, -1)
}
