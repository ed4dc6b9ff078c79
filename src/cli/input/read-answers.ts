import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'
import { didYouMean } from '../../base/nearest.ts'
import { plural } from '../../base/plural.ts'
import { unpackFault } from '../../base/read-fault.ts'
import { systemFault } from '../../base/system-fault.ts'
import { decodeBytes } from '../../data/text/encoding.ts'
import { splitLabels } from '../../tasks/labels.ts'
import { flagWords, inFlagWords } from '../print/flag-words.ts'
import { tellNotes } from '../print/tell-notes.ts'

/** How answers stand in a file. */
export interface AnswerFormat {
  /** The fields to look for in objects, the first that is there is taken. */
  readonly fields: readonly string[]
  /** Of the file, instead of the one that its bytes tell. */
  readonly encoding?: string | undefined
  /** Refuse texts and lists that are not in an object. */
  readonly objectsOnly?: boolean
  /** Called where a line is an object, whose field is taken. */
  readonly onObject?: () => void
  /** Told the `id` in each line's object, in order; undefined where there is none. */
  readonly onId?: (id: unknown) => void
}

export interface LabelFormat extends AnswerFormat {
  /** Between labels that stand in one text. */
  readonly separator: string
}

/**
 * Reads one text for each line.
 *
 * `.jsonl` and `.ndjson` hold a JSON string a line, or objects with one of the fields; any other file is plain lines, ended
 * by LF or CRLF. Either may be packed with gzip, and in any encoding that is given or can be told by its bytes.
 *
 * @throws {Fault} naming file and line if the file cannot be read or a line is not what is wanted
 */
export function readTexts(path: string, options: AnswerFormat): string[] {
  return readEntries(path, options, (value, fault) => {
    if (typeof value === 'string') return value
    throw fault(`Expected a text, found ${kindOf(value)}`)
  })
}

/**
 * Reads one text or a list of texts for each line, as references are: as {@link readTexts}, but a JSON list of texts has
 * several for one example.
 *
 * @returns one list for each reference of an example, `null` where an example has fewer than others
 * @throws {Fault} as `readTexts`, and at an empty list
 */
export function readReferenceTexts(path: string, options: AnswerFormat): (string | null)[][] {
  const rows = readEntries(path, options, (value, fault) => {
    const texts = (Array.isArray(value) ? value : [value]).filter((text) => text !== null)
    if (texts.length === 0) throw fault('Expected a reference, found none')
    const wrong: unknown = texts.find((text) => typeof text !== 'string')
    if (wrong !== undefined) throw fault(`Expected a text or a list of texts, found ${kindOf(wrong)}`)
    return texts as string[]
  })
  const most = rows.reduce((longest, texts) => Math.max(longest, texts.length), 1)
  return Array.from({ length: most }, (_, i) => rows.map((texts) => texts[i] ?? null))
}

/**
 * Reads one set of labels for each line: a JSON list of strings, or labels with separators between them.
 *
 * @throws {Fault} naming file and line if the file cannot be read or a line is not what is wanted
 */
export function readLabelSets(path: string, options: LabelFormat): string[][] {
  return readEntries(path, options, (value, fault) => {
    if (typeof value === 'string') return splitLabels(value, options.separator)
    if (!Array.isArray(value)) throw fault(`Expected a list of labels, found ${kindOf(value)}`)
    const wrong: unknown = value.find((label) => typeof label !== 'string')
    if (wrong !== undefined) throw fault(`Expected a list of labels as strings, found ${kindOf(wrong)} in it`)
    return value as string[]
  })
}

/** @throws {Fault} naming the shorter file and its last line, unless all files have as many lines as the first */
export function checkSameLength(
  files: readonly { readonly path: string; readonly entries: readonly unknown[] }[],
): void {
  const [first, ...others] = files
  for (const other of others) {
    if (other.entries.length === first!.entries.length) continue
    const [shorter, longer] = other.entries.length < first!.entries.length ? [other, first!] : [first!, other]
    throw new Fault(
      `Cannot compare line by line as this file ends after ${lineCount(shorter)} and "${longer.path}" after ${lineCount(longer)}: give files with a line for each example`,
      { file: shorter.path, ...(shorter.entries.length > 0 && { line: shorter.entries.length }) },
    )
  }
  if (first !== undefined && first.entries.length === 0)
    throw new Fault('Cannot score an empty file', { file: first.path })
}

