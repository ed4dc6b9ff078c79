import { batchesSortedTogether, updatesAnEpoch } from '../../lesson/updates.ts'
import type { StepKey } from '../../study/keys.ts'
import { rowCounts } from '../../study/plan/estimate.ts'
import { lessonsLabel, type Plan, type PlannedChain } from '../../study/plan/plan.ts'
import type { RowCounts } from '../../study/steps/kinds/prepare.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { Chain, LogAxis } from '../../study/study.ts'
import type { Panel } from '../charts/figure.ts'
import type { SeedLog } from '../results/lesson-log.ts'
import type { StudyResults } from '../results/study-results.ts'
import { commonUpdates } from './curve.ts'

/** A lesson of a chain with all its seeds: what one line of a figure shows. */
export interface FigureArm {
  readonly chain: Chain
  /** Its lesson, counted from 0. */
  readonly lesson: number
  /** The chain as far as the lesson. */
  readonly label: string
  readonly seeds: readonly {
    readonly seed: number
    readonly planned: PlannedChain
    readonly teach: StepKey | undefined
  }[]
}

/** Arms by chain label and lesson; of those that are one and the same lesson, the one with most seeds. */
export function figureArms(
  wanted: readonly { readonly chain: string; readonly lesson: number }[],
  plan: Plan,
): FigureArm[] {
  const arms: FigureArm[] = []
  for (const { chain: label, lesson } of wanted) {
    const chain = plan.study.chains.find((one) => one.label === label)
    if (chain === undefined) continue
    const name = lesson === chain.lessons.length - 1 ? chain.label : lessonsLabel(chain, lesson)
    const arm: FigureArm = {
      chain,
      lesson,
      label: plan.study.report.names.get(name) ?? withArrows(name),
      seeds: lessonsOf(chain, lesson, plan),
    }
    if (arms.some((other) => holds(other, arm))) continue
    const smaller = arms.findIndex((other) => holds(arm, other))
    if (smaller === -1) arms.push(arm)
    else arms[smaller] = arm
  }
  return arms
}

/** Whether every lesson of an arm is one of another's. */
function holds(arm: FigureArm, other: FigureArm): boolean {
  const id = ({ teach, seed }: FigureArm['seeds'][number], { chain }: FigureArm): string =>
    teach ?? `${seed} ${chain.startName}`
  const own = new Set(arm.seeds.map((seed) => id(seed, arm)))
  return other.seeds.every((seed) => own.has(id(seed, other)))
}

/** A lesson with a seed of its own is the same one for all seeds of a chain, and stands once. */
function lessonsOf(chain: Chain, lesson: number, { chains, steps }: Plan): FigureArm['seeds'] {
  const found = new Map<StepKey | number, FigureArm['seeds'][number]>()
  for (const planned of chains.filter((one) => one.chain === chain)) {
    const teach = planned.teach[lesson]
    const step = teach === undefined ? undefined : (steps.get(teach) as TeachStep | undefined)
    const id = teach ?? planned.seed
    if (!found.has(id)) found.set(id, { seed: step?.seed ?? planned.seed, planned, teach })
  }
  return [...found.values()]
}

/** `mt5 → res`: as print has it. */
export function withArrows(chain: string): string {
  return chain.replaceAll('->', '→')
}

/** What the log of an arm is drawn with. */
export interface UpdateScale {
  /** Updates after which the lengths of the rows begin again, where a lesson takes rows of like length together; else 1. */
  readonly round: number
  // Where an update lies on an axis.
  readonly epochs: (update: number) => number
  readonly minutes: (update: number) => number
}

