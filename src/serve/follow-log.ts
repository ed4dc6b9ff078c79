import { openPlainFile } from '../base/atomic-file.ts'
import { grownText } from '../base/lines.ts'

/** Lines that have been logged since, and from where to go on. */
export interface NewLines {
  readonly lines: readonly object[]
  /** Bytes read so far. */
  readonly next: number
}

/** Read at once; what is more comes the next time. */
const mostBytes = 1 << 20

/**
 * The whole lines of a log from some byte on; of a log that has become shorter, as a lesson has gone on from an older state, from
 * its beginning. Nothing where there is no such log yet.
 */
export function followLog(path: string, from: number): NewLines {
  let file: number
  try {
    file = openPlainFile(path)
  } catch {
    return { lines: [], next: from }
  }
  const { text, next } = grownText(file, from, mostBytes)
  return { lines: text.split('\n').flatMap(lineOf), next }
}

function lineOf(line: string): object[] {
  try {
    const read = JSON.parse(line) as unknown
    return typeof read === 'object' && read !== null ? [read] : []
  } catch {
    // A line that a crash has cut is written anew by whoever goes on with the lesson.
    return []
  }
}