function lineCount({ entries }: { readonly entries: readonly unknown[] }): string {
  return plural(entries.length, 'line')
}

type FaultHere = (message: string) => Fault

function readEntries<T>(path: string, options: AnswerFormat, entry: (value: unknown, fault: FaultHere) => T): T[] {
  const isJson = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(path)
  return readLines(path, options.encoding).map((text, i) => {
    const fault: FaultHere = (message) => new Fault(message, { file: path, line: i + 1 })
    if (!isJson && !options.objectsOnly) return entry(text, fault)
    const value = isJson ? parseJson(text, fault) : text
    options.onId?.(idIn(value))
    return entry(fieldOf(value, options, fault), fault)
  })
}

function idIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'id')
    ? (value as { readonly id: unknown }).id
    : undefined
}

function parseJson(text: string, fault: FaultHere): unknown {
  if (text.trim() === '') throw fault('Expected JSON, found an empty line')
  try {
    return JSON.parse(text)
  } catch {
    const start = text.length > 40 ? `${text.slice(0, 40)}…` : text
    throw fault(`Expected JSON, found ${JSON.stringify(start)}: a file of plain lines must not be called .jsonl`)
  }
}

function fieldOf(value: unknown, { fields, objectsOnly, onObject }: AnswerFormat, fault: FaultHere): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (!objectsOnly) return value
    const wanted = fields.map((field) => `"${field}"`).join(' or ')
    throw fault(`Expected a JSON object with ${wanted}, found ${kindOf(value)}: or name a file with --references`)
  }
  onObject?.()
  const found = fields.find((field) => Object.hasOwn(value, field))
  if (found !== undefined) return (value as Record<string, unknown>)[found]
  const names = Object.keys(value)
  const have = names.length === 0 ? 'the object is empty' : `it has ${names.map((name) => `"${name}"`).join(', ')}`
  const hint = fields.length === 1 ? didYouMean(fields[0]!, names) : ': name the field with --field'
  throw fault(`Cannot find ${fields.map((field) => `"${field}"`).join(' or ')} in this object, ${have}${hint}`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `the ${typeof value} ${JSON.stringify(value)}`
}

const newline = 0x0a
const carriageReturn = 0x0d

function readLines(path: string, encoding: string | undefined): string[] {
  const bytes = utf8Bytes(path, encoding)
  // A mark at the start of the file is no text; anywhere else it is.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const lines: string[] = []
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (start < bytes.length) {
    const found = bytes.indexOf(newline, start)
    const end = found === -1 ? bytes.length : found
    try {
      lines.push(
        decoder.decode(bytes.subarray(start, bytes[end - 1] === carriageReturn && end > start ? end - 1 : end)),
      )
    } catch (error) {
      const invalid = (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
      const reason = invalid ? 'it is not UTF-8: save the file as UTF-8' : 'it is too long for a text'
      throw new Fault(`Cannot read this line as ${reason}`, { file: path, line: lines.length + 1 }, { cause: error })
    }
    start = end + 1
  }
  return lines
}

function utf8Bytes(path: string, encoding: string | undefined): Buffer {
  const packed = readBytes(path)
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? unpacked(packed, path) : packed
  refuseLfsPointer(path, bytes)
  if (encoding === undefined && isUtf8(bytes) && !bytes.includes(0)) return bytes
  const onNotice = (sentence: string): void => tellNotes([flagWords(sentence)])
  try {
    return Buffer.from(decodeBytes(bytes, { file: path, encoding, onNotice, advice: 'save it as UTF-8' }))
  } catch (error) {
    throw inFlagWords(error)
  }
}

function unpacked(packed: Buffer, path: string): Buffer {
  try {
    return gunzipSync(packed)
  } catch (error) {
    throw unpackFault(path, error)
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE'
    if (!isTooLarge) throw systemFault(`Cannot read "${path}"`, error)
    throw new Fault(`Cannot read "${path}" as it is larger than 2 GiB: score it in parts`, undefined, { cause: error })
  }
}
