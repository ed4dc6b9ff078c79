import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { quantizeMatrix, turnMatrix } from './quantized-matrix.ts'

test('quantizeMatrix() is nowhere farther off than half a step of its row, and keeps zero', () => {
  const [rows, width] = [5, 70]
  const random = seededRandom(1)
  const data = Float32Array.from(
    { length: rows * width },
    (_, at) => random.normal() * 10 ** (Math.floor(at / width) - 3),
  )
  data.fill(0, 3 * width, 4 * width)
  const { bytes, scales } = quantizeMatrix(data, width)
  data.forEach((value, at) => {
    const scale = scales[Math.floor(at / width)]!
    expect(Math.abs((bytes[at]! - 128) * scale - value)).toBeLessThanOrEqual(scale * 0.500001)
  })
  expect(new Set(bytes.subarray(3 * width, 4 * width))).toEqual(new Set([128]))
  expect(Math.min(...bytes)).toBeGreaterThanOrEqual(1)
})

test('turnMatrix() puts rows in the place of columns', () => {
  const [rows, width] = [67, 130]
  const bytes = Uint8Array.from({ length: rows * width }, (_, at) => (at * 7) % 251)
  const turned = turnMatrix(bytes, width)
  for (const [row, column] of [
    [0, 0],
    [66, 129],
    [3, 100],
    [65, 64],
  ] as const) {
    expect(turned[column * rows + row]).toBe(bytes[row * width + column])
  }
  expect(turnMatrix(turned, rows)).toEqual(bytes)
})
