import { plural } from '../../base/plural.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { RunReport } from '../../study/run/schedule.ts'
import { type StepStatus, studyStatus } from '../../study/run/status.ts'
import type { Store } from '../../study/store/store.ts'

/** How a study stands of which nothing is done now: `reviews: 3 chains, 14 steps, 10 finished, 3 damaged, 1 waiting; store "…"` */
export function standing(plan: Plan, store: Store): string {
  const states = studyStatus(plan, store).map(({ state }) => state)
  const counted = shownStates.flatMap((state) => {
    const count = states.filter((one) => one === state).length
    return count === 0 && state !== 'finished' ? [] : [`${count} ${state}`]
  })
  const isWhole = states.every((state) => state === 'finished')
  const told = isWhole ? 'all finished' : `${counted.join(', ')}; store "${store.folder}"`
  return `${plan.study.name}: ${chainCount(plan)}, ${plural(states.length, 'step')}, ${told}`
}

const shownStates: readonly StepStatus['state'][] = ['finished', 'running', 'damaged', 'failed', 'saved', 'waiting']

/** `19 chains (57 with their seeds)` */
export function chainCount({ chains }: Plan): string {
  const alone = new Set(chains.map(({ chain }) => chain)).size
  return plural(alone, 'chain') + (alone === chains.length ? '' : ` (${chains.length} with their seeds)`)
}

/** What has failed, and why; `undefined` where nothing has. */
export function failures({ failed, blocked }: RunReport): string | undefined {
  if (failed.length === 0) return undefined
  const lines = failed.map(
    ({ step, reason, bug }) => `  ${step.label}: ${reason}${bug?.stack === undefined ? '' : `\n${bug.stack}`}`,
  )
  const counts = `${failed.length} failed, ${blocked.length} not tried as ${blocked.length === 1 ? 'it needs' : 'they need'} ${failed.length === 1 ? 'it' : 'those'}`
  return [`${counts}. Run again to try them again:`, ...lines].join('\n')
}
