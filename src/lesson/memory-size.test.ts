import { expect, test } from 'vitest'
import { memoryBytes, usualSize } from './memory-size.ts'

test.each([
  ['6GB', 6e9],
  ['2.5 gib', 2.5 * 2 ** 30],
  [' 500MB ', 5e8],
  ['1KB', 1000],
  ['0.001kb', 1],
  ['0.357GB', 357e6],
])('memoryBytes(%o) is %d', (text, bytes) => {
  expect(memoryBytes(text)).toBe(bytes)
})

test.each(['', '6', '6G', '1e9', '-1GB', '0GB', '50%', '6GB of it', '1,5GB'])('memoryBytes(%o) is no size', (text) => {
  expect(memoryBytes(text)).toBeUndefined()
})

test.each([
  ['6GB', '6GB'],
  ['6000 MB', '6GB'],
  ['0.5gb', '500MB'],
  ['500MB', '500MB'],
  ['1000MB', '1GB'],
  ['1500MB', '1.5GB'],
  ['2.5GiB', '2.5GiB'],
  ['2560 mib', '2.5GiB'],
  ['0.357GB', '357MB'],
  ['999KB', '999KB'],
  ['999.999999MB', '999.999999MB'],
  ['1073741824 KiB', '1TiB'],
  ['5000TB', '5000TB'],
])('usualSize(%o) is %s', (text, usual) => {
  expect(usualSize(text)).toBe(usual)
  expect(memoryBytes(usual)).toBe(memoryBytes(text))
})
