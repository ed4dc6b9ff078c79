import { isAscii, isUtf8 } from 'node:buffer'
import { Fault } from '../../base/fault.ts'
import { LineCounter } from '../../base/lines.ts'
import { didYouMean } from '../../base/nearest.ts'
import type { NoticeListener } from '../../base/notice.ts'
import { ByteQueue } from './byte-queue.ts'
import { detectEncoding } from './detect-encoding.ts'
import { iconvLite } from './encoding-tables.ts'
import { scanUtf8, unfinishedUtf8, validUtf8Length } from './utf8.ts'

interface DecodeOptions {
  /** The file's name for sentences. */
  readonly file: string
  /** Decodes by this encoding instead of finding out. */
  readonly encoding?: string | undefined
  readonly onNotice: NoticeListener
  /** What to do where the encoding cannot be told. Default: set `encoding` */
  readonly advice?: string
}

const headBytes = 64 * 1024
const sampleBytes = 1024 * 1024
/** With this many multi-byte characters, bytes that are valid UTF-8 are UTF-8 and nothing else. */
const enoughUtf8 = 10

const commonNames = [
  ...['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'latin-1', 'windows-1252', 'windows-1250', 'windows-1251'],
  ...['gb18030', 'gbk', 'big5', 'shift_jis', 'euc-kr'],
]

/**
 * Decodes a stream of bytes to text without a byte-order mark.
 *
 * Without a given encoding: a byte-order mark decides, then zero bytes (UTF-16). Everything else is passed on while
 * it is ASCII, and the first megabyte from the first other byte decides between UTF-8 and older encodings, so that a
 * file whose first "é" comes late is read as well as any other. What is no character in a file that was found to be UTF-8
 * is read as U+FFFD, and a notice names the lines.
 *
 * @throws {Fault} with the line where the bytes are not of the encoding, or when the encoding cannot be told
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, options: DecodeOptions): AsyncGenerator<string> {
  const input = new ByteQueue(bytes)
  const { file } = options
  const lines = new LineCounter()
  const replaced: number[] = []
  try {
    const head = await input.peek(headBytes)
    const marked = byteOrderMark(head)
    let decoder: Decoder
    if (options.encoding !== undefined) {
      decoder = toldDecoder(options.encoding, marked?.encoding, file)
      checkAgainstBytes(options.encoding, marked?.encoding, await input.peek(sampleBytes), options)
      if (marked !== undefined) await input.take(marked.length)
    } else if (marked !== undefined) {
      decoder = detectedDecoder(marked.encoding)
      await input.take(marked.length)
    } else {
      const wide = wideEncoding(head, file)
      decoder = wide === undefined ? asciiDecoder : detectedDecoder(wide)
    }
    for (;;) {
      const chunk = await input.next()
      if (decoder === asciiDecoder && chunk !== undefined && !isAscii(chunk)) {
        const start = firstHighByte(chunk)
        const ascii = chunk.toString('latin1', 0, start)
        lines.add(ascii)
        input.unread(chunk.subarray(start))
        const sample = await input.peek(sampleBytes)
        decoder = detectedDecoder(toldEncoding(sample, sample.length < sampleBytes, options, lines.line))
        if (start > 0) yield ascii
        continue
      }
      const decoded = chunk === undefined ? decoder.end() : decoder.write(chunk)
      countLines(decoded, lines, replaced)
      const { text, valid } = decoded
      if (!valid) throw notOfEncoding(file, decoder.name, lines.line, options.encoding !== undefined)
      if (text !== '') yield text
      if (chunk === undefined) return
    }
  } finally {
    // Whoever takes only the first rows is told of those.
    if (replaced.length > 0) options.onNotice(replacedNotice(file, replaced))
    await input.close()
  }
}

/**
 * Decodes a whole file as {@link decodeText} does.
 *
 * @throws {Fault} as `decodeText`
 */
export function decodeBytes(bytes: Buffer, options: DecodeOptions): string {
  const { file, onNotice, encoding } = options
  const marked = byteOrderMark(bytes)
  const own = bytes.subarray(marked?.length ?? 0)
  const found = (): string =>
    marked?.encoding ?? wideEncoding(own.subarray(0, headBytes), file) ?? narrowEncoding(own, options)
  if (encoding !== undefined) checkAgainstBytes(encoding, marked?.encoding, bytes.subarray(0, sampleBytes), options)
  const decoder = encoding === undefined ? detectedDecoder(found()) : toldDecoder(encoding, marked?.encoding, file)
  const parts = [decoder.write(own), decoder.end()]
  const lines = new LineCounter()
  const replaced: number[] = []
  for (const part of parts) {
    countLines(part, lines, replaced)
    if (!part.valid) throw notOfEncoding(file, decoder.name, lines.line, encoding !== undefined)
  }
  if (replaced.length > 0) onNotice(replacedNotice(file, replaced))
  return parts.map(({ text }) => text).join('')
}

/** The encoding of bytes without a mark that are not UTF-16. */
function narrowEncoding(bytes: Buffer, options: DecodeOptions): string {
  if (isAscii(bytes)) return 'utf-8'
  const start = firstHighByte(bytes)
  const sample = bytes.subarray(start, start + sampleBytes)
  const lines = new LineCounter()
  lines.add(bytes.toString('latin1', 0, start))
  return toldEncoding(sample, start + sample.length === bytes.length, options, lines.line)
}

/** @param line on which the sample begins */
function toldEncoding(sample: Buffer, isWhole: boolean, options: DecodeOptions, line: number): string {
  const { file, onNotice, advice = `set encoding (${commonNames.join(', ')} …)` } = options
  const found = detectEncoding(sample, isWhole)
  if (found === undefined) {
    throw new Fault(
      `Cannot tell the encoding of "${file}" from its bytes (the first odd one is on line ${line}): ${advice}`,
    )
  }
  if (found.doubt !== undefined) {
    onNotice(`Read "${file}" as ${found.encoding} as ${found.doubt}: set encoding if this is wrong`)
  }
  return found.encoding
}

/** Counts the lines of a piece of text and notes those with a U+FFFD in place of wrong bytes. */
function countLines({ text, wrongAt = [] }: Decoded, lines: LineCounter, replaced: number[]): void {
  let counted = 0
  for (const at of wrongAt) {
    lines.add(text.slice(counted, at))
    counted = at
    if (replaced.at(-1) !== lines.line) replaced.push(lines.line)
  }
  lines.add(text.slice(counted))
}

function notOfEncoding(file: string, encoding: string, line: number, isTold: boolean): Fault {
  const advice = isTold ? 'set another encoding or leave it out' : 'mend the file or set encoding'
  return new Fault(
    `Cannot decode "${file}" as ${encoding} as line ${line} holds a byte that is not ${encoding}: ${advice}`,
  )
}

function replacedNotice(file: string, lines: readonly number[]): string {
  const shown = lines.slice(0, 10).join(', ')
  const more = lines.length > 10 ? ` and ${lines.length - 10} more` : ''
  const where = lines.length === 1 ? `line ${shown} holds` : `lines ${shown}${more} hold`
  return `Read "${file}" as utf-8 with \ufffd where ${where} bytes that are none: mend the file, or set encoding if this is wrong`
}

interface Decoded {
  readonly text: string
  readonly valid: boolean
  /** Places in the text where U+FFFD stands for wrong bytes, ascending. */
  readonly wrongAt?: readonly number[]
}

interface Decoder {
  readonly name: string
  /** When the bytes are not valid, `text` is what precedes them in this chunk. */
  write(chunk: Buffer): Decoded
  end(): Decoded
}

const asciiDecoder: Decoder = {
  name: 'ascii',
  write: (chunk) => ({ text: chunk.toString('latin1'), valid: true }),
  end: () => ({ text: '', valid: true }),
}

function detectedDecoder(encoding: string): Decoder {
  return encoding === 'utf-8' ? utf8Decoder(replaceWrong) : iconvDecoder(encoding)
}

function stopAtWrong(bytes: Buffer): Decoded {
  return { text: bytes.toString('utf8', 0, validUtf8Length(bytes)), valid: false }
}

function replaceWrong(bytes: Buffer): Decoded {
  const wrongAt: number[] = []
  const parts: string[] = []
  let length = 0
  let start = 0
  scanUtf8(bytes, (at, bytesLong, isValid) => {
    if (isValid) return
    const part = bytes.toString('utf8', start, at)
    wrongAt.push(length + part.length)
    parts.push(part, replacement)
    length += part.length + 1
    start = at + bytesLong
  })
  return { text: parts.join('') + bytes.toString('utf8', start), valid: true, wrongAt }
}

/** @param decodeWrong decodes what is not wholly UTF-8 */
function utf8Decoder(decodeWrong = stopAtWrong): Decoder {
  let carried: Buffer = Buffer.alloc(0)
  const decode = (bytes: Buffer): Decoded =>
    isUtf8(bytes) ? { text: bytes.toString('utf8'), valid: true } : decodeWrong(bytes)
  return {
    name: 'utf-8',
    write(chunk) {
      const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk])
      const whole = bytes.length - unfinishedUtf8(bytes)
      carried = bytes.subarray(whole)
      return decode(bytes.subarray(0, whole))
    },
    end: () => decode(carried),
  }
}

