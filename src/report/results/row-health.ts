import type { PlannedChain } from '../../study/plan/plan.ts'
import type { PrefixTestStep } from '../../study/steps/kinds/prefix-test.ts'
import { isPrefixUnused, unusedPrefix } from '../../study/steps/kinds/prefix-test.ts'
import type { HealthFinding, HealthName } from '../../tasks/answer-health.ts'
import { type Arm, ownTest } from './arms.ts'
import { failureText, firstFailure } from './first-failure.ts'
import type { StudyResults } from './study-results.ts'

/** Something that is wrong with a chain's answers, or why there are none. */
export interface RowHealth {
  readonly name: HealthName | 'prefix-unused' | 'failed'
  /** Seeds that it was found with. */
  readonly seeds: readonly number[]
  /** What was found with each of them and what to do, without a full stop. */
  readonly sentence: string
  /** Whether it shows with one of them that the lesson has not been learnt. */
  readonly unlearnt: boolean
}

/** Shares of answers from which a finding is no flaw of a model that has learnt, but shows that it has not. */
const unlearntShare = 0.5

/** What is found of a seed: its own numbers, and what to do whichever seed it is. */
interface SeedFinding {
  readonly name: RowHealth['name']
  /** Findings of one name and subject are told together. */
  readonly subject: string
  readonly seed: number
  readonly what: string
  readonly hint: string
  readonly unlearnt: boolean
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
  const found: SeedFinding[] = []
  const add = (
    name: RowHealth['name'],
    seed: number,
    { sentence, hint }: Pick<HealthFinding, 'sentence' | 'hint'>,
    unlearnt = false,
    subject = '',
  ): void => void found.push({ name, subject, seed, what: sentence, hint, unlearnt })
  const prefixes: SwappedPrefix[] = []
  for (const one of planned) {
    if (missing.includes(one.seed)) {
      const reason = failureOf(one, task, results)
      if (reason !== undefined) add('failed', one.seed, { sentence: reason, hint: '' })
      continue
    }
    const { evaluation } = seeds.find(({ seed }) => seed === one.seed)!
    for (const finding of results.evaluations.scores(evaluation)?.health ?? []) {
      add(finding.name, one.seed, finding, isUnlearnt(finding))
    }
    for (const swapped of swappedPrefixes(one, task, results)) {
      prefixes.push(swapped)
      const { tasks } = swapped
      if (isPrefixUnused(swapped)) add('prefix-unused', one.seed, unusedPrefix(tasks, swapped), false, tasks.join())
    }
  }
  return { health: joinSeeds(found), prefixes }
}

/** One finding a subject: told once where it is the same with all its seeds, else with each seed's own numbers. */
function joinSeeds(found: readonly SeedFinding[]): RowHealth[] {
  const about = ({ name, subject }: SeedFinding): string => `${name} ${subject}`
  return [...new Set(found.map(about))].map((subject) => {
    const own = found.filter((one) => about(one) === subject)
    const { name } = own[0]!
    const said = new Set(own.map(({ what }) => what))
    const what = said.size === 1 ? own[0]!.what : own.map(({ seed, what }) => `${what} (seed ${seed})`).join(', ')
    const hints = [...new Set(own.map(({ hint }) => hint).filter((hint) => hint !== ''))]
    const sentence = [what, ...hints].join('; ')
    return { name, seeds: own.map(({ seed }) => seed), sentence, unlearnt: own.some(({ unlearnt }) => unlearnt) }
  })
}

/** Cut answers say as much of the limit as of the model. */
export function isUnlearnt({ name, count, of, collapsed }: HealthFinding): boolean {
  return collapsed || (name !== 'cut' && count / of >= unlearntShare)
}

/** Why a seed has no scores: the first of its steps that failed when it was last tried. */
function failureOf(planned: PlannedChain, task: string, results: StudyResults): string | undefined {
  const failure = firstFailure([...planned.teach, ownTest(planned, task)?.key], results)
  return failure && `not tested, as ${failureText(failure)}`
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