/** How an arm's updates count: in epochs by its rows and batch, in minutes by their mean time over its seeds. */
export function updateScale(arm: FigureArm, { plan, store }: StudyResults): UpdateScale {
  const key = arm.seeds.find(({ teach }) => teach !== undefined)?.teach
  const step = key === undefined ? undefined : (plan.steps.get(key) as TeachStep | undefined)
  const rows: RowCounts | undefined = step && rowCounts(plan, store).get(step.data)
  const finished = arm.seeds.flatMap(({ teach }) => {
    const outcome = teach && store.soundResult('teach', teach)
    return outcome && outcome.steps > 0 ? [outcome] : []
  })
  const { epochs, batch, order } = step?.settings ?? { batch: Number.NaN }
  const byRows = rows?.train === undefined ? Number.NaN : updatesAnEpoch(rows.train, batch)
  // Whole epochs count themselves, also where a mixture's batches are not cut from its rows one after the other.
  const perEpoch =
    Number.isInteger(epochs) && finished.length > 0
      ? (finished[0]!.plannedSteps ?? finished[0]!.steps) / epochs!
      : byRows
  const times = finished.map(({ seconds, steps }) => seconds / steps)
  const secondsPerUpdate = times.reduce((sum, time) => sum + time, 0) / times.length
  const round = order === 'length' && rows?.train !== undefined ? batchesSortedTogether(rows.train, batch) : 1
  return {
    round,
    epochs: (update) => update / perEpoch,
    minutes: (update) => (update * secondsPerUpdate) / 60,
  }
}

/**
 * Updates over which an arm's training loss is averaged: about a fiftieth of them, and whole rounds of lengths, as losses of
 * long rows and of short ones differ more than a lesson changes meanwhile.
 */
export function smoothedUpdates(count: number, { round }: UpdateScale): number {
  return Math.max(1, Math.round(count / 50 / round)) * round
}

/** What has been averaged, for readers: the updates of each curve. */
export function smoothingNotes(windows: readonly number[], after = ''): string[] {
  const used = windows.filter((updates) => updates > 1)
  if (used.length === 0) return []
  const [least, most] = [Math.min(...used), Math.max(...used)]
  return [`Training loss: moving mean over ${least === most ? most : `${least} to ${most}`} updates${after}.`]
}

export function onAxis(axis: LogAxis, scale: UpdateScale): (update: number) => number {
  return axis === 'updates' ? (update) => update : scale[axis]
}

/** Logs of an arm's finished seeds at the updates that all of them have. */
export interface ArmLog {
  readonly seeds: readonly number[]
  readonly updates: Float64Array
  /** A list a seed. */
  readonly values: readonly Float64Array[]
}

export function alignLogs(logs: readonly (SeedLog | undefined)[]): ArmLog {
  const found = logs.filter((log) => log !== undefined)
  return { seeds: found.map(({ seed }) => seed), ...commonUpdates(found) }
}

/** `mt5 → res (seed 43)`, `mt5 → res (failed)`: what an arm lacks. */
export function missingOf(arm: FigureArm, finished: readonly number[], { store }: StudyResults): string | undefined {
  const missing = arm.seeds.filter(({ seed }) => !finished.includes(seed))
  if (missing.length === 0) return undefined
  const failed = missing.some(({ teach }) => teach !== undefined && store.failure('teach', teach) !== undefined)
  const seeds = `seed${missing.length === 1 ? '' : 's'} ${missing.map(({ seed }) => seed).join(', ')}`
  const what = [...(missing.length === arm.seeds.length ? [] : [seeds]), ...(failed ? ['failed'] : [])].join(', ')
  return what === '' ? arm.label : `${arm.label} (${what})`
}

/** What bands and lines over seeds are, and which seeds are not there yet. */
export function seedNotes(
  seeds: readonly (readonly number[])[],
  missing: readonly string[],
  panels: readonly Panel[],
): string[] {
  const spreads = panels.flatMap((panel) =>
    panel.kind === 'curves' ? panel.curves.map(({ spread }) => `${spread.replace(/s?$/u, 's')}`) : ['bars'],
  )
  const shown = [...new Set(spreads)].join(' and ')
  const all = [...new Set(seeds.flat())].toSorted((a, b) => a - b)
  const several = seeds.some(({ length }) => length > 1)
  const notes = several ? [`Mean of the seeds ${all.join(', ')}; ${shown}: from the lowest seed to the highest.`] : []
  if (!several && all.length === 1) notes.push(`One seed: ${all[0]}.`)
  return [...notes, ...(missing.length === 0 ? [] : [`Not finished: ${missing.join('; ')}.`])]
}
