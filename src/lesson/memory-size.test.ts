import { expect, test } from 'vitest'
import { memoryBytes } from './memory-size.ts'

test.each([
  ['6GB', 6e9],
  ['2.5 gib', 2.5 * 2 ** 30],
  [' 500MB ', 5e8],
  ['1KB', 1000],
  ['0.001kb', 1],
])('memoryBytes(%o) is %d', (text, bytes) => {
  expect(memoryBytes(text)).toBe(bytes)
})

test.each(['', '6', '6G', '1e9', '-1GB', '0GB', '50%', '6GB of it', '1,5GB'])('memoryBytes(%o) is no size', (text) => {
  expect(memoryBytes(text)).toBeUndefined()
})
