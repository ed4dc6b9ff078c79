import { expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import { calibrateLabels, type JudgedLabels, labelProbabilities } from './label-calibration.ts'
import { sigmoid } from './platt.ts'

/** Labels that come true as often as `odds` says, told as `told` of it. */
function drawn(rows: number, classes: number, told: (odds: number, label: number) => number): JudgedLabels[] {
  const random = seededRandom([7, rows])
  return Array.from({ length: rows }, () => {
    const odds = Array.from({ length: classes }, () => 8 * random.uniform() - 5)
    return { logOdds: odds.map(told), truths: odds.map((value) => random.uniform() < sigmoid(value)) }
  })
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

it('calibrateLabels() brings overconfident labels down, by one scaling where labels are few', () => {
  const rows = drawn(60, 4, (odds) => 3 * odds)
  const { fit, scalings, quality, uncalibrated } = calibrateLabels(rows, 4)
  expect(fit).toBe('all labels')
  for (const { slope } of scalings) expect(slope).toBeLessThan(0.6)
  expect(quality.brier).toBeLessThan(uncalibrated.brier)
  expect(quality.ece).toBeLessThan(uncalibrated.ece)
})

it('calibrateLabels() gives labels that are told in ways of their own a scaling each, with the mean that came true', () => {
  const rows = drawn(600, 3, (odds, label) => (label === 0 ? odds + 4 : label === 1 ? odds - 4 : 2 * odds))
  const { fit, scalings } = calibrateLabels(rows, 3)
  expect(fit).toBe('label')
  expect(scalings.map(({ fittedTo }) => fittedTo)).toEqual(['label', 'label', 'label'])
  for (const label of [0, 1, 2]) {
    const told = meanOf(rows.map(({ logOdds }) => labelProbabilities(scalings, logOdds)[label]!))
    const true_ = meanOf(rows.map(({ truths }) => (truths[label] ? 1 : 0)))
    expect(Math.abs(told - true_)).toBeLessThan(0.01)
  }
})

it("calibrateLabels() measures each label's share by rows that it was not counted on, as it does scalings", () => {
  const rows: JudgedLabels[] = [true, false, false, false].map((truth) => ({ logOdds: [0], truths: [truth] }))
  // Each of four rows is a fold of its own: the first sees a share of 0, the others of 1/3.
  expect(calibrateLabels(rows, 1).constant.brier).toBeCloseTo((1 + 3 * (1 / 3) ** 2) / 4, 12)
  expect(calibrateLabels(rows.slice(0, 1), 1).constant.brier).toBe(0.25)
})

it('calibrateLabels() leaves probabilities alone that are right, and those of too few labels', () => {
  const right = calibrateLabels(
    drawn(40, 2, (odds) => odds),
    2,
  )
  expect(right.quality.brier).toBeLessThanOrEqual(right.uncalibrated.brier)
  for (const truth of [false, true]) {
    const none = calibrateLabels(
      drawn(30, 2, (odds) => odds).map((row) => ({ ...row, truths: [truth, truth] })),
      2,
    )
    expect(none.fit).toBe('none')
    expect(labelProbabilities(none.scalings, [0, 2])).toEqual([0.5, sigmoid(2)])
  }
})
