import { expect, it } from 'vitest'
import { lessonLine } from './prove-device.ts'

it('lessonLine() tells what of an update grows with its operations', () => {
  // 0.2 s, and 1e12 operations at 2e12 a second.
  const line = lessonLine(0.7, 0.5e-12, 1e12, 20e12)
  expect(line.fixedSeconds).toBeCloseTo(0.2, 9)
  expect(line.operationsPerSecond).toBeCloseTo(2e12, -3)
})

it('lessonLine() believes no lesson that is quicker than products, nor a fixed part below nothing', () => {
  // The larger update was the quicker one: 0.3 of the rate of products is taken.
  expect(lessonLine(0.7, -1e-13, 1e12, 20e12)).toMatchObject({ operationsPerSecond: 6e12 })
  expect(lessonLine(0.7, 1e-11, 1e12, 20e12).fixedSeconds).toBeCloseTo(0, 9)
  expect(lessonLine(0.01, -1, 1e12, 20e12).fixedSeconds).toBeCloseTo(0, 9)
})
