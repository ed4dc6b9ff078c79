import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Fault } from './fault.ts'
import { makeFolder, obstacleOf } from './make-folder.ts'
import { realPath } from './paths.ts'
import { systemCode, systemFault } from './system-fault.ts'
import { clearAway } from './temporary-folder.ts'

/** A name beside `path` that no other process uses; the writer renames it to `path` when the content is whole. */
export function temporaryBeside(path: string): string {
  return `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`
}

/**
 * Writes a whole file or none of it: to a temporary name in the same folder, then one rename.
 *
 * @throws {Fault} naming the file when the disk is full or the folder cannot be written
 */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const file = new UnfinishedFile(path)
  try {
    file.open()
    file.append(typeof content === 'string' ? Buffer.from(content) : content)
    file.finish()
  } catch (error) {
    throw file.failed(error)
  }
}

/**
 * Writes a whole folder or none of it: beside its place, then one rename.
 *
 * @param place must not be there, but for an empty folder or a link to one, into which it is written then
 * @param fill is handed the folder that is to be filled
 * @throws {Fault} naming the place where the system fails; what else `fill` throws is passed on, and there is no folder then
 */
export async function fillFolderAtomic(place: string, fill: (folder: string) => void | Promise<void>): Promise<void> {
  const final = realPath(place)
  const folder = temporaryBeside(final)
  try {
    makeFolder(folder)
    await fill(folder)
    renameSync(folder, final)
  } catch (error) {
    clearAway(folder)
    throw systemCode(error) === undefined ? error : writeFault(final, error)
  }
}

/**
 * Writes a file as {@link writeFileAtomic} does, piece by piece, so that it is never in memory as a whole.
 *
 * @param fill is handed what appends a piece; other work may go on between two pieces
 * @returns what `fill` returns
 * @throws {Fault} as `writeFileAtomic`; what else `fill` throws is passed on, and there is no file then
 */
export async function fillFileAtomic<T>(
  path: string,
  fill: (append: (piece: Uint8Array) => void) => Promise<T>,
): Promise<T> {
  const file = new UnfinishedFile(path)
  try {
    file.open()
    const result = await fill((piece) => file.append(piece))
    file.finish()
    return result
  } catch (error) {
    throw file.failed(error)
  }
}

/** Large pieces move in slices, as one call may move less than it was asked for. */
const sliceBytes = 64 * 2 ** 20

/** A file under a temporary name until it is whole. */
class UnfinishedFile {
  readonly #path: string
  readonly #temporary: string
  #descriptor: number | undefined

  constructor(path: string) {
    this.#path = path
    this.#temporary = temporaryBeside(path)
  }

  open(): void {
    makeFolder(dirname(this.#path))
    this.#descriptor = openSync(this.#temporary, 'wx')
  }

  append(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      at += writeSync(this.#descriptor!, piece, at, Math.min(sliceBytes, piece.length - at))
    }
  }

  finish(): void {
    // Content must be on the disk before the name is, or a power cut leaves an empty file.
    fsyncSync(this.#descriptor!)
    this.#close()
    renameSync(this.#temporary, this.#path)
  }

  /** Takes the file away. @returns the error to throw */
  failed(error: unknown): unknown {
    try {
      this.#close()
    } catch {
      // The first failure says more.
    }
    clearAway(this.#temporary)
    return systemCode(error) === undefined ? error : writeFault(this.#path, error)
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/** Writes JSON for people to read. @throws {Fault} as {@link writeFileAtomic} */
export function writeJsonFile(path: string, value: object): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** Turns a failed write into a sentence that names the file and what to do. */
export function writeFault(path: string, error: unknown): Fault {
  const full = `the disk is full${freeSpace(path)}: free some space and run again`
  const readOnly = 'the folder is read-only for this user'
  return systemFault(`Cannot write "${path}"`, error, {
    ENOSPC: full,
    EDQUOT: full,
    EFBIG: 'no file may be as large here (ulimit -f, or the disk)',
    EACCES: readOnly,
    EROFS: readOnly,
    EPERM: readOnly,
    ENOENT: 'there is no such folder',
    ENOTDIR: 'its folder is a file',
    EEXIST: 'a file or a link to nowhere is in the place of its folder',
  })
}

/**
 * Looks whether files can be written into a folder, which may be one to make, before the work whose results go there.
 *
 * @throws {Fault} that says what is in the way
 */
export function requireWritable(folder: string): void {
  const obstacle = obstacleOf(folder)
  if (obstacle !== undefined) throw new Fault(`Cannot write into "${folder}" as ${obstacle}: name another folder`)
  let there = resolve(folder)
  while (!existsSync(there)) there = dirname(there)
  try {
    accessSync(there, constants.W_OK)
  } catch (error) {
    throw writeFault(folder, error)
  }
}

function freeSpace(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return ` (${Math.floor((bavail * bsize) / 1e6)} MB left)`
  } catch {
    return ''
  }
}

/**
 * Opens a file to be read; what else may lie under its name – a pipe, which would wait for a writer for ever, a device – is
 * refused.
 *
 * @throws {NodeJS.ErrnoException} as `openSync`; with the code ENXIO for what is neither file nor folder
 */
export function openPlainFile(path: string): number {
  return openPlain(path, constants.O_RDONLY)
}

/**
 * Adds to the end of a file, or begins one.
 *
 * @throws {NodeJS.ErrnoException} as {@link openPlainFile}
 */
export function appendToPlainFile(path: string, text: string): void {
  const file = openPlain(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)
  try {
    const { size } = fstatSync(file)
    try {
      writeFileSync(file, text)
    } catch (error) {
      // On a full disk a part of it may be there, which would spoil the next line.
      const added = fstatSync(file).size - size
      if (added > 0 && added < Buffer.byteLength(text)) ftruncateSync(file, size)
      throw error
    }
  } finally {
    closeSync(file)
  }
}

function openPlain(path: string, flags: number): number {
  const file = openSync(path, flags | (constants.O_NONBLOCK ?? 0))
  const stat = fstatSync(file)
  if (stat.isFile() || stat.isDirectory()) return file
  closeSync(file)
  throw Object.assign(new Error(`ENXIO: neither file nor folder, open '${path}'`), { code: 'ENXIO', path })
}

/** The content of a file. @throws {NodeJS.ErrnoException} as {@link openPlainFile} */
export function readPlainFile(path: string): Buffer {
  const file = openPlainFile(path)
  try {
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}
