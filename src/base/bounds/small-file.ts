import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '../fault.ts'
import { refuseLfsPointer } from '../lfs-pointer.ts'
import { jsonProblem } from './json-problem.ts'
import { countBrackets } from './nesting.ts'

/** The largest tokenizers have 20 MB. */
const largestBytes = 64 * 2 ** 20
/** Nobody needs more than a few. */
const deepestJson = 200

/**
 * Reads a file that is small where all is well: a config, an index, a tokenizer.
 *
 * @throws {Fault} when it is larger than any of its kind; errors of the system are passed on as they are
 */
export function readSmallFile(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size > largestBytes) throw tooLarge(path)
    return readTo(file, size, path)
  } finally {
    closeSync(file)
  }
}

/** {@link readSmallFile} of a JSON file as text. @throws {Fault} also when its values are nested too deep to be walked */
export function readSmallJson(path: string): string {
  const text = readSmallFile(path).toString('utf8')
  if (countBrackets(text).depth > deepestJson) {
    throw new Fault(`Cannot read "${path}" as its values are nested more than ${deepestJson} deep: get the file again`)
  }
  return text
}

/**
 * What a small JSON file says.
 *
 * @throws {Fault} as {@link readSmallJson} does, and when it is not JSON or a pointer of Git LFS; errors of the system are
 *   passed on as they are
 */
export function parseSmallJson(path: string): unknown {
  const text = readSmallJson(path)
  refuseLfsPointer(path, text)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault(`Cannot read "${path}": it is not JSON (${jsonProblem(error)})`, undefined, { cause: error })
  }
}

/** A pipe or a file of the system says that it has no bytes and gives some. */
function readTo(file: number, size: number, path: string): Buffer {
  let bytes = Buffer.allocUnsafe(size + 1)
  let done = 0
  for (;;) {
    if (done === bytes.length) bytes = Buffer.concat([bytes], 2 * bytes.length)
    const count = readSync(file, bytes, done, bytes.length - done, null)
    if (count === 0) return bytes.subarray(0, done)
    done += count
    if (done > largestBytes) throw tooLarge(path)
  }
}

function tooLarge(path: string): Fault {
  return new Fault(
    `Cannot read "${path}" as it has more than ${largestBytes / 2 ** 20} MiB, more than any file of its kind: get it again`,
  )
}
