import { existsSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileFacts, isYoung } from './file-facts.ts'
import { saveAtExit } from './save-at-exit.ts'
import { readSealedJson, writeSealedJson } from './sealed-json.ts'

/**
 * SHA-256 of files that have been read before, so that one that is as it was then is not read again: by {@link fileFacts}.
 */
export class HashMemory {
  readonly #file: string | undefined
  readonly #known: Map<string, string>
  #changed = false

  /** @param file where it is kept; one that is damaged, or that cannot be written, is no memory */
  constructor(file: string | undefined) {
    this.#file = file
    const kept = file === undefined ? undefined : readSealedJson(file)?.[field]
    this.#known = new Map(Object.entries((kept ?? {}) as Record<string, string>))
  }

  /** @param name of the file, from the memory's own folder on. @param now the file's facts as they are */
  recall(name: string, now: Stats): string | undefined {
    const [facts, sha256] = this.#known.get(name)?.split(' ') ?? []
    return facts === factsText(now) ? sha256 : undefined
  }

  /** Whether a file of this name was read before, whatever it is now. */
  knows(name: string): boolean {
    return this.#known.has(name)
  }

  /** @param before the file's facts from before it was read */
  note(name: string, before: Stats, sha256: string): void {
    this.#known.set(name, isYoung(before) ? 'young' : `${factsText(before)} ${sha256}`)
    if (!this.#changed) saveAtExit(this)
    this.#changed = true
  }

  /** Whether the folder that it is kept in is still there. */
  get hasPlace(): boolean {
    return existsSync(this.#folder)
  }

  get #folder(): string {
    return dirname(this.#file ?? '')
  }

  /** Keeps what has been noted, without what is gone; a memory that cannot be kept is left out. */
  save(): void {
    if (this.#file === undefined || !this.#changed) return
    const there = [...this.#known].filter(([name]) => existsSync(resolve(this.#folder, name)))
    try {
      writeSealedJson(this.#file, { [field]: Object.fromEntries(there) })
      this.#changed = false
    } catch {
      // The files are read again the next time.
    }
  }
}

const field = 'sha256'

function factsText(stat: Stats): string {
  return fileFacts(stat).join(':')
}
