import { describe, expect, it } from 'vitest'
import type { StepKey } from '../keys.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Plan } from './plan.ts'
import { timeLeft } from './time-left.ts'

/** `a: 2` takes two seconds; `b: [3, 'a']` takes three and needs a. */
function planOf(steps: Record<string, number | readonly [number, ...string[]]>) {
  const seconds = new Map<string, number>()
  const planned = Object.entries(steps).map(([key, value]) => {
    const [time, ...needs] = typeof value === 'number' ? [value] : value
    seconds.set(key, time)
    return [key as StepKey, { key, needs } as unknown as Step] as const
  })
  return {
    plan: { steps: new Map(planned) } as Pick<Plan, 'steps'>,
    secondsOf: ({ key }: Step) => seconds.get(key),
  }
}

function left(steps: Parameters<typeof planOf>[0], jobs: number, shares: Record<string, number> = {}): number {
  const { plan, secondsOf } = planOf(steps)
  const told = timeLeft(plan, { secondsOf, jobs, shares: new Map(Object.entries(shares)) as Map<StepKey, number> })
  expect(told.unknown).toBe(0)
  return told.seconds
}

describe('timeLeft', () => {
  it('is the sum for one job', () => {
    expect(left({ a: 2, b: [3, 'a'], c: 4 }, 1)).toBe(9)
  })

  it('lets jobs work side by side, each step after those that it needs', () => {
    expect(left({ a: 2, b: [3, 'a'], c: 4 }, 2)).toBe(5)
    expect(left({ a: 2, b: [3, 'a'], c: [4, 'b'] }, 8)).toBe(9)
    // The second job waits for a, then takes b; c runs on the first.
    expect(left({ a: 1, b: [1, 'a'], c: [5, 'a'], d: [1, 'b'] }, 2)).toBe(6)
  })

  it('lets the first in order begin of all that become free at the same time', () => {
    for (const [other, first] of ['ab', 'ba']) {
      // Both of b and c begin at 1, and d, the longest, at 2, whichever of the first two is told of first.
      const needs = { [other!]: 1, [first!]: 1 }
      expect(left({ ...needs, c: [1, 'b'], d: [1, 'b'], e: [4, 'a'] }, 2)).toBe(6)
    }
  })

  it('counts what is left of the steps that are begun', () => {
    expect(left({ a: 2, b: [3, 'a'], c: 4 }, 1, { a: 1, b: 0.5 })).toBe(5.5)
    expect(left({ a: 2 }, 1, { a: 1 })).toBe(0)
  })

  it('counts the unfinished steps whose time is not known', () => {
    const { plan, secondsOf } = planOf({ a: 2, b: [3, 'a'] })
    const some = (step: Step) => (step.key === ('a' as StepKey) ? undefined : secondsOf(step))
    const told = (shares: readonly (readonly [string, number])[]) =>
      timeLeft(plan, { secondsOf: some, jobs: 1, shares: new Map(shares) as Map<StepKey, number> })
    expect(told([])).toEqual({ seconds: 3, unknown: 1 })
    expect(told([['a', 1]])).toEqual({ seconds: 3, unknown: 0 })
  })
})
