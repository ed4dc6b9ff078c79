import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { calibrationQuality } from './calibration-quality.ts'
import { fitPlatt, plattProbability } from './platt.ts'

interface Case {
  readonly name: string
  readonly logOdds: readonly number[]
  readonly truths: readonly boolean[]
  readonly slope: number
  readonly intercept: number
  readonly brier: number
}

const file = new URL('../../../test/fixtures/calibration/platt.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[]

describe('fitPlatt()', () => {
  it.each(cases.filter(({ slope }) => slope > 0))('finds the minimum of scikit-learn: $name', (golden) => {
    const { logOdds, truths } = golden
    const scaling = fitPlatt(logOdds, truths)
    expect(scaling.slope / golden.slope).toBeCloseTo(1, 3)
    expect(Math.abs(scaling.intercept - golden.intercept)).toBeLessThan(1e-3)
    const probabilities = logOdds.map((odds) => plattProbability(scaling, odds))
    expect(calibrationQuality(probabilities, truths).brier).toBeCloseTo(golden.brier, 5)
  })

  it('never turns more into less: log-odds of no use get the share of the truths', () => {
    const { logOdds, truths, slope } = cases.find(({ name }) => name === 'of no use')!
    expect(slope).toBeLessThan(0)
    const scaling = fitPlatt(logOdds, truths)
    expect(scaling.slope).toBe(0)
    expect(plattProbability(scaling, 3)).toBeCloseTo(truths.filter(Boolean).length / truths.length, 2)
  })

  it('stays finite where all log-odds are alike', () => {
    const { slope, intercept } = fitPlatt([2, 2, 2, 2], [true, false, true, true])
    expect(Number.isFinite(slope) && Number.isFinite(intercept)).toBe(true)
  })
})

describe('calibrationQuality()', () => {
  it('is 0 for perfect certainty, and adds up the gaps of the bins by their sizes', () => {
    expect(calibrationQuality([0, 1, 1], [false, true, true])).toEqual({ brier: 0, ece: 0 })
    // One bin says 0.25 of four of which two came true, another 0.95 of one that did.
    const { brier, ece } = calibrationQuality([0.25, 0.25, 0.25, 0.25, 0.95], [true, true, false, false, true])
    expect(ece).toBeCloseTo((4 * 0.25 + 0.05) / 5, 12)
    expect(brier).toBeCloseTo((2 * 0.75 ** 2 + 2 * 0.25 ** 2 + 0.05 ** 2) / 5, 12)
  })
})
