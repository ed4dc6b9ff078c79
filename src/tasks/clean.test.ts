import { describe, expect, it } from 'vitest'
import { clean } from './clean.ts'

describe('clean()', () => {
  it('puts spaces round punctuation and collapses white space, in the given order', () => {
    expect(clean(' Cold fries!(Again)\r\n Why? ', ['space-punctuation', 'collapse-spaces'])).toBe(
      'Cold fries ! ( Again ) Why ?',
    )
    expect(clean('a,b', ['collapse-spaces', 'space-punctuation'])).toBe('a , b')
  })

  it('leaves a text as it is where no rule says otherwise', () => {
    expect(clean(' a\t b ', [])).toBe(' a\t b ')
  })

  it('trims both ends only, and lowers every letter', () => {
    expect(clean(' a\t b\n', ['trim'])).toBe('a\t b')
    expect(clean('ÀB İ', ['lowercase'])).toBe('àb i̇')
  })
})
