import { expect, test } from 'vitest'
import { fillNormal } from './fill-normal.ts'
import { seededRandom } from './random.ts'

test('fillNormal() draws the normal distribution: moments and probabilities within 4.5 standard errors', () => {
  const values = new Float32Array(500_000)
  fillNormal(values, 1, seededRandom(9))
  const share = (holds: (value: number) => boolean) => sumOf(values, (value) => (holds(value) ? 1 : 0))
  const withinErrors = (found: number, wanted: number, variance: number, what: string) =>
    expect(Math.abs(found / values.length - wanted), what).toBeLessThan(4.5 * Math.sqrt(variance / values.length))
  const moment = (power: number) => sumOf(values, (value) => value ** power)
  withinErrors(moment(1), 0, 1, 'mean')
  withinErrors(moment(2), 1, 2, 'variance')
  withinErrors(moment(3), 0, 15, 'skewness')
  withinErrors(moment(4), 3, 96, 'kurtosis')
  // Two-sided tails of the standard normal, the last one beyond the ziggurat's rectangles.
  for (const [bound, p] of [
    [0.2, 0.8414805811217939],
    [1, 0.31731050786291415],
    [2, 0.04550026389635839],
    [3, 0.0026997960632601866],
    [3.6, 0.00031821718031506727],
  ] as const) {
    withinErrors(
      share((value) => Math.abs(value) > bound),
      p,
      p * (1 - p),
      `beyond ${bound}`,
    )
  }
  withinErrors(
    share((value) => value > 0),
    0.5,
    0.25,
    'above 0',
  )
})

test('fillNormal() multiplies by the standard deviation', () => {
  const one = new Float32Array(100)
  const half = new Float32Array(100)
  fillNormal(one, 1, seededRandom(2))
  fillNormal(half, 0.5, seededRandom(2))
  expect(half).toEqual(one.map((value) => value / 2))
})

function sumOf(values: Float32Array, term: (value: number) => number): number {
  let sum = 0
  for (const value of values) sum += term(value)
  return sum
}
