import { expect, it } from 'vitest'
import { calibrationQuality } from './calibration-quality.ts'

it('calibrationQuality() weighs the gap of each tenth by its rows, certainty among them', () => {
  // 0.05 and 0.05 with one truth, 0.95 and 1 with one: gaps of 0.9 and 0.95 over four rows.
  const { brier, ece } = calibrationQuality([0.05, 0.05, 0.95, 1], [true, false, false, true])
  expect(ece).toBeCloseTo((0.9 + 0.95) / 4, 12)
  expect(brier).toBeCloseTo((0.95 ** 2 + 0.05 ** 2 + 0.95 ** 2) / 4, 12)
  expect(calibrationQuality([1], [false])).toEqual({ brier: 1, ece: 1 })
  expect(calibrationQuality([], [])).toEqual({ brier: 0, ece: 0 })
})
