import { createHash } from 'node:crypto'

/** The sha256 of everything that can change a step's result, in hexadecimal. Only `stepKey` makes one. */
export type StepKey = string & { readonly __brand: 'StepKey' }

export type StepKind = 'prepare' | 'teach' | 'evaluate' | 'prefix-test'

/** A value as JSON has it; keys whose value is `undefined` count as absent. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * Raised by hand when a step of the same inputs would give another result: another order of draws, another rule of
 * cleaning, a corrected gradient. Finished steps of an older version are then not taken for results of this one.
 */
export const stepVersions: { readonly [Kind in StepKind]: number } = {
  prepare: 1,
  teach: 1,
  evaluate: 1,
  'prefix-test': 1,
}

/**
 * The key of a step. What goes into `inputs`, and why:
 *
 * - `prepare`: the content of the data files (not their names: a moved file is the same file) with their endings, which
 *   decide how they are read; how they are read, filtered, cut and split; the columns, templates, labels and cleaning
 *   that make texts of rows. For a mixture: the keys of its tasks' `prepare` steps, their prefixes, the ratios, the
 *   draw's seed, what the ratios count and whether rows repeat; by tokens also the tokenizer's files and the limits, by
 *   updates the rows of each.
 * - `teach`: where the weights come from (content of the model's files, the key of the step before, or configuration,
 *   tokenizer and seed of a start from scratch); the `prepare` key of what is taught; the prefix; every setting of the
 *   lesson with its defaults filled in; the seed. Where scores of answers are asked for: of each task the `prepare` key,
 *   prefix, source limit, options of generation and metrics, and how many rows are answered.
 * - `evaluate`: which weights; the `prepare` key of the test rows; prefix, source limit and options of generation;
 *   metrics with their options.
 * - `prefix-test`: what the answers of its `evaluate` step depend on, the other prefixes, the number of rows.
 *
 * Left out, as it changes no result: names of the study, of tasks, starts and chains, the place of the store, the number
 * of threads, how often states are saved, what happens when a lesson collapses, what other chains do.
 */
export function stepKey(kind: StepKind, inputs: Json): StepKey {
  return createHash('sha256')
    .update(canonicalJson({ kind, version: stepVersions[kind], inputs }))
    .digest('hex') as StepKey
}

/** JSON with the keys of every object in code unit order, so that one value has one text on every machine. */
function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`Cannot write ${value} as JSON`)
    return JSON.stringify(value)
  }
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner!)}`).join(',')}}`
}

/** Copies plain data into `Json`, leaving absent keys out; a `Map` becomes an object. */
export function asJson(value: unknown): Json {
  if (value instanceof Map) return asJson(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(asJson)
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    return Object.fromEntries(entries.map(([key, inner]) => [key, asJson(inner)]))
  }
  throw new TypeError(`Cannot write a value of type ${typeof value} as JSON`)
}
