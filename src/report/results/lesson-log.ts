import { existsSync } from 'node:fs'
import { readJsonLines } from '../../base/json-lines.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Store } from '../../study/store/store.ts'

/** What a lesson's log says with one seed: a value at each of some updates, in order. */
export interface SeedLog {
  readonly seed: number
  readonly updates: Float64Array
  /** NaN where the log has no number. */
  readonly values: Float64Array
  /** Source and target tokens of an update, their mean; absent where the log has none, as of earlier versions. */
  readonly tokensAnUpdate?: number
}

/** A line of a lesson's `evaluations.jsonl`. */
interface EvaluationLine {
  readonly step: number
  readonly loss?: number | null
  readonly tokens?: number
  /** Of answers to validation rows: `macro_f1`, of a mixture `res.macro_f1`. */
  readonly scores?: Readonly<Record<string, number | null>>
}

/** The loss of every update, or of every evaluation of the validation rows; absent where the lesson has none. */
export async function readLosses(
  store: Store,
  key: StepKey,
  log: 'train' | 'validation',
  seed: number,
): Promise<SeedLog | undefined> {
  const path = log === 'train' ? store.lessonLog(key) : store.lessonEvaluations(key)
  return await readLog(store, key, path, seed, ({ loss }) => loss)
}

/** Names of the scores that evaluations of any of these lessons have logged, in the order in which they are met. */
export async function loggedScores(store: Store, keys: readonly StepKey[]): Promise<string[]> {
  const names = new Set<string>()
  for (const key of keys) {
    const path = store.lessonEvaluations(key)
    if (!store.isDone('teach', key) || !existsSync(path)) continue
    for await (const { scores } of readJsonLines<EvaluationLine>(path)) {
      for (const name of Object.keys(scores ?? {})) names.add(name)
    }
  }
  return [...names]
}

/** As {@link readScores}, of a score as it was logged. */
export async function readScore(store: Store, key: StepKey, name: string, seed: number): Promise<SeedLog | undefined> {
  return await readLog(store, key, store.lessonEvaluations(key), seed, ({ scores }) => scores?.[name])
}

/** A score of every evaluation of the validation rows; absent where the lesson has logged none. */
export async function readScores(
  store: Store,
  key: StepKey,
  task: string,
  score: string,
  seed: number,
): Promise<SeedLog | undefined> {
  const log = await readLog(
    store,
    key,
    store.lessonEvaluations(key),
    seed,
    ({ scores }) => scores?.[`${task}.${score}`] ?? scores?.[score],
  )
  return log?.values.some(Number.isFinite) ? log : undefined
}

async function readLog(
  store: Store,
  key: StepKey,
  path: string,
  seed: number,
  pick: (line: EvaluationLine) => number | null | undefined,
): Promise<SeedLog | undefined> {
  if (!store.isDone('teach', key) || !existsSync(path)) return undefined
  const updates: number[] = []
  const values: number[] = []
  let [told, tokens] = [0, 0]
  for await (const line of readJsonLines<EvaluationLine>(path)) {
    const value = pick(line)
    updates.push(line.step)
    // JSON has no NaN: such a loss is written as null.
    values.push(typeof value === 'number' ? value : Number.NaN)
    if (line.tokens === undefined) continue
    told++
    tokens += line.tokens
  }
  return {
    seed,
    updates: Float64Array.from(updates),
    values: Float64Array.from(values),
    ...(told > 0 && { tokensAnUpdate: tokens / told }),
  }
}
