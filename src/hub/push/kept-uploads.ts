import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../base/make-folder.ts'
import { clearAway } from '../../base/temporary-folder.ts'

/** Where the parts of a large file go, and where the hub is told that all are there. */
export interface UploadAction {
  readonly href: string
  /** `chunk_size`, and the address of each part by its number. */
  readonly header: Readonly<Record<string, string>>
}

/** An upload in parts that an earlier push has begun. */
export interface KeptUpload {
  readonly action: UploadAction
  /** What the store has said of the parts that have arrived, by their addresses. */
  readonly etags: ReadonlyMap<string, string>
}

/** The hub's addresses are signed for a day at most. */
const longestMs = 24 * 3600 * 1000

/**
 * Remembers on disk which parts of large files have arrived, for a push that goes on from one that was broken off: the hub itself
 * tells nobody. It holds signed addresses, which only the user may read, and no token. That nothing can be kept is no fault.
 */
export class KeptUploads {
  readonly #folder: string | undefined
  readonly #repo: string

  /**
   * @param folder `undefined`: nothing is kept
   * @param repo address of the repository
   */
  constructor(folder: string | undefined, repo: string) {
    this.#folder = folder
    this.#repo = repo
    for (const path of this.#paths()) if (isOld(path)) clearAway(path)
  }

  find(sha256: string): KeptUpload | undefined {
    const path = this.#pathOf(sha256)
    if (path === undefined || isOld(path)) return undefined
    const [first, ...rest] = linesOf(path)
    if (!isAction(first)) return undefined
    const etags = rest.flatMap((line) => (isArrived(line) ? [[line.url, line.etag] as const] : []))
    return { action: first, etags: new Map(etags) }
  }

  begin(sha256: string, action: UploadAction): void {
    this.#write(sha256, (path) => writeFileSync(path, `${JSON.stringify(action)}\n`, { mode: 0o600 }))
  }

  arrived(sha256: string, url: string, etag: string): void {
    // A line that was cut is followed by an empty one.
    this.#write(sha256, (path) => appendFileSync(path, `\n${JSON.stringify({ url, etag })}\n`))
  }

  forget(sha256: string): void {
    this.#write(sha256, (path) => rmSync(path, { force: true }))
  }

  #write(sha256: string, work: (path: string) => void): void {
    const path = this.#pathOf(sha256)
    if (path === undefined) return
    try {
      makeFolder(this.#folder!)
      work(path)
    } catch {
      // The next push sends it anew.
    }
  }

  #pathOf(sha256: string): string | undefined {
    if (this.#folder === undefined) return undefined
    const name = createHash('sha256').update(`${this.#repo} ${sha256}`).digest('hex').slice(0, 32)
    return join(this.#folder, `${name}.jsonl`)
  }

  #paths(): string[] {
    try {
      return this.#folder === undefined ? [] : readdirSync(this.#folder).map((name) => join(this.#folder!, name))
    } catch {
      return []
    }
  }
}

/** What cannot be looked at is as good as old. */
function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > longestMs
  } catch {
    return true
  }
}

function linesOf(path: string): unknown[] {
  try {
    return readFileSync(path, 'utf8').split('\n').flatMap(parsed)
  } catch {
    return []
  }
}

function parsed(line: string): unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line)]
  } catch {
    return []
  }
}

function isAction(value: unknown): value is UploadAction {
  const { href, header } = (value ?? {}) as { href?: unknown; header?: unknown }
  return typeof href === 'string' && typeof header === 'object' && header !== null
}

function isArrived(value: unknown): value is { readonly url: string; readonly etag: string } {
  const { url, etag } = (value ?? {}) as { url?: unknown; etag?: unknown }
  return typeof url === 'string' && typeof etag === 'string'
}
