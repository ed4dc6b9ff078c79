import { describe, expect, it } from 'vitest'
import { adviceOf } from './what-to-try.ts'

const log = (values: readonly number[]) => ({
  seed: 1,
  updates: Float64Array.from(values, (_, i) => i + 1),
  values: Float64Array.from(values),
})
const course = (of: (share: number) => number) => log(Array.from({ length: 100 }, (_, i) => of(i / 99)))

describe('adviceOf()', () => {
  it('says longer where the loss was still falling, and for lessons of few updates', () => {
    expect(
      adviceOf(
        course((at) => 5 - 3 * at),
        undefined,
      ),
    ).toBe('teach longer, as the loss was still falling at the end (2.74, then 2.14)')
    expect(adviceOf(log([3, 2]), undefined)).toMatch(/^teach longer: a lesson of so few updates/u)
    expect(adviceOf(undefined, undefined)).toMatch(/^teach longer/u)
  })

  it('says a lower rate where the loss rose, or is no number', () => {
    expect(
      adviceOf(
        course((at) => 2 + 3 * at),
        undefined,
      ),
    ).toMatch(/^lower the learning rate, as the loss rose from/u)
    expect(adviceOf(log([3, Number.NaN]), undefined)).toMatch(/^lower the learning rate, as the loss was no number$/u)
  })

  it('says more rows where the validation loss rose again', () => {
    const falling = course((at) => 5 - 3 * at)
    expect(adviceOf(falling, log([4, 3, 3.5]))).toBe(
      'use more training rows or fewer epochs, as the validation loss rose again from 3.00 to 3.50',
    )
    expect(adviceOf(falling, log([4, 3, 3.1]))).toMatch(/^teach longer/u)
  })

  it('names what else there is where the loss no longer fell', () => {
    expect(
      adviceOf(
        course((at) => (at < 0.3 ? 5 - 10 * at : 2)),
        undefined,
      ),
    ).toMatch(/^try another learning rate, a larger model or more rows, as the loss no longer fell \(2\.00\)$/u)
  })
})