const replacement = '\ufffd'

function iconvDecoder(encoding: string): Decoder {
  const stream = iconvLite().getDecoder(encoding as Parameters<ReturnType<typeof iconvLite>['getDecoder']>[0])
  // UTF-16 and UTF-32 may hold U+FFFD as a character of their own; elsewhere it stands for a wrong byte.
  const strict = !/^(utf-?16|utf-?32|ucs)/i.test(encoding)
  const check = (text: string): { text: string; valid: boolean } => {
    const wrong = strict ? text.indexOf(replacement) : -1
    return wrong === -1 ? { text, valid: true } : { text: text.slice(0, wrong), valid: false }
  }
  return {
    name: encoding,
    write: (chunk) => check(stream.write(chunk)),
    end: () => check(stream.end() ?? ''),
  }
}

/** iconv-lite lists byte-to-text codings such as base64 among its encodings; texts are not written in them. */
const notForTexts = new Set(['base64', 'hex', 'binary', 'utf7imap', 'cesu8'])

const utf8Names = new Set(['utf8', 'utf8sig', 'utf8bom', 'ascii', 'usascii'])

/** What to use in place of a name that is no text encoding's, as the end of a sentence; `undefined`: it is one. */
export function encodingHint(encoding: string): string | undefined {
  const plain = plainName(encoding)
  if (utf8Names.has(plain) || (plain !== '' && !notForTexts.has(plain) && iconvLite().encodingExists(plain)))
    return undefined
  return didYouMean(encoding, commonNames) || `: use ${commonNames.join(', ')} or another known one`
}

