import { describe, expect, it } from 'vitest'
import { secondsBetweenStates } from './lesson-state.ts'

describe('secondsBetweenStates()', () => {
  it('is five minutes, and more where storing takes more than a hundredth of that', () => {
    expect([0, 0.5, 3].map(secondsBetweenStates)).toEqual([300, 300, 300])
    expect(secondsBetweenStates(20)).toBe(2000)
  })
})
