import { existsSync } from 'node:fs'
import { SpooledRows } from '../../base/bounds/spooled-rows.ts'
import { readJsonLines } from '../../base/json-lines.ts'
import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import { findLeaks, type LeakSplit } from '../../data/audit/leaks.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { PrepareMixtureStep, PrepareStep } from '../../study/steps/kinds/prepare.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { PreparedPair, PreparedText } from '../../study/steps/prepare-task.ts'
import type { Store } from '../../study/store/store.ts'

/** Rows of a test part that a chain's lessons have taught, counted from 0. */
export interface LeakedRows {
  /** The same source but for case, width of characters and white space. */
  readonly exact: readonly number[]
  /** A source with most of its runs of five characters in common. */
  readonly near: readonly number[]
}

export function leakedCount({ exact, near }: LeakedRows): number {
  return exact.length + near.length
}

/** Numbers of the test rows that did not leak. */
export function rowsWithout({ exact, near }: LeakedRows, examples: number): number[] {
  const leaked = new Set([...exact, ...near])
  return Array.from({ length: examples }, (_, row) => row).filter((row) => !leaked.has(row))
}

/** Raised when the same rows would be compared in another way. */
const cacheVersion = 1
const threshold = 0.7

/**
 * Finds the test rows of a plan that are among the training rows of a lesson, exactly or nearly, by their sources (of
 * span corruption: the texts). What a start from elsewhere was trained on is not known and not counted.
 *
 * What was found is kept in the store as `leaks/<test>-<train>.json`, named for the two `prepare` steps.
 */
export class LeakFinder {
  readonly #plan: Plan
  readonly #store: Store
  readonly #found = new Map<string, LeakedRows>()
  readonly #sources = new Map<string, Promise<LeakSplit>>()

  constructor(plan: Plan, store: Store) {
    this.#plan = plan
    this.#store = store
  }

  /**
   * @param test the `prepare` step of the test rows
   * @param lessons `teach` steps of a chain
   * @returns `undefined` when the rows of one of them are not there
   */
  async find(test: StepKey, lessons: readonly StepKey[]): Promise<LeakedRows | undefined> {
    const exact = new Set<number>()
    const near = new Set<number>()
    for (const train of new Set(lessons.map((key) => (this.#plan.steps.get(key) as TeachStep).data))) {
      if (!this.#hasRows(train, 'train') || !this.#hasRows(test, 'test')) return undefined
      const found = this.#known(test, train) ?? (await this.#compare(test, train))
      for (const row of found.exact) exact.add(row)
      for (const row of found.near) near.add(row)
    }
    const inOrder = (rows: Iterable<number>): number[] => [...rows].sort((a, b) => a - b)
    return { exact: inOrder(exact), near: inOrder(near).filter((row) => !exact.has(row)) }
  }

  #known(test: StepKey, train: StepKey): LeakedRows | undefined {
    const name = `${test}-${train}`
    const known = this.#found.get(name)
    if (known !== undefined) return known
    const kept = readSealedJson(this.#store.leaksFile(test, train)) as (LeakedRows & { version: number }) | undefined
    if (kept?.version !== cacheVersion) return undefined
    const { exact, near } = kept
    this.#found.set(name, { exact, near })
    return { exact, near }
  }

  /** Compares the training rows with every test of the plan at once, as reading and hashing them is most of the work. */
  async #compare(wanted: StepKey, train: StepKey): Promise<LeakedRows> {
    const tests = [...this.#plan.steps.values()].flatMap((step) => (step.kind === 'evaluate' ? [step.data] : []))
    const open = [...new Set([wanted, ...tests])].filter(
      (test) => test === wanted || (this.#hasRows(test, 'test') && this.#known(test, train) === undefined),
    )
    const splits = await Promise.all([this.#read(train, 'train'), ...open.map((test) => this.#read(test, 'test'))])
    const leaks = findLeaks(splits, { threshold, examples: 0 })
    for (const [index, test] of open.entries()) {
      const leak = leaks.find((one) => one.of === index + 1 && one.in === 0)
      const found: LeakedRows = { exact: leak?.exact ?? [], near: leak?.near ?? [] }
      const name = `${test}-${train}`
      this.#found.set(name, found)
      try {
        writeSealedJson(this.#store.leaksFile(test, train), { version: cacheVersion, threshold, ...found })
      } catch {
        // A store that cannot be written is compared again the next time.
      }
    }
    return this.#found.get(`${wanted}-${train}`)!
  }

  #hasRows(key: StepKey, part: 'train' | 'test'): boolean {
    return this.#store.isDone('prepare', key) && existsSync(this.#store.rowsFile(key, part))
  }

  #read(key: StepKey, part: 'train' | 'test'): Promise<LeakSplit> {
    const name = `${part} ${key}`
    const known = this.#sources.get(name)
    if (known !== undefined) return known
    const read = this.#readSources(key, part)
    // Training rows are read once in a run, tests once for every lesson.
    if (part === 'test') this.#sources.set(name, read)
    return read
  }

  async #readSources(key: StepKey, part: 'train' | 'test'): Promise<LeakSplit> {
    const step = this.#plan.steps.get(key) as PrepareStep | PrepareMixtureStep
    const prefixes = new Map(step.mixture === undefined ? [] : step.parts.map(({ task }) => [task.name, task.prefix]))
    const texts = new SpooledRows<string>()
    const path = this.#store.rowsFile(key, part)
    for await (const row of readJsonLines<PreparedText | (PreparedPair & { task?: string })>(path)) {
      if ('text' in row) texts.push(row.text)
      // Rows of a mixture stand there with their task's prefix.
      else texts.push(row.source.slice(row.task === undefined ? 0 : (prefixes.get(row.task)?.length ?? 0)))
    }
    return { task: key, split: part, texts }
  }
}
