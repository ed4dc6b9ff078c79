import { describe, expect, it } from 'vitest'
import type { StepKey } from '../keys.ts'
import type { Step } from '../steps/step-kinds.ts'
import { findStep } from './find-step.ts'
import type { Plan } from './plan.ts'

const keys = ['a'.repeat(64), `${'a'.repeat(10)}${'b'.repeat(54)}`, 'c'.repeat(64)]
const steps = new Map(
  keys.map((key, i) => [key, { key: key as StepKey, kind: 'prepare', label: `prepare task ${i}` } as Step]),
)
const plan = { study: { name: 'small' }, steps } as unknown as Plan

describe('findStep()', () => {
  it('takes a whole key, or enough of it', () => {
    for (const named of ['c'.repeat(64), 'c'.repeat(8)]) expect(findStep(plan, named)).toBe(steps.get(keys[2]!))
    expect(findStep(plan, 'a'.repeat(11))).toBe(steps.get(keys[0]!))
  })

  it.each([
    ['cccc', 'Cannot tell a step by "cccc": give its key or at least 8 characters of it'],
    [
      'aaaaaaaa',
      'Cannot tell a step by "aaaaaaaa" as 2 keys begin with it: aaaaaaaaaaaaaaaa (prepare task 0), aaaaaaaaaabbbbbb (prepare task 1)',
    ],
    ['ccccdccc', 'Unknown step "ccccdccc" of "small": did you mean cccccccccccc (prepare task 2)?'],
    ['prepare tsk 1', 'Unknown step "prepare tsk 1" of "small": did you mean aaaaaaaaaabb (prepare task 1)?'],
    ['', 'Cannot tell a step by "": give its key or at least 8 characters of it'],
    ['zzzzzzzzzz', 'Unknown step "zzzzzzzzzz" of "small": "reteach plan STUDY --no-measure --json" lists the keys'],
  ])('says what is wrong with "%s"', (named, sentence) => {
    expect(findStep(plan, named)).toBe(sentence)
  })
})
