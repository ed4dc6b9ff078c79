import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { readLines } from '../../base/lines.ts'
import { type LocatedRow, rowMaker } from '../source/row.ts'

/** A text file whose lines are one column of a table. */
export interface ParallelColumn {
  readonly column: string
  readonly file: string
  readonly text: AsyncIterable<string>
}

/**
 * Joins text files line by line: line n of each makes row n.
 *
 * @throws {Fault} when the files differ in their number of lines
 */
export async function* readParallelText(columns: readonly ParallelColumn[]): AsyncGenerator<LocatedRow[]> {
  const makeRow = rowMaker(columns.map(({ column }) => column))
  const queues = columns.map(({ text, file }) => new LineQueue(text, file))
  const [first] = columns
  let rows = 0
  try {
    for (;;) {
      const ready = await Promise.all(queues.map((queue) => queue.fill()))
      const count = Math.min(...ready)
      if (count === 0) break
      const parts = queues.map((queue) => queue.take(count))
      yield Array.from({ length: count }, (_, i) => {
        const row = rows + i + 1
        return { row: makeRow(parts.map((lines) => lines[i])), place: { file: first!.file, row, line: row } }
      })
      rows += count
    }
    const counts: number[] = []
    for (const queue of queues) counts.push(rows + (await queue.count()))
    if (counts.some((count) => count !== counts[0])) {
      const parts = columns.map(({ file }, i) => `"${file}" has ${counts[i]} lines`).join(', ')
      throw new Fault(`Cannot join files line by line as ${parts}: mend them, or read one alone with format: text`)
    }
  } finally {
    for (const queue of queues) await queue.close()
  }
}

class LineQueue {
  readonly #batches: AsyncGenerator<{ lines: readonly string[] }>
  #lines: readonly string[] = []

  constructor(text: AsyncIterable<string>, file: string) {
    this.#batches = readLines(text, file)
  }

  /** Reads on if nothing is left; returns how many lines are at hand. */
  async fill(): Promise<number> {
    while (this.#lines.length === 0) {
      const { done, value } = await this.#batches.next()
      if (done === true) return 0
      this.#lines = value.lines
    }
    return this.#lines.length
  }

  take(count: number): readonly string[] {
    const taken = this.#lines.slice(0, count)
    this.#lines = this.#lines.slice(count)
    return taken
  }

  /** Counts the lines to the end. */
  async count(): Promise<number> {
    let count = 0
    while ((await this.fill()) > 0) count += this.take(this.#lines.length).length
    return count
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined)
  }
}

/**
 * Finds the files that go with one named by its language (`news.en` beside `news.zh`), itself included.
 *
 * @returns column (the language) → path, sorted by name but the given file first; `undefined` when the ending is no
 *   language or there is no other file
 */
export async function parallelFiles(path: string): Promise<Readonly<Record<string, string>> | undefined> {
  const own = languageEnding(path)
  if (own === undefined) return undefined
  const names = await readdir(dirname(path)).catch((): string[] => [])
  const others = names
    .sort()
    .map((name) => ({ name, ending: languageEnding(name) }))
    .filter(({ name, ending }) => ending !== undefined && ending.stem === own.stem && name !== basename(path))
  if (others.length === 0) return undefined
  const found = [
    [own.language, path],
    ...others.map(({ name, ending }) => [ending!.language, join(dirname(path), name)]),
  ]
  const columns = new Set(found.map(([language]) => language))
  return columns.size === found.length ? Object.fromEntries(found) : undefined
}

/**
 * Tells whether files are one text in several languages by their names, such as `a.en` and `a.zh`.
 *
 * @returns column (the language) → path, or `undefined`
 */
export function parallelFilesOf(paths: readonly string[]): Readonly<Record<string, string>> | undefined {
  const endings = paths.map(languageEnding)
  const stems = new Set(endings.map((ending) => ending?.stem))
  const languages = new Set(endings.map((ending) => ending?.language))
  if (stems.size !== 1 || stems.has(undefined) || languages.size !== paths.length) return undefined
  return Object.fromEntries(paths.map((path, i) => [endings[i]!.language, path]))
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** Endings that programs write, though they are codes of languages as well. */
const ofPrograms = new Set('bak bin bpe log new old out src tgt tmp tok'.split(' '))

function languageEnding(path: string): { stem: string; language: string } | undefined {
  const name = basename(path).replace(/\.gz$/i, '')
  const ending = extname(name).slice(1)
  if (!/^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/.test(ending) || ofPrograms.has(ending)) return undefined
  const isLanguage = languageNames.of(ending.replace('_', '-')) !== undefined
  return isLanguage ? { stem: name.slice(0, -ending.length), language: ending } : undefined
}
