import type { ExampleStatistics } from '../metric.ts'

/**
 * The seeds' statistics side by side, so that one draw of a row takes it from every seed.
 *
 * @throws {RangeError} if they have not answered the same rows
 */
export function joinSeeds(seeds: readonly ExampleStatistics[]): ExampleStatistics {
  const { rows, width } = seeds[0] ?? { rows: 0, width: 0 }
  const values = new Float64Array(rows * width * seeds.length)
  for (const [seed, of] of seeds.entries()) {
    if (of.rows !== rows || of.width !== width) {
      throw new RangeError(
        `Cannot compare answers to ${of.rows} rows with answers to ${rows}: both must answer the same`,
      )
    }
    for (let row = 0; row < rows; row++) {
      values.set(of.values.subarray(row * width, (row + 1) * width), (row * seeds.length + seed) * width)
    }
  }
  return { rows, width: width * seeds.length, values }
}
