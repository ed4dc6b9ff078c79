import { describe, expect, it } from 'vitest'
import { expectNear, metricsGolden } from '../../../test/rig/metrics-golden.ts'
import { smallestDetectableDifference } from './detectable-difference.ts'
import { holmCorrection } from './holm.ts'
import { pairedTTest, tInterval, wilsonInterval } from './intervals.ts'
import { mcNemarP, mcNemarTest } from './mcnemar.ts'
import { normalQuantile } from './normal-quantile.ts'
import { studentQuantile, studentTail } from './student-t.ts'

interface PairedCase {
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly t: number
  readonly p: number
  readonly diff_ci95: readonly [number, number]
}

interface StudentCase extends PairedCase {
  readonly mean_ci95: readonly [number, number]
  readonly std: number
  readonly sem: number
}

interface Distributions {
  readonly student: readonly [df: number, t: number, cdf: number, tail: number][]
  readonly quantiles: readonly [df: number, p: number, t: number][]
  readonly normal: readonly [p: number, z: number][]
  readonly mcnemar: readonly [onlyA: number, onlyB: number, p: number][]
  readonly wilson: readonly [hits: number, n: number, level: number, low: number, high: number][]
  readonly paired: readonly PairedCase[]
}

const { student } = metricsGolden<{ readonly student: readonly StudentCase[] }>('statistics')
const golden = metricsGolden<Distributions>('distributions')

/** For values that may be very large or very small. */
function expectRelative(found: number, wanted: number, tolerance = 1e-10): void {
  const scale = Math.abs(wanted)
  if (!(Math.abs(found - wanted) <= tolerance * scale)) expect.fail(`${found} for ${wanted}`)
}

describe('t tests and intervals equal scipy within 1e-9', () => {
  it.each([...student, ...golden.paired].map((wanted) => [wanted.a.length, wanted] as const))(
    '%i pairs',
    (_, wanted) => {
      const found = pairedTTest(wanted.a, wanted.b)
      expectNear(
        [found.t, found.p, found.low, found.high],
        [wanted.t, wanted.p, ...wanted.diff_ci95],
        't, p, low, high',
      )
      expect(found.df).toBe(wanted.a.length - 1)
    },
  )

  it.each(student.map((wanted, i) => [i, wanted] as const))('interval of the mean %i', (_, wanted) => {
    const found = tInterval(wanted.b)
    expectNear(
      [found.low, found.high, found.standardDeviation, found.standardError],
      [...wanted.mean_ci95, wanted.std, wanted.sem],
      'low, high, deviation, error',
    )
  })

  it('refuse a single value, lists of unlike length and a level of 95', () => {
    expect(() => tInterval([1])).toThrow(/from 1 value: two are needed/)
    expect(() => pairedTTest([1, 2], [1])).toThrow(/2 values with 1/)
    expect(() => tInterval([1, 2], 95)).toThrow('Wrong value of "level": it must be a number between 0 and 1')
  })

  it('say that equal systems are equal', () => {
    expect(pairedTTest([1, 2, 3], [1, 2, 3])).toMatchObject({ t: 0, p: 1, low: 0, high: 0 })
    expect(pairedTTest([1, 2, 3], [2, 3, 4])).toMatchObject({ t: Number.POSITIVE_INFINITY, p: 0 })
  })
})

describe('distributions equal scipy', () => {
  it('studentTail() within 1e-10 relative', () => {
    expect(golden.student.length).toBe(110)
    for (const [df, t, cdf, tail] of golden.student) {
      expectRelative(studentTail(t, df), tail)
      expect(Math.abs(1 - studentTail(t, df) - cdf)).toBeLessThanOrEqual(1e-12)
    }
  })

  it('studentTail() of one degree of freedom is ½ - atan(t)/π', () => {
    for (const t of [0, 1e-8, 0.5, 3, 1e6]) {
      expect(Math.abs(studentTail(t, 1) - 0.5 + Math.atan(t) / Math.PI)).toBeLessThan(1e-15)
    }
  })

  it('studentQuantile() and normalQuantile() within 1e-10 relative', () => {
    expect(golden.quantiles.length).toBe(110)
    for (const [df, p, t] of golden.quantiles) expectRelative(studentQuantile(p, df), t)
    for (const [p, z] of golden.normal) expectRelative(normalQuantile(p), z)
    expect(() => normalQuantile(1)).toThrow(/probability 1/)
  })

  it('wilsonInterval() within 1e-12', () => {
    expect(golden.wilson.length).toBe(24)
    for (const [hits, n, level, low, high] of golden.wilson) {
      const found = wilsonInterval(hits, n, level)
      expect(Math.abs(found.low - low)).toBeLessThanOrEqual(1e-12)
      expect(Math.abs(found.high - high)).toBeLessThanOrEqual(1e-12)
    }
    for (let n = 1; n < 200; n++) expect([wilsonInterval(0, n).low, wilsonInterval(n, n).high]).toEqual([0, 1])
    expect(() => wilsonInterval(2, 1)).toThrow(/2 of 1/)
  })

  it('mcNemarP() within 1e-10 relative', () => {
    expect(golden.mcnemar.length).toBe(11)
    for (const [onlyA, onlyB, p] of golden.mcnemar) expectRelative(mcNemarP(onlyA, onlyB), p)
  })
})

describe('mcNemarTest()', () => {
  it('counts the examples that only one system has right', () => {
    expect(mcNemarTest([1, 1, 1, 0, 0], [1, 0, 0, 0, 0])).toEqual({ onlyA: 2, onlyB: 0, p: expect.closeTo(0.5, 12) })
    expect(mcNemarTest([1, 0, 1], [1, 1, 0])).toEqual({ onlyA: 1, onlyB: 1, p: 1 })
    expect(() => mcNemarTest([1], [])).toThrow(/1 examples with 0/)
  })
})

describe('holmCorrection()', () => {
  it('multiplies the smallest by m, the next by m - 1, and never falls', () => {
    const found = holmCorrection([0.04, 0.01, 0.03, 0.5])
    expectNear(found, [0.09, 0.04, 0.09, 0.5])
    expect(holmCorrection([0.6, 0.9])).toEqual([1, 1])
    expect(holmCorrection([])).toEqual([])
    expect(() => holmCorrection([Number.NaN])).toThrow('"pValues": it must be a list of numbers')
  })
})

describe('smallestDetectableDifference()', () => {
  it('is 2.8 standard errors at the usual level and power', () => {
    expect(smallestDetectableDifference(1)).toBeCloseTo(1.959963984540054 + 0.8416212335729143, 12)
    expect(smallestDetectableDifference(0.5, 0.01, 0.9)).toBeCloseTo((2.5758293035489004 + 1.2815515655446004) / 2, 12)
  })
})
