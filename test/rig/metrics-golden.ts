import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** A golden file of test/fixtures/metrics, trusted to be of type `T`. */
export function metricsGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/metrics/${name}.json`, import.meta.url), 'utf8')) as T
}

/** Every number within 1e-9, and as many as wanted. */
export function expectNear(found: ArrayLike<number>, wanted: ArrayLike<number>, what = 'value'): void {
  expect(found.length, `length of ${what}`).toBe(wanted.length)
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(found[i]! - wanted[i]!)
    // Written so that NaN fails.
    if (!(difference <= 1e-9)) expect.fail(`${what} ${i} is ${found[i]}, wanted ${wanted[i]}`)
  }
}

export interface TextSet {
  readonly hyps: readonly string[]
  readonly refs: readonly (readonly string[])[]
}

/** bleu.json: the texts, and what sacreBLEU says of them by option set and number of references. */
export interface BleuGolden {
  readonly sets: Readonly<Record<string, TextSet>>
  readonly cases: readonly {
    readonly set: string
    readonly metric: 'bleu' | 'chrf' | 'sentence_bleu'
    readonly options: Readonly<Record<string, unknown>>
    readonly nref: number
    readonly score: number
    readonly scores: readonly number[]
    readonly counts: readonly number[]
    readonly totals: readonly number[]
    readonly precisions: readonly number[]
    readonly bp: number
    readonly sys_len: number
    readonly ref_len: number
    readonly text: string
    readonly signature: string
  }[]
}

/** sacreBLEU's option names in the library's spelling: `smooth_method` becomes `smoothMethod`. */
export function camelCased(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}
