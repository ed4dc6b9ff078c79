import { expect, test } from 'vitest'
import { pickRows, putRows } from './table-rows.ts'

test('pickRows() and putRows() move rows there and back to the bit, and touch no other', () => {
  const denormal = 1e-41
  const table = Float32Array.of(0, 1, 2, Number.NaN, denormal, 5, -0, 7)
  const picked = new Float32Array(4)
  pickRows(table, Int32Array.of(1, 3), picked)
  expect(picked).toEqual(Float32Array.of(2, Number.NaN, -0, 7))
  const other = table.slice()
  putRows(
    picked.map((value) => value + 1),
    Int32Array.of(1, 3),
    other,
  )
  expect(other).toEqual(Float32Array.of(0, 1, 3, Number.NaN, denormal, 5, 1, 8))
  pickRows(table, Int32Array.of(2, 0), picked)
  expect(picked).toEqual(Float32Array.of(denormal, 5, 0, 1))
})
