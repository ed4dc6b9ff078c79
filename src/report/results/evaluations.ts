import { readJsonLines } from '../../base/json-lines.ts'
import type { ExampleStatistics } from '../../metrics/metric.ts'
import type { StepKey } from '../../study/keys.ts'
import type { PredictionRow, Scores } from '../../study/steps/score-answers.ts'
import type { Store } from '../../study/store/store.ts'

/** Reads what finished `evaluate` steps have left, each file once. */
export class Evaluations {
  readonly #store: Store
  readonly #scores = new Map<StepKey, Scores | undefined>()
  readonly #statistics = new Map<StepKey, Promise<ReadonlyMap<string, ExampleStatistics>>>()

  constructor(store: Store) {
    this.#store = store
  }

  /** `undefined` where the step is not finished. @throws {Fault} if the file cannot be read */
  scores(key: StepKey): Scores | undefined {
    if (!this.#scores.has(key)) {
      const done = this.#store.isDone('evaluate', key)
      this.#scores.set(key, done ? this.#store.scores(key) : undefined)
    }
    return this.#scores.get(key)
  }

  /** Statistics of every test row by metric. @throws {Fault} if the file cannot be read */
  statistics(key: StepKey): Promise<ReadonlyMap<string, ExampleStatistics>> {
    const known = this.#statistics.get(key)
    if (known !== undefined) return known
    const read = readStatistics(this.#store.predictionsFile(key))
    this.#statistics.set(key, read)
    return read
  }
}

async function readStatistics(path: string): Promise<ReadonlyMap<string, ExampleStatistics>> {
  const byMetric = new Map<string, (readonly number[])[]>()
  for await (const { statistics } of readJsonLines<PredictionRow>(path)) {
    for (const [metric, values] of Object.entries(statistics)) {
      const rows = byMetric.get(metric)
      if (rows === undefined) byMetric.set(metric, [values])
      else rows.push(values)
    }
  }
  return new Map([...byMetric].map(([metric, rows]) => [metric, statisticsOf(rows)]))
}

function statisticsOf(rows: readonly (readonly number[])[]): ExampleStatistics {
  const width = rows[0]?.length ?? 0
  return { rows: rows.length, width, values: Float64Array.from(rows.flat()) }
}
