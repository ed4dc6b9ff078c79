import { extname } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { fetchAgain, readFault, UnpackingGuard, unpackFault } from '../../base/read-fault.ts'
import { firstBytes } from './head.ts'

/** An entry of an archive, ready to be read. */
interface OpenEntry {
  /** The archive's path and the entry's name, for sentences. */
  readonly name: string
  readonly innerName: string
  readonly packedBytes: number
  readonly head: Buffer
  bytes(): AsyncIterable<Uint8Array>
}

/** Endings of entries, dots included. */
export interface ArchivedEndings {
  /** Of tables. */
  readonly tables: readonly string[]
  /** Of plain texts, which count only where there is no table. */
  readonly texts: readonly string[]
}

/**
 * Opens one entry of a zip archive. Entries are only read, never written to disk, so that names in the archive can
 * lead nowhere; an archive with a name that tries to is refused all the same.
 *
 * @param wanted the entry's path or the last part of it; without it the archive must have one likely table
 * @param onBytes told how many bytes have been read, and how many there are when unpacked
 * @throws {Fault} naming the entries when none or several could be meant, or when the archive is damaged
 */
export async function openZipEntry(
  path: string,
  wanted: string | undefined,
  endings: ArchivedEndings,
  onBytes?: (done: number, total: number) => void,
): Promise<OpenEntry> {
  const entries = await listEntries(path)
  if (entries.some((entry) => entry.fileName === '[Content_Types].xml')) {
    throw new Fault(`Cannot read "${path}" as it is an Excel or Office file: save it as CSV`)
  }
  const files = entries.filter(
    (entry) => !entry.fileName.endsWith('/') && !/(^|\/)(__MACOSX\/|\._|\.DS_Store)/.test(entry.fileName),
  )
  const entry = wanted === undefined ? onlyTable(path, files, endings) : namedEntry(path, files, wanted)
  const name = `${path}:${entry.fileName}`
  if (entry.isEncrypted()) throw new Fault(`Cannot read "${name}" as it is encrypted: unpack it first`)
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw new Fault(
      `Cannot read "${name}" as it is packed by method ${entry.compressionMethod}, and only stored and deflated ` +
        'entries are read: unpack it first',
    )
  }
  const bytes = (): AsyncIterable<Uint8Array> => entryBytes(path, entry, name, onBytes)
  const head = await firstBytes(bytes())
  return {
    name,
    innerName: entry.fileName,
    packedBytes: entry.compressedSize,
    head,
    bytes,
  }
}

function onlyTable(path: string, files: readonly Entry[], { tables, texts }: ArchivedEndings): Entry {
  const having = (endings: readonly string[]): Entry[] =>
    files.filter(({ fileName }) => endings.includes(endingOf(fileName)))
  const likely = having(tables)
  const candidates = likely.length > 0 ? likely : having(texts)
  if (candidates.length === 1) return candidates[0]!
  if (files.length === 1) return files[0]!
  if (files.length === 0) throw new Fault(`Cannot read "${path}" as the archive has no files in it`)
  throw new Fault(
    candidates.length === 0
      ? `Cannot find a table in "${path}" among ${listNames(files)}: name the entry`
      : `Cannot choose between ${listNames(candidates)} in "${path}": name the entry`,
  )
}

function endingOf(name: string): string {
  const lower = name.toLowerCase()
  return extname(lower.endsWith('.gz') ? lower.slice(0, -3) : lower)
}

function namedEntry(path: string, files: readonly Entry[], wanted: string): Entry {
  const exact = files.find((entry) => entry.fileName === wanted)
  if (exact !== undefined) return exact
  const ending = files.filter((entry) => entry.fileName.endsWith(`/${wanted}`))
  if (ending.length === 1) return ending[0]!
  if (ending.length > 1) throw new Fault(`Cannot choose between ${listNames(ending)} in "${path}": name the whole path`)
  const names = files.map((entry) => entry.fileName)
  const hint = didYouMean(wanted, names) || `: it has ${listNames(files)}`
  throw new Fault(`Cannot find entry "${wanted}" in "${path}"${hint}`)
}

function listNames(entries: readonly Entry[]): string {
  const shown = entries.slice(0, 10).map((entry) => `"${entry.fileName}"`)
  return shown.join(', ') + (entries.length > 10 ? ` and ${entries.length - 10} more` : '')
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { lazyEntries: true, autoClose: false })
  } catch (error) {
    throw zipFault(path, error)
  }
}

/** More entries than this in one archive are a data set of single files, which is not a table. */
const maxEntries = 100_000

async function listEntries(path: string): Promise<Entry[]> {
  const zip = await openZip(path)
  try {
    if (zip.entryCount > maxEntries) throw new Fault(`Cannot read "${path}" as it has over ${maxEntries} entries`)
    const entries: Entry[] = []
    for await (const entry of zip.eachEntry()) entries.push(entry)
    return entries
  } catch (error) {
    throw zipFault(path, error)
  } finally {
    zip.close()
  }
}

async function* entryBytes(
  path: string,
  entry: Entry,
  name: string,
  onBytes: (done: number, total: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const zip = await openZip(path)
  try {
    const guard = new UnpackingGuard(name, entry.compressedSize)
    let checksum = 0
    let done = 0
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      guard.add((chunk as Buffer).length)
      checksum = crc32(chunk as Buffer, checksum)
      done += (chunk as Buffer).length
      onBytes(done, entry.uncompressedSize)
      yield chunk as Buffer
    }
    if (checksum !== entry.crc32) {
      throw new Fault(`Cannot read "${name}" as its checksum is wrong: the archive is damaged, ${fetchAgain(path)}`)
    }
  } catch (error) {
    throw zipFault(name, error)
  } finally {
    zip.close()
  }
}

function zipFault(name: string, error: unknown): unknown {
  if (error instanceof Fault) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== undefined) return code.startsWith('Z_') ? unpackFault(name, error) : readFault(name, error)
  // yauzl's own errors have no code: a damaged archive, or a name that leads out of it.
  return new Fault(`Cannot read "${name}" as a zip archive: ${message}`, undefined, { cause: error })
}
