import { Fault } from './fault.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/** A line longer than this (in UTF-16 units) is taken for a broken file: it could not be held in memory safely. */
export const maxRecordLength = 64 * 1024 * 1024
/** What no line of {@link maxRecordLength} UTF-16 units takes, of which each has 3 bytes at most. */
const maxLineBytes = 3 * maxRecordLength

/**
 * Decodes a stream of bytes that must be UTF-8, without a byte-order mark. Pieces are whole lines but for the last.
 *
 * @param file its name for the sentence
 * @throws {Fault} naming the line that is not UTF-8, or that has more bytes than 64 Mi characters can take
 */
export async function* utf8Text(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let lines = 0
  let isBegun = false
  const decode = (piece: Buffer): string => {
    try {
      const text = decoder.decode(piece)
      const start = !isBegun && text.startsWith('\u{FEFF}') ? 1 : 0
      isBegun = true
      lines += countLines(piece)
      return text.slice(start)
    } catch {
      const line = lines + wrongLine(piece)
      throw new Fault(`Cannot read "${file}" as its line ${line} is not UTF-8: save it as UTF-8`, undefined)
    }
  }
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  for await (const chunk of bytes) {
    let last = chunk.lastIndexOf(newline)
    // A text whose lines end in a carriage return alone is cut there, but only where it must be: what ends a line is told by its beginning.
    if (last === -1 && pendingBytes > maxLineBytes) {
      last = chunk.lastIndexOf(carriageReturn)
      if (last === -1) throw lineTooLong(file, lines + 1)
    }
    if (last === -1) {
      pending.push(chunk)
      pendingBytes += chunk.length
      continue
    }
    yield decode(Buffer.concat([...pending, chunk.subarray(0, last + 1)]))
    pending = [chunk.subarray(last + 1)]
    pendingBytes = pending[0]!.length
  }
  const rest = Buffer.concat(pending)
  if (rest.length > 0) yield decode(rest)
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++
  return count
}

/** The 1-based line of the first bytes that are not UTF-8. */
function wrongLine(bytes: Buffer): number {
  const text = bytes.toString('utf8')
  // Lines are the same in the text, as no byte of a longer character is a line feed; U+FFFD may be one of the text's own.
  const original = splitLines(bytes)
  return 1 + text.split('\n').findIndex((line, i) => !Buffer.from(line).equals(original[i]!))
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, start)) {
    lines.push(bytes.subarray(start, at))
    start = at + 1
  }
  return [...lines, bytes.subarray(start)]
}

/** @param line counted from 1 */
export function lineTooLong(file: string, line: number): Fault {
  return new Fault(
    `Cannot read "${file}" as its line ${line} is longer than ${maxRecordLength / 1024 / 1024} Mi characters: ` +
      'is it the right file and format?',
  )
}
