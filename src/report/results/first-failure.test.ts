import { expect, test } from 'vitest'
import type { StepKey } from '../../study/keys.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import { failureText, firstFailure } from './first-failure.ts'

const key = (name: string): StepKey => name as StepKey

/** Lessons `a` and `b`, which need prepared rows, and `b` also `a`. */
function results(reasons: Readonly<Record<string, string>>, done: readonly string[] = []) {
  const needs = { rows: [], a: ['rows'], b: ['a', 'rows'] }
  const steps = Object.entries(needs).map(([name, own]) => [key(name), { key: name, kind: 'teach', needs: own }])
  const store = {
    isDone: (_: string, one: string) => done.includes(one),
    damage: () => undefined,
    failure: (_: string, one: string) => (one in reasons ? { reason: reasons[one] } : undefined),
  }
  return { plan: { steps: new Map(steps as never) }, store } as unknown as Parameters<typeof firstFailure>[1]
}

test('firstFailure() finds what has failed among the needs of a step', () => {
  const found = firstFailure([key('b')], results({ rows: 'Unknown label "Cots"' }))
  expect(found).toMatchObject({ step: { key: 'rows' }, reason: 'Unknown label "Cots"' })
  expect(firstFailure([key('b')], results({ rows: 'Unknown label "Cots"' }, ['rows', 'a']))).toBeUndefined()
  expect(firstFailure([undefined, key('b')], results({ b: 'The disk is full' }, ['a']))?.reason).toBe(
    'The disk is full',
  )
})

test('failureText() tells a step that failed from one that was finished and is damaged', () => {
  const step = { label: 'teach a, seed 1' } as Step
  expect(failureText({ step, reason: 'The disk is full', damaged: false })).toBe(
    '"teach a, seed 1" failed: The disk is full',
  )
  expect(failureText({ step, reason: 'its files are damaged (x)', damaged: true })).toBe(
    '"teach a, seed 1" cannot be used: its files are damaged (x)',
  )
})
