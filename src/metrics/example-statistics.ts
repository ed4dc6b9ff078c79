import { type ArgumentTest, isListOf, refuseArguments } from '../base/fault.ts'
import type { ExampleStatistics, Metric, ReferenceCount, References, TextReferences } from './metric.ts'

/** Makes empty statistics. */
export function emptyStatistics(rows: number, width: number): ExampleStatistics {
  return { rows, width, values: new Float64Array(rows * width) }
}

/** Adds up all rows, or the given ones. */
export function sumRows({ rows: count, width, values }: ExampleStatistics, rows?: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(width)
  const n = rows === undefined ? count : rows.length
  for (let i = 0; i < n; i++) {
    let at = (rows === undefined ? i : rows[i]!) * width
    for (let column = 0; column < width; column++) sums[column]! += values[at++]!
  }
  return sums
}

/** What resampling and scores are asked of, in functions of the library. */
export const statisticsKind: ArgumentTest = {
  is: (value) => hasAllValues(value as ExampleStatistics | undefined),
  words: "what a metric's statistics() gives",
}

function hasAllValues(found: ExampleStatistics | null | undefined): boolean {
  return found?.values instanceof Float64Array && found.values.length === found.rows * found.width
}

const lists = {
  is: isListOf(isListOf((text) => text === null || typeof text === 'string')),
  words: 'a list of lists of texts, each with a reference for every example',
}

/** @throws {Fault} if these are no texts, or no lists of texts. @throws {RangeError} as {@link checkLengths} */
export function checkTexts(predictions: readonly string[], references: TextReferences): void {
  refuseArguments({ predictions, references }, { predictions: 'texts', references: lists })
  checkLengths(predictions, references)
}

/** @throws {RangeError} if there is nothing to score, the lists are of unlike length or an example has no reference */
export function checkLengths(predictions: readonly unknown[], references: References<unknown>): void {
  if (references.length === 0) throw new RangeError('Cannot score as there are no references')
  if (predictions.length === 0) throw new RangeError('Cannot score as there are no predictions')
  for (const list of references) {
    if (list.length !== predictions.length) {
      throw new RangeError(
        `Cannot score ${predictions.length} predictions against ${list.length} references: give one for each`,
      )
    }
  }
  const without = predictions.findIndex((_, row) => references.every((list) => list[row] === null))
  if (without !== -1) throw new RangeError(`Cannot score prediction ${without + 1} as it has no reference`)
}

/** The references of one example. */
export function referencesOf<Answer>(references: References<Answer>, row: number): Answer[] {
  const found: Answer[] = []
  for (const list of references) {
    const reference = list[row]
    if (reference !== null && reference !== undefined) found.push(reference)
  }
  return found
}

/** All references that there are, list by list. */
export function allReferences<Answer>(references: References<Answer>): Answer[] {
  return references.flatMap((list) => list.filter((reference) => reference !== null))
}

/** How many references every example has. */
export function referenceCount(references: References<unknown>): ReferenceCount {
  const rows = references[0]?.length ?? 0
  let count: number | undefined
  for (let row = 0; row < rows; row++) {
    const own = referencesOf(references, row).length
    count ??= own
    if (own !== count) return 'var'
  }
  return count ?? references.length
}

/** Completes a metric that can score sums. */
export function scoringRows<Answer>(metric: Omit<Metric<Answer>, 'score'>): Metric<Answer> {
  return {
    ...metric,
    score(statistics, rows) {
      refuseArguments({ statistics }, { statistics: statisticsKind })
      const isThere = (row: unknown): boolean =>
        Number.isSafeInteger(row) && Number(row) >= 0 && Number(row) < statistics.rows
      if (rows !== undefined && !Array.from(rows).every(isThere)) {
        throw new RangeError(`Cannot score rows that are not among the ${statistics.rows} examples`)
      }
      return metric.scoreSums(sumRows(statistics, rows), rows?.length ?? statistics.rows)
    },
  }
}

interface TextScorer extends Omit<Metric, 'score' | 'statistics'> {
  /** How many an example has, as the signature says. */
  readonly references: ReferenceCount
  statistics(predictions: readonly string[], references: TextReferences): ExampleStatistics
}

/** Completes a metric of texts that can score sums: it refuses examples with another number of references than it has. */
export function scoringTexts({ references, ...scorer }: TextScorer): Metric {
  return scoringRows({
    ...scorer,
    statistics(predictions, ...lists) {
      checkTexts(predictions, lists)
      const found = referenceCount(lists)
      if (found !== references) {
        throw new RangeError(`Cannot score against ${found} references each as the metric has ${references}`)
      }
      return scorer.statistics(predictions, lists)
    },
    warnings(predictions, ...lists) {
      checkTexts(predictions, lists)
      return scorer.warnings(predictions, ...lists)
    },
  })
}