function namedDecoder(encoding: string, file: string): Decoder {
  const hint = encodingHint(encoding)
  if (hint !== undefined) throw new Fault(`Cannot read "${file}" with unknown encoding "${encoding}"${hint}`)
  const plain = plainName(encoding)
  return utf8Names.has(plain) ? utf8Decoder() : { ...iconvDecoder(plain), name: encoding }
}

function plainName(encoding: string): string {
  return encoding.toLowerCase().replace(/[^0-9a-z]/g, '')
}

/** A mark says in which order the bytes of "utf-16" are. */
function toldDecoder(encoding: string, marked: string | undefined, file: string): Decoder {
  const decoder = namedDecoder(encoding, file)
  return marked === undefined || marked === 'utf-8' ? decoder : detectedDecoder(marked)
}

/** Finds out that a given encoding cannot be the file's. */
function checkAgainstBytes(
  encoding: string,
  marked: string | undefined,
  sample: Buffer,
  { file, onNotice }: DecodeOptions,
): void {
  const plain = plainName(encoding)
  if (marked !== undefined) {
    const family = marked.replace(/[^0-9a-z]/g, '')
    if (!family.startsWith(plain.replace(/(sig|bom)$/, ''))) {
      throw new Fault(
        `Cannot read "${file}" as ${encoding} as it begins with the byte-order mark of ${marked}: leave encoding out`,
      )
    }
    return
  }
  if (plain.startsWith('utf8') || plain.endsWith('ascii')) return
  const whole = sample.subarray(0, sample.length - unfinishedUtf8(sample))
  if (!isUtf8(whole) || whole.includes(0)) return
  const isWide = /^(utf16|utf32|ucs)/.test(plain)
  const multiByte = whole.filter((byte) => byte >= 0xc0).length
  if (multiByte >= enoughUtf8 || (isWide && whole.length >= 2)) {
    throw new Fault(`Cannot read "${file}" as ${encoding} as its bytes are UTF-8: leave encoding out`)
  }
  if (multiByte > 0) onNotice(`Read "${file}" as ${encoding} as told, although its bytes are valid UTF-8 too`)
}

