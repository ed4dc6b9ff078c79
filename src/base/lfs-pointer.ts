import { Fault } from './fault.ts'

/**
 * Refuses the short text that Git LFS leaves where a large file should be, in a clone made without git-lfs.
 *
 * @param name the file for the sentence
 * @param start the file's first bytes, or its first line
 * @throws {Fault} when they are those of a pointer
 */
export function refuseLfsPointer(name: string, start: Uint8Array | string): void {
  const text = typeof start === 'string' ? start : Buffer.from(start.subarray(0, longestMark)).toString('latin1')
  if (!pointerMark.test(text)) return
  throw new Fault(`Cannot read "${name}" as it is a Git LFS pointer and not the file itself: git lfs pull`)
}

/** The first line of every pointer, by Git LFS's specification; the other two are what it was called before 1.0. */
const pointerMark =
  /^(?:\u{FEFF}|\xEF\xBB\xBF)?version https?:\/\/(?:git-lfs\.github\.com|hawser\.github\.com|git-media\.io)\//u
const longestMark = 64
