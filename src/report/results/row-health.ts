import type { PlannedChain } from '../../study/plan/plan.ts'
import type { PrefixTestStep } from '../../study/steps/kinds/prefix-test.ts'
import { isPrefixUnused, unusedPrefixSentence } from '../../study/steps/kinds/prefix-test.ts'
import { type HealthName, healthSentence } from '../../tasks/answer-health.ts'
import { type Arm, ownTest } from './arms.ts'
import { firstFailure } from './first-failure.ts'
import type { StudyResults } from './study-results.ts'

/** Something that is wrong with a chain's answers, or why there are none. */
export interface RowHealth {
  readonly name: HealthName | 'prefix-unused' | 'failed'
  /** Seeds that it was found with. */
  readonly seeds: readonly number[]
  /** What was found with the first of them and what to do, without a full stop. */
  readonly sentence: string
}

/** How many of a chain's answers stayed the same with the prefix of other tasks. */
export interface SwappedPrefix {
  readonly seed: number
  /** Whose prefix it is. */
  readonly tasks: readonly string[]
  readonly equal: number
  readonly of: number
}

/** What evaluations, prefix tests and failed steps say of a chain on one task. */
export function rowHealth(
  { planned, seeds, missing }: Arm,
  task: string,
  results: StudyResults,
): { health: RowHealth[]; prefixes: SwappedPrefix[] } {
  const found: RowHealth[] = []
  const add = (name: RowHealth['name'], seed: number, sentence: string): void => {
    const known = found.findIndex((one) => one.name === name)
    if (known === -1) found.push({ name, seeds: [seed], sentence })
    else found[known] = { ...found[known]!, seeds: [...found[known]!.seeds, seed] }
  }
  const prefixes: SwappedPrefix[] = []
  for (const one of planned) {
    if (missing.includes(one.seed)) {
      const reason = failureOf(one, task, results)
      if (reason !== undefined) add('failed', one.seed, reason)
      continue
    }
    const { evaluation } = seeds.find(({ seed }) => seed === one.seed)!
    for (const finding of results.evaluations.scores(evaluation)?.health ?? []) {
      add(finding.name, one.seed, healthSentence(finding))
    }
    for (const swapped of swappedPrefixes(one, task, results)) {
      prefixes.push(swapped)
      if (isPrefixUnused(swapped)) add('prefix-unused', one.seed, unusedPrefixSentence(swapped.tasks, swapped))
    }
  }
  return { health: found, prefixes }
}

/** Why a seed has no scores: the first of its steps that failed when it was last tried. */
function failureOf(planned: PlannedChain, task: string, results: StudyResults): string | undefined {
  const failure = firstFailure([...planned.teach, ownTest(planned, task)?.key], results)
  return failure && `not tested, as "${failure.step.label}" failed: ${failure.reason}`
}

function swappedPrefixes(planned: PlannedChain, task: string, { plan, store }: StudyResults): SwappedPrefix[] {
  const key = ownTest(planned, task)?.prefixTest
  if (key === undefined || !store.isDone('prefix-test', key)) return []
  const { others } = plan.steps.get(key) as PrefixTestStep
  const { prefixes } = store.prefixTest(key)
  return prefixes.flatMap(({ prefix, equal, of }) => {
    const tasks = others.find((other) => other.prefix === prefix)?.tasks
    return tasks === undefined ? [] : [{ seed: planned.seed, tasks, equal, of }]
  })
}