function byteOrderMark(head: Buffer): { encoding: string; length: number } | undefined {
  const begins = (...mark: number[]): boolean => mark.every((byte, i) => head[i] === byte)
  if (begins(0xef, 0xbb, 0xbf)) return { encoding: 'utf-8', length: 3 }
  if (begins(0xff, 0xfe, 0, 0)) return { encoding: 'utf-32le', length: 4 }
  if (begins(0, 0, 0xfe, 0xff)) return { encoding: 'utf-32be', length: 4 }
  if (begins(0xff, 0xfe)) return { encoding: 'utf-16le', length: 2 }
  if (begins(0xfe, 0xff)) return { encoding: 'utf-16be', length: 2 }
  if (begins(0x84, 0x31, 0x95, 0x33)) return { encoding: 'gb18030', length: 4 }
  return undefined
}

/**
 * The characters of a file's beginning, by which its format is guessed: of encodings that only the whole text tells, those of ASCII
 * alone are sure.
 */
export function headText(head: Buffer): string {
  const marked = byteOrderMark(head)
  const wide = marked?.encoding ?? wideOrder(head)
  const own = head.subarray(marked?.length ?? 0)
  return wide === undefined || wide === 'unclear' ? own.toString('latin1') : iconvLite().decode(own, wide)
}

/** @throws {Fault} where zero bytes do not tell what the bytes are */
function wideEncoding(head: Buffer, file: string): string | undefined {
  const order = wideOrder(head)
  if (order !== 'unclear') return order
  const zeros = head.filter((byte) => byte === 0).length
  throw new Fault(`Cannot read "${file}" as text as ${zeros} of its first ${head.length} bytes are zero: set format`)
}

/**
 * UTF-16 without a mark shows in its zero bytes, which are all at odd or all at even places for Latin letters. Chinese
 * texts have some at the other places too (U+4E00, "one"), and are told by their line ends, spaces and delimiters.
 */
function wideOrder(head: Buffer): 'utf-16le' | 'utf-16be' | 'unclear' | undefined {
  let even = 0
  let odd = 0
  for (let i = 0; i < head.length; i++) {
    if (head[i] !== 0) continue
    if (i % 2 === 0) even++
    else odd++
  }
  const zeros = even + odd
  if (zeros <= head.length / 1000 || hasStrayZeros(head, zeros)) return undefined
  if (odd > 20 * even) return 'utf-16le'
  if (even > 20 * odd) return 'utf-16be'
  const littleEndian = countSeparators(head, 0)
  const bigEndian = countSeparators(head, 1)
  if (4 * Math.max(littleEndian, bigEndian) > zeros) {
    if (littleEndian > 4 * bigEndian) return 'utf-16le'
    if (bigEndian > 4 * littleEndian) return 'utf-16be'
  }
  return 'unclear'
}

/**
 * Whether a few zero bytes stand in a text of one-byte letters or UTF-8. UTF-16 with so few of them is not in Latin
 * letters: it is no UTF-8, and has control characters and, seldom, separators in the low bytes of its letters.
 */
function hasStrayZeros(head: Buffer, zeros: number): boolean {
  // One alone makes no text of UTF-16, whose line ends have one as well.
  if (4 * zeros >= head.length && zeros > 1) return false
  if (isUtf8(head.subarray(0, head.length - unfinishedUtf8(head)))) return true
  const hasControls = head.some((byte) => byte > 0 && byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)
  return !hasControls && countLoneSeparators(head) > zeros
}

/** Separators that are not a character of UTF-16, as no zero byte is beside them. */
function countLoneSeparators(head: Buffer): number {
  return head.filter((byte, i) => head[i ^ 1] !== 0 && separators.includes(String.fromCharCode(byte))).length
}

const separators = '\t\n\r ",;'

/** Characters of UTF-16 that separate, whose low bytes are at even (0) or odd (1) places. */
function countSeparators(head: Buffer, lowByte: 0 | 1): number {
  let count = 0
  for (let i = 0; i + 1 < head.length; i += 2) {
    if (head[i + 1 - lowByte] === 0 && separators.includes(String.fromCharCode(head[i + lowByte]!))) count++
  }
  return count
}

function firstHighByte(bytes: Buffer): number {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 0x80) return i
  return -1
}
