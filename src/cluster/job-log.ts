import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 8192

/** The last line with anything in it that a job has printed. */
export function lastLineOf(log: string): string | undefined {
  return linesOf(log)
    .findLast((line) => line.trim() !== '')
    ?.trim()
}

/** Whether the node's daemon says in a job's log that it has ended it for its memory: not every site has a state for that. */
export function ranOutOfMemory(log: string): boolean {
  return linesOf(log).some((line) => /^slurmstepd.*error:.*(?:exceeded.* memory limit|oom.kill)/iu.test(line))
}

function linesOf(log: string): string[] {
  return tailOf(log).split('\n')
}

function tailOf(file: string): string {
  try {
    const handle = openSync(file, 'r')
    try {
      const { size } = fstatSync(handle)
      const bytes = Buffer.alloc(Math.min(size, tailBytes))
      readSync(handle, bytes, 0, bytes.length, size - bytes.length)
      return bytes.toString('utf8')
    } finally {
      closeSync(handle)
    }
  } catch {
    return ''
  }
}
