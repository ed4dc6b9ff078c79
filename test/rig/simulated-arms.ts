import type { Random } from '../../src/base/random.ts'
import type { ExampleStatistics } from '../../src/metrics/metric.ts'

/** A mean over rows, for which every variance has a closed form. */
export const average = {
  fields: ['mean'],
  best: 1,
  scoreSums: (sums: Float64Array, rows: number) => ({ mean: sums[0]! / rows }),
}

export interface Chance {
  /** Standard deviations: of a seed's score, of a row's effect on all seeds of an arm, of what is left. */
  readonly seeds: number
  readonly rows: number
  readonly rest: number
}

/** Seeds of one arm on the same rows. */
export function drawArm(random: Random, seeds: number, rows: number, chance: Chance, score = 0): ExampleStatistics[] {
  const ofRows = Float64Array.from({ length: rows }, () => chance.rows * random.normal())
  return Array.from({ length: seeds }, () => {
    const ofSeed = score + chance.seeds * random.normal()
    return { rows, width: 1, values: ofRows.map((row) => row + ofSeed + chance.rest * random.normal()) }
  })
}

export function meanOf({ values }: ExampleStatistics): number {
  return values.reduce((a, b) => a + b) / values.length
}
