import type { StepKey } from '../../study/keys.ts'
import type { PlannedChain } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import { type Arm, ownLessons } from './arms.ts'

/** What teaching has taken; absent values were not measured by every lesson. */
export interface Cost {
  readonly updates: number
  readonly minutes: number
  readonly cpuHours: number | undefined
  /** Of the machine's processor packages while the lessons ran, whatever else ran on them. */
  readonly wattHours: number | undefined
}

/** An arm's cost, as means over its finished seeds. */
export interface ArmCost {
  readonly chain: string
  /** The start that the chain names. */
  readonly start: string
  readonly seeds: number
  /** The last lesson alone: what the start costs whoever has it already. Nothing where the start is tested as it is. */
  readonly last: Cost
  /** All lessons that the chain's label shows. */
  readonly all: Cost
  /** With the lessons of a start that is a chain itself, where there are any. */
  readonly withStart: Cost | undefined
  /** The lessons that were counted, by seed. */
  readonly lessons: readonly { readonly seed: number; readonly keys: readonly StepKey[] }[]
}

/** What an arm's lessons have cost; `undefined` when no seed has finished all of them. */
export function costOf(arm: Arm, store: Store): ArmCost | undefined {
  const finished = arm.planned.filter(({ teach }) => teach.every((key) => store.soundResult('teach', key)))
  if (finished.length === 0) return undefined
  const own = ownLessons(arm.chain).length
  const over = (keys: (planned: PlannedChain) => readonly StepKey[]): Cost =>
    meanCost(finished.map((planned) => sumCost(keys(planned).map((key) => lessonCost(key, store)))))
  return {
    chain: arm.chain.label,
    start: arm.chain.startName,
    seeds: finished.length,
    last: over(({ teach }) => (own === 0 ? [] : teach.slice(-1))),
    all: over(({ teach }) => teach.slice(teach.length - own)),
    withStart: own === arm.chain.lessons.length ? undefined : over(({ teach }) => teach),
    lessons: finished.map(({ seed, teach }) => ({ seed, keys: teach })),
  }
}

function lessonCost(key: StepKey, store: Store): Cost {
  const { steps, seconds, cpuSeconds, energyJoules } = store.result('teach', key)
  return {
    updates: steps,
    minutes: seconds / 60,
    cpuHours: cpuSeconds === undefined ? undefined : cpuSeconds / 3600,
    wattHours: energyJoules === undefined ? undefined : energyJoules / 3600,
  }
}

function sumCost(costs: readonly Cost[]): Cost {
  const sum = (values: readonly (number | undefined)[]): number | undefined =>
    values.reduce<number | undefined>(
      (total, value) => (total === undefined || value === undefined ? undefined : total + value),
      0,
    )
  return {
    updates: sum(costs.map(({ updates }) => updates))!,
    minutes: sum(costs.map(({ minutes }) => minutes))!,
    cpuHours: sum(costs.map(({ cpuHours }) => cpuHours)),
    wattHours: sum(costs.map(({ wattHours }) => wattHours)),
  }
}

function meanCost(costs: readonly Cost[]): Cost {
  const { updates, minutes, cpuHours, wattHours } = sumCost(costs)
  const share = (value: number | undefined): number | undefined => value && value / costs.length
  return {
    updates: updates / costs.length,
    minutes: minutes / costs.length,
    cpuHours: share(cpuHours),
    wattHours: share(wattHours),
  }
}
