import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'
import { readFault, UnpackingGuard, unpackFault } from '../../base/read-fault.ts'
import { firstBytes, headBytes } from './head.ts'
import { type ArchivedEndings, openZipEntry } from './zip.ts'

/** A file's bytes after unpacking, and what is known of them. */
export interface OpenFile {
  /** The name for sentences: the path as given, an archive's entry after a colon. */
  readonly name: string
  /** The path without the endings of compression (`rows.jsonl` for `rows.jsonl.gz`), by which a format is guessed. */
  readonly innerName: string
  /** The path on disk when the bytes are the file's own; absent for what is unpacked while it is read. */
  readonly path: string | undefined
  /** Size of the file on disk (of the packed entry in an archive). */
  readonly packedBytes: number
  /** The first {@link headBytes}, enough to know a format by, or all of a smaller file. */
  readonly head: Buffer
  /** Reads from the start; each call begins anew. */
  bytes(): AsyncIterable<Uint8Array>
  /** To be told by a format that reads the file in its own way, how far it is. */
  readonly onBytes?: BytesListener
}

/** Told how many bytes of a file have been read, packed ones of a packed file. */
export type BytesListener = (file: string, done: number, total: number) => void

/** Small chunks are garbage that is soon collected: with a megabyte Node 24 needs 200 MB more. */
const chunkBytes = 64 * 1024

/**
 * Opens a file for reading: as it is, through gzip, or an entry of a zip archive, told by the first bytes.
 *
 * @param entry the name of the entry to take from an archive; needed when several could be meant
 * @param endings by which the entry is found that is meant
 * @throws {Fault} when the file is missing, a folder, a Git LFS pointer, cut, packed in another way or grows beyond belief
 *   on unpacking
 */
export async function openFile(
  path: string,
  entry: string | undefined,
  endings: ArchivedEndings,
  onBytes?: BytesListener,
): Promise<OpenFile> {
  const { size, head } = await look(path)
  const kind = packing(head)
  if (kind === 'zip') {
    const opened = await openZipEntry(path, entry, endings, onBytes && ((done, total) => onBytes(path, done, total)))
    return unpackTwice({ ...opened, path: undefined })
  }
  if (entry !== undefined) {
    throw new Fault(`Cannot take entry "${entry}" from "${path}" as it is not a zip archive: leave entry out`)
  }
  const file: OpenFile = {
    name: path,
    innerName: path,
    path,
    packedBytes: size,
    head,
    bytes: () => readFaults(createReadStream(path, { highWaterMark: chunkBytes }), path, size, onBytes),
    ...(onBytes !== undefined && { onBytes }),
  }
  return unpackTwice(file)
}

/** Reads the first bytes and the size of a file. */
async function look(path: string): Promise<{ size: number; head: Buffer }> {
  try {
    const info = await stat(path)
    if (info.isDirectory()) throw new Fault(`Cannot read "${path}" as it is a folder`)
    if (!info.isFile())
      throw new Fault(`Cannot read "${path}" as it is a pipe or a device: write what it gives to a file`)
    const handle = await open(path)
    try {
      const head = Buffer.alloc(headBytes)
      const { bytesRead } = await handle.read(head, 0, headBytes, 0)
      return { size: info.size, head: head.subarray(0, bytesRead) }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw readFault(path, error)
  }
}

async function* readFaults(
  stream: Readable,
  path: string,
  size: number,
  onBytes: BytesListener = () => {},
): AsyncGenerator<Buffer> {
  try {
    let done = 0
    for await (const chunk of stream) {
      done += (chunk as Buffer).length
      onBytes(path, done, size)
      yield chunk as Buffer
    }
  } catch (error) {
    throw readFault(path, error)
  }
}

type Packing = 'none' | 'gzip' | 'zip'

function packing(head: Buffer): Packing {
  const begins = (...magic: number[]): boolean => magic.every((byte, i) => head[i] === byte)
  if (begins(0x1f, 0x8b)) return 'gzip'
  if (begins(0x50, 0x4b, 3, 4) || begins(0x50, 0x4b, 5, 6)) return 'zip'
  return 'none'
}

/** Unpacks gzip, which may also be found inside an archive; other packings are named in the fault. */
async function unpackTwice(file: OpenFile): Promise<OpenFile> {
  const unpacked = packing(file.head) === 'gzip' ? await gunzipped(file) : file
  refuseLfsPointer(unpacked.name, unpacked.head)
  const other = foreignPacking(unpacked.head)
  if (other !== undefined) throw new Fault(`Cannot read "${unpacked.name}" as it is ${other}`)
  return unpacked
}

function foreignPacking(head: Buffer): string | undefined {
  const begins = (...magic: number[]): boolean => magic.every((byte, i) => head[i] === byte)
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'packed with zstd: unpack it first (zstd -d)'
  if (begins(0x04, 0x22, 0x4d, 0x18)) return 'packed with lz4: unpack it first (lz4 -d)'
  if (begins(0x42, 0x5a, 0x68)) return 'packed with bzip2: unpack it first (bunzip2)'
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'packed with xz: unpack it first (unxz)'
  if (begins(0x37, 0x7a, 0xbc, 0xaf)) return 'a 7z archive: unpack it first'
  if (begins(0x52, 0x61, 0x72, 0x21)) return 'a RAR archive: unpack it first'
  if (begins(0xd0, 0xcf, 0x11, 0xe0)) return 'an old Excel or Office file: save it as CSV'
  if (begins(0x25, 0x50, 0x44, 0x46)) return 'a PDF: tables are read from CSV, TSV, JSON, JSONL, Parquet or Arrow'
  if (begins(0x53, 0x51, 0x4c, 0x69, 0x74, 0x65)) return 'an SQLite database: export the table as CSV'
  if (begins(0x1f, 0x8b)) return 'packed with gzip twice: unpack it first (gunzip)'
  return undefined
}

async function gunzipped(file: OpenFile): Promise<OpenFile> {
  const bytes = (): AsyncIterable<Uint8Array> => gunzip(file)
  return {
    ...file,
    innerName: extname(file.innerName).toLowerCase() === '.gz' ? file.innerName.slice(0, -3) : file.innerName,
    path: undefined,
    head: await firstBytes(bytes()),
    bytes,
  }
}

async function* gunzip(file: OpenFile): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: chunkBytes })
  // The callback only keeps a failure from being unhandled; the loop below receives it.
  pipeline(file.bytes(), stream, () => {})
  const guard = new UnpackingGuard(file.name, file.packedBytes)
  try {
    for await (const chunk of stream) {
      guard.add((chunk as Buffer).length)
      yield chunk as Buffer
    }
  } catch (error) {
    throw unpackFault(file.name, error)
  }
}
