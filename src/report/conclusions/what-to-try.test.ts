import { describe, expect, it } from 'vitest'
import { adviceOf, joinedAdvice } from './what-to-try.ts'

const log = (values: readonly number[]) => ({
  seed: 1,
  updates: Float64Array.from(values, (_, i) => i + 1),
  values: Float64Array.from(values),
})
const course = (of: (share: number) => number) => log(Array.from({ length: 100 }, (_, i) => of(i / 99)))

const said = (...losses: Parameters<typeof adviceOf>): string => {
  const { advice, losses: told = '' } = adviceOf(...losses)
  return advice + told
}

describe('adviceOf()', () => {
  it('says longer where the loss was still falling, and for lessons of few updates', () => {
    expect(
      said(
        course((at) => 5 - 3 * at),
        undefined,
      ),
    ).toBe('teach longer, as the loss was still falling at the end (2.74, then 2.14)')
    expect(said(log([3, 2]), undefined)).toMatch(/^teach longer, as a lesson of so few updates/u)
    expect(said(log(Array(19).fill(2)), undefined)).toMatch(/^teach longer, as a lesson of so few updates/u)
    expect(said(log(Array(20).fill(2)), undefined)).toMatch(/^try another learning rate/u)
    expect(said(undefined, undefined)).toMatch(/^teach longer/u)
  })

  it('says a lower rate where the loss rose, or is no number', () => {
    expect(
      said(
        course((at) => 2 + 3 * at),
        undefined,
      ),
    ).toMatch(/^lower the learning rate, as the loss rose from/u)
    expect(said(log([3, Number.NaN]), undefined)).toMatch(/^lower the learning rate, as the loss was no number$/u)
  })

  it('says more rows where the validation loss rose again', () => {
    const falling = course((at) => 5 - 3 * at)
    expect(said(falling, log([4, 3, 3.5]))).toBe(
      'use more training rows or fewer epochs, as the validation loss rose again from 3.00 to 3.50',
    )
    expect(said(falling, log([4, 3, 3.1]))).toMatch(/^teach longer/u)
    // An evaluation that was no number says nothing.
    expect(said(falling, log([4, Number.NaN, 3, 3.5]))).toMatch(/^use more training rows .* from 3\.00 to 3\.50$/u)
    expect(said(falling, log([3, Number.NaN, 3.5]))).toMatch(/^teach longer/u)
  })

  it('names what else there is where the loss no longer fell', () => {
    expect(
      said(
        course((at) => (at < 0.3 ? 5 - 10 * at : 2)),
        undefined,
      ),
    ).toMatch(/^try another learning rate, a larger model or more rows, as the loss no longer fell \(2\.00\)$/u)
  })
})

it('joinedAdvice says each thing once, and whose lessons call for another than most do', () => {
  const advice = (chain: string, seed: number, advice: string, losses: string) => ({ chain, seed, advice, losses })
  expect(joinedAdvice([advice('a', 1, 'teach longer', ' (3, then 2)')])).toEqual(['teach longer (3, then 2)'])
  expect(
    joinedAdvice([
      advice('a', 1, 'use more rows', ' from 2 to 3'),
      advice('a', 2, 'teach longer', ' (3, then 2)'),
      advice('b', 1, 'teach longer', ' (4, then 3)'),
    ]),
  ).toEqual(['teach longer', 'use more rows from 2 to 3: a, seed 1'])
})
