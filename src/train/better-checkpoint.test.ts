import { expect, test } from 'vitest'
import { isBetterCheckpoint } from './better-checkpoint.ts'
import type { LessonBest } from './lesson-state.ts'

const at = (value: number, loss: number): LessonBest => ({ step: 1, value, loss })

test('isBetterCheckpoint() goes by the value, whichever direction is better', () => {
  expect(isBetterCheckpoint(at(0.5, 9), at(0.25, 1), 'highest-value')).toBe(true)
  expect(isBetterCheckpoint(at(0.25, 1), at(0.5, 9), 'highest-value')).toBe(false)
  for (const by of ['lowest-value', 'loss'] as const) {
    expect(isBetterCheckpoint(at(0.25, 9), at(0.5, 1), by)).toBe(true)
    expect(isBetterCheckpoint(at(0.5, 1), at(0.25, 9), by)).toBe(false)
  }
})

test('isBetterCheckpoint() lets the lower loss decide between equal values, and the earlier one stay where it is equal too', () => {
  for (const by of ['highest-value', 'lowest-value'] as const) {
    expect(isBetterCheckpoint(at(0.5, 1), at(0.5, 2), by)).toBe(true)
    expect(isBetterCheckpoint(at(0.5, 2), at(0.5, 1), by)).toBe(false)
    expect(isBetterCheckpoint(at(0.5, 1), at(0.5, 1), by)).toBe(false)
  }
})

test('isBetterCheckpoint() takes the first number there is, and never what is none', () => {
  expect(isBetterCheckpoint(at(0, 9), undefined, 'highest-value')).toBe(true)
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(isBetterCheckpoint(at(value, 1), undefined, 'highest-value')).toBe(false)
})
