import { mean } from '../../metrics/statistics/mean.ts'
import { bestIs } from '../../study/best-by.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { Store } from '../../study/store/store.ts'
import type { TableRequest } from '../../study/study.ts'
import { type Arm, isFresh, ownLessons, startLabel } from './arms.ts'

/** The starts of a task, each by the arm that it stands by. */
export interface Candidates {
  /** One for each start with a finished seed. */
  readonly arms: readonly Arm[]
  /** What the others are compared with; absent where nothing is finished. */
  readonly reference: Arm | undefined
  /** All arms that an answer waits for, finished or not. */
  readonly wanted: readonly Arm[]
  /** The rest: arms with other settings of a start that has its own. */
  readonly left: readonly Arm[]
}

/** What is read of lessons. */
interface LessonResults {
  readonly plan: Plan
  readonly store: Store
}

/**
 * Picks the arms that an answer to "which start?" compares.
 *
 * A start stands for itself by the chain whose last lesson has the task's own settings; where each of its chains states
 * settings of its own, as in a sweep, by the one with the lowest validation loss, which no test row has a part in. The
 * reference is the baseline that the study's table names, else the first fresh start, else the first chain.
 */
export function candidatesOf(arms: readonly Arm[], request: TableRequest, results: LessonResults): Candidates {
  const [wanted, left] = candidateArms(arms, request.task)
  const own = representatives(wanted, request.task, results)
  return { arms: own, reference: referenceOf(own, request), wanted, left }
}

export function startName({ chain }: Arm, task: string): string {
  return endsWith(chain, task) ? startLabel(chain) : chain.label
}

function endsWith({ lessons }: Arm['chain'], task: string): boolean {
  return lessons.at(-1)?.name === task
}

/** What stands for the same start: `mt5` taught the task is another thing than `mt5` as it is. */
function startKey(arm: Arm, task: string): string {
  return `${endsWith(arm.chain, task) ? 'taught' : 'as it is'} ${startName(arm, task)}`
}

/**
 * Divides a task's arms into those that an answer rests on and the rest: of a start that is taught the task with its own
 * settings, other settings say nothing of the start.
 */
function candidateArms(arms: readonly Arm[], task: string): [wanted: Arm[], left: Arm[]] {
  const plain = new Set(arms.filter(isPlain).map((arm) => startKey(arm, task)))
  const isWanted = (arm: Arm): boolean => isPlain(arm) || !plain.has(startKey(arm, task))
  return [arms.filter(isWanted), arms.filter((arm) => !isWanted(arm))]
}

/** Whether the last lesson has the task's own settings. */
export function isPlain({ chain }: Arm): boolean {
  const last = ownLessons(chain).at(-1)
  return last === undefined || last.label === last.name
}

/** One arm for each start, among those with a finished seed. */
function representatives(arms: readonly Arm[], task: string, results: LessonResults): Arm[] {
  const byStart = new Map<string, Arm[]>()
  for (const arm of arms) {
    if (arm.seeds.length === 0) continue
    const start = startKey(arm, task)
    byStart.set(start, [...(byStart.get(start) ?? []), arm])
  }
  return [...byStart.values()].map(
    (own) => own.find(isPlain) ?? own.toSorted((a, b) => validationLoss(a, results) - validationLoss(b, results))[0]!,
  )
}

/** Mean over seeds of the last lesson's best validation loss, or of minus the score that decided; infinite without. */
function validationLoss({ seeds, planned }: Arm, { plan, store }: LessonResults): number {
  const step = plan.steps.get(planned[0]?.teach.at(-1) ?? ('' as StepKey)) as TeachStep | undefined
  const sign = step !== undefined && bestIs(step) === 'highest-value' ? -1 : 1
  const losses = seeds.map(({ lessons }) => {
    const last = lessons.at(-1)
    const result = last && store.soundResult('teach', last)
    return result?.best && sign * result.best.value
  })
  const known = losses.filter((loss) => loss !== undefined)
  if (known.length < seeds.length) return Number.POSITIVE_INFINITY
  return mean(known)
}

/** What the others are compared with. */
export function referenceOf(arms: readonly Arm[], { task, baseline }: TableRequest): Arm | undefined {
  return arms.find(({ chain }) => chain.label === baseline) ?? arms.find(({ chain }) => isFresh(chain, task)) ?? arms[0]
}
