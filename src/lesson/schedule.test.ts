import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  learningRateAt,
  type ScheduleName,
  type ScheduleSettings,
  scheduleNames,
  schedulesWith,
  warmupWarning,
} from './schedule.ts'

const goldens = (name: string): unknown[] =>
  readFileSync(new URL(`../../test/fixtures/schedules/${name}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

interface RatesGolden {
  schedule: ScheduleName
  warmup: number
  steps: number
  kwargs: { num_cycles?: number; power?: number; lr_end?: number; timescale?: number }
  peak: number
  rates: number[]
}

const rates = (settings: Partial<ScheduleSettings>, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) =>
    learningRateAt({ learningRate: 8, schedule: 'linear', warmupSteps: 0, ...settings }, step, steps),
  )

test.each(scheduleNames)('learningRateAt() equals transformers’ rate of every update within 1e-12: %s', (schedule) => {
  const cases = (goldens('rates.jsonl') as RatesGolden[]).filter((golden) => golden.schedule === schedule)
  expect(cases.length).toBeGreaterThanOrEqual(4)
  for (const { warmup, steps, kwargs, peak, rates: expected } of cases) {
    const own = {
      ...(kwargs.num_cycles === undefined ? {} : { numCycles: kwargs.num_cycles }),
      ...(kwargs.power === undefined ? {} : { power: kwargs.power }),
      ...(kwargs.lr_end === undefined ? {} : { lrEnd: kwargs.lr_end }),
      ...(kwargs.timescale === undefined ? {} : { timescale: kwargs.timescale }),
    }
    const found = rates({ learningRate: peak, schedule, warmupSteps: warmup, ...own }, steps)
    expect(found).toHaveLength(expected.length)
    const worst = Math.max(...found.map((rate, step) => Math.abs(rate - expected[step]!) / (expected[step] || 1)))
    expect(worst, JSON.stringify({ warmup, steps, kwargs })).toBeLessThan(1e-12)
  }
})

test('learningRateAt() makes of a ratio as many updates of warm-up as transformers', () => {
  const cases = goldens('warmups.jsonl') as Record<'warmup_steps' | 'warmup_ratio' | 'steps' | 'updates', number>[]
  expect(cases).toHaveLength(8)
  for (const { warmup_steps: warmupSteps, warmup_ratio: warmupRatio, steps, updates } of cases) {
    const found = rates({ schedule: 'constant', warmupSteps, warmupRatio }, steps)
    expect(found.filter((rate) => rate < 8)).toHaveLength(Math.min(updates, steps))
  }
})

test('learningRateAt() falls linearly and would reach 0 one update after the last', () => {
  expect(rates({ schedule: 'linear', warmupSteps: 0 }, 4)).toEqual([8, 6, 4, 2])
})

test('learningRateAt() warms up from 0 before it falls', () => {
  expect(rates({ schedule: 'linear', warmupSteps: 2 }, 6)).toEqual([0, 4, 8, 6, 4, 2])
})

test('learningRateAt() stays at the peak after warm-up when the schedule is constant', () => {
  expect(rates({ schedule: 'constant', warmupSteps: 2 }, 4)).toEqual([0, 4, 8, 8])
})

test('learningRateAt() allows a peak of 0', () => {
  expect(learningRateAt({ learningRate: 0, schedule: 'linear', warmupSteps: 0 }, 3, 9)).toBe(0)
})

test('schedulesWith() names the schedules that have a parameter, each with its default', () => {
  expect(schedulesWith('numCycles')).toEqual({ cosine: 0.5, cosine_with_restarts: 1 })
  expect(schedulesWith('timescale')).toEqual({ inverse_sqrt: null })
})

test('warmupWarning() speaks of lessons that end before the peak, and of no others', () => {
  const rate = { learningRate: 8, schedule: 'linear' } as const
  expect(warmupWarning({ ...rate, warmupSteps: 10 }, 5)).toBe(
    'The warm-up takes 10 updates and the lesson 5: the learning rate comes to 3.2 and not to 8',
  )
  expect(warmupWarning({ ...rate, warmupSteps: 0, warmupRatio: 1 }, 4)).toBe(
    'The warm-up takes 4 updates and the lesson 4: the learning rate comes to 6 and not to 8',
  )
  for (const [warmupSteps, steps] of [
    [4, 5],
    [0, 5],
    [1, 0],
  ] as const)
    expect(warmupWarning({ ...rate, warmupSteps }, steps)).toBeUndefined()
  expect(warmupWarning({ ...rate, learningRate: 0, warmupSteps: 9 }, 5)).toBeUndefined()
})
