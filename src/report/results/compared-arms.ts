import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import type { ExampleStatistics } from '../../metrics/metric.ts'
import {
  type Comparison,
  compareArm,
  correctComparisons,
  type RawComparison,
} from '../../metrics/statistics/compare-arms.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Store } from '../../study/store/store.ts'
import type { Arm, Arms, ScoreColumn } from './arms.ts'
import type { Evaluations } from './evaluations.ts'

/** Two arms to be compared on their common seeds. */
export interface ArmPair {
  readonly arm: Arm
  readonly baseline: Arm
  /** Only these test rows. Default: all. */
  readonly rows?: readonly number[]
}

/** Raised when the same answers would be compared in another way. */
const cacheVersion = 1

/** Level of every test after correction. */
export const alpha = 0.05

/**
 * Compares arms by the statistics of their finished evaluations. What a comparison has found is kept in the store under
 * a hash of the evaluations' keys, as `comparisons/<hash>.json`, so that it is not drawn again.
 */
export class ComparedArms {
  readonly #store: Store
  readonly #evaluations: Evaluations
  readonly #found = new Map<string, RawComparison>()

  constructor(store: Store, evaluations: Evaluations) {
    this.#store = store
    this.#evaluations = evaluations
  }

  /**
   * Compares the pairs of one table, corrected together.
   *
   * @returns nothing for a pair without a common seed, or without rows
   */
  async compare(
    column: ScoreColumn,
    metrics: Arms['metrics'],
    pairs: readonly ArmPair[],
  ): Promise<(Comparison | undefined)[]> {
    const raw: (RawComparison | undefined)[] = []
    for (const pair of pairs) raw.push(await this.#compareOne(column, metrics, pair))
    const corrected = correctComparisons(
      raw.filter((one) => one !== undefined),
      alpha,
    )
    return raw.map((one) => (one === undefined ? undefined : corrected.shift()))
  }

  async #compareOne(
    { metric, field }: ScoreColumn,
    metrics: Arms['metrics'],
    { arm, baseline, rows }: ArmPair,
  ): Promise<RawComparison | undefined> {
    const keys = arm.seeds.flatMap((of): [StepKey, StepKey][] => {
      const to = baseline.seeds.find(({ seed }) => seed === of.seed)
      return to === undefined ? [] : [[of.evaluation, to.evaluation]]
    })
    if (keys.length === 0 || rows?.length === 0) return undefined
    const identity = JSON.stringify([cacheVersion, metric, field, alpha, keys, rows])
    const name = createHash('sha256').update(identity).digest('hex')
    const known = this.#found.get(name) ?? this.#read(name)
    if (known !== undefined) return known
    const read = async (key: StepKey): Promise<ExampleStatistics> => {
      const found = (await this.#evaluations.statistics(key)).get(metric)
      if (found === undefined) throw new Error(`The evaluation ${key} has no statistics of "${metric}"`)
      return rows === undefined ? found : selectRows(found, rows)
    }
    const statistics = {
      arm: { seeds: await Promise.all(keys.map(([of]) => read(of))) },
      baseline: { seeds: await Promise.all(keys.map(([, to]) => read(to))) },
    }
    const found = compareArm(metrics.get(metric)!, statistics, { field, alpha })
    this.#keep(name, keys, found)
    return found
  }

  #file(name: string): string {
    return this.#store.comparisonFile(name)
  }

  #read(name: string): RawComparison | undefined {
    try {
      const { comparison } = JSON.parse(readFileSync(this.#file(name), 'utf8')) as { comparison: RawComparison }
      // JSON leaves out what is undefined, which is all the same to a reader.
      const found = { ...comparison, overSeeds: comparison.overSeeds }
      this.#found.set(name, found)
      return found
    } catch {
      return undefined
    }
  }

  #keep(name: string, evaluations: readonly (readonly [StepKey, StepKey])[], comparison: RawComparison): void {
    this.#found.set(name, comparison)
    try {
      writeFileAtomic(this.#file(name), `${JSON.stringify({ evaluations, comparison })}\n`)
    } catch {
      // In a store that cannot be written it is drawn again the next time.
    }
  }
}

function selectRows({ width, values }: ExampleStatistics, rows: readonly number[]): ExampleStatistics {
  const selected = new Float64Array(rows.length * width)
  for (const [at, row] of rows.entries()) selected.set(values.subarray(row * width, (row + 1) * width), at * width)
  return { rows: rows.length, width, values: selected }
}
