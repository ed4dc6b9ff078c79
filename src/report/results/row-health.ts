import type { Plan, PlannedChain } from '../../study/plan/plan.ts'
import { isPrefixUnused, type PrefixTest, unusedPrefixSentence } from '../../study/steps/prefix-test.ts'
import type { PrefixTestStep } from '../../study/steps.ts'
import type { Store } from '../../study/store/store.ts'
import { type HealthName, healthSentence } from '../../tasks/answer-health.ts'
import type { TableRow } from '../tables/task-table.ts'
import type { Arm } from './arms.ts'
import type { Evaluations } from './evaluations.ts'

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
  plan: Plan,
  store: Store,
  evaluations: Evaluations,
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
      const reason = failureOf(one, task, plan, store)
      if (reason !== undefined) add('failed', one.seed, reason)
      continue
    }
    const { evaluation } = seeds.find(({ seed }) => seed === one.seed)!
    for (const finding of evaluations.scores(evaluation)?.health ?? []) {
      add(finding.name, one.seed, healthSentence(finding))
    }
    for (const swapped of swappedPrefixes(one, task, plan, store)) {
      prefixes.push(swapped)
      if (isPrefixUnused(swapped)) add('prefix-unused', one.seed, unusedPrefixSentence(swapped.tasks, swapped))
    }
  }
  return { health: found, prefixes }
}

/** Marks a row whose health is not in order. */
export const healthMark = '(!)'

/** Lines below a table: what is wrong with which row, and how many answers stayed the same with another prefix. */
export function healthLines(rows: readonly TableRow[]): string[] {
  const wrong = rows.flatMap(({ chain, seeds, missing, health }) => {
    const all = seeds.length + missing.length
    return health.map(({ seeds: with_, sentence }) => {
      const seedNames = all === 1 ? '' : `, seed${with_.length === 1 ? '' : 's'} ${with_.join(', ')}`
      return `${healthMark} ${chain}${seedNames}: ${sentence}`
    })
  })
  const swapped = rows.flatMap(({ chain, prefixes }) => {
    const byTasks = new Map<string, { equal: number; of: number }>()
    for (const { tasks, equal, of } of prefixes) {
      const name = tasks.join(', ')
      const sum = byTasks.get(name) ?? { equal: 0, of: 0 }
      byTasks.set(name, { equal: sum.equal + equal, of: sum.of + of })
    }
    return [...byTasks].map(
      ([tasks, { equal, of }]) => `${chain}: ${equal} of ${of} answers stay the same with the prefix of ${tasks}`,
    )
  })
  return [...wrong, ...swapped]
}

/** Why a seed has no scores: the first of its steps that failed when it was last tried. */
function failureOf({ teach, evaluations }: PlannedChain, task: string, plan: Plan, store: Store): string | undefined {
  const test = evaluations.find(({ own, task: of }) => own && of === task)
  for (const key of [...teach, ...(test === undefined ? [] : [test.key])]) {
    const step = plan.steps.get(key)!
    const failure = store.isDone(step.kind, key) ? undefined : store.failure(step.kind, key)
    if (failure !== undefined) return `not tested, as "${step.label}" failed: ${failure.reason}`
  }
  return undefined
}

function swappedPrefixes({ seed, evaluations }: PlannedChain, task: string, plan: Plan, store: Store): SwappedPrefix[] {
  const key = evaluations.find(({ own, task: of }) => own && of === task)?.prefixTest
  if (key === undefined || !store.isDone('prefix-test', key)) return []
  const { others } = plan.steps.get(key) as PrefixTestStep
  const { prefixes } = store.readJson('prefix-test', key, 'prefix-test.json') as PrefixTest
  return prefixes.flatMap(({ prefix, equal, of }) => {
    const tasks = others.find((other) => other.prefix === prefix)?.tasks
    return tasks === undefined ? [] : [{ seed, tasks, equal, of }]
  })
}
