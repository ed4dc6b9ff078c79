import type { ExampleStatistics, Metric } from './metric.ts'

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

/** @throws {RangeError} if there is nothing to score or the lists are of unlike length */
export function checkLengths(predictions: readonly unknown[], references: readonly (readonly unknown[])[]): void {
  if (references.length === 0) throw new RangeError('Cannot score as there are no references')
  if (predictions.length === 0) throw new RangeError('Cannot score as there are no predictions')
  for (const list of references) {
    if (list.length !== predictions.length) {
      throw new RangeError(
        `Cannot score ${predictions.length} predictions against ${list.length} references: give one for each`,
      )
    }
  }
}

/** @throws {RangeError} if the references are not as many as the metric's signature says */
export function checkReferenceCount(found: number, wanted: number): void {
  if (found !== wanted)
    throw new RangeError(`Cannot score against ${found} references each as the metric has ${wanted}`)
}

/** Completes a metric that can score sums. */
export function scoringRows<Answer>(metric: Omit<Metric<Answer>, 'score'>): Metric<Answer> {
  return {
    ...metric,
    score: (statistics, rows) => metric.scoreSums(sumRows(statistics, rows), rows?.length ?? statistics.rows),
  }
}
