import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, resolve } from 'node:path'

/** A path that begins with `~/`, which a shell leaves alone inside quotes and files, as the home folder's own. */
export function fromHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path
}

/**
 * Words of a command line with `~/` at the beginning of a path, also in `--store=~/runs` and `--folder data=~/x`, which
 * no shell expands.
 */
export function wordsFromHome(words: readonly string[]): string[] {
  return words.map((word) => {
    const [, before, path] = /^(--[a-z-]+=|)((?:[\p{L}\p{N}_.+-]+=)?~\/.*)$/su.exec(word) ?? []
    if (path === undefined) return word
    const at = path.indexOf('~')
    return before + path.slice(0, at) + fromHome(path.slice(at))
  })
}

/** Without symbolic links, so that a file has one name; of what is not there, the path as it is written. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** A file in a cache of the hub, which is named by its content: SHA-256 of a large file, git's SHA-1 of a small one. */
export interface HubBlob {
  readonly path: string
  readonly digest: string
}

/** What a path leads to, where that is such a file. */
export function hubBlob(path: string): HubBlob | undefined {
  const real = realPath(path)
  const digest = basename(real)
  const isBlob = basename(dirname(real)) === 'blobs' && /^(?:[\da-f]{40}|[\da-f]{64})$/u.test(digest)
  return isBlob ? { path: real, digest } : undefined
}
