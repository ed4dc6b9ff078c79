import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { chosenRows, convertedRows, SpooledRows } from './spooled-rows.ts'

const before = process.env.TMPDIR
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
})

test('SpooledRows gives back rows from the file and from memory, and leaves nothing behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-spool-'))
  process.env.TMPDIR = folder
  const rows = new SpooledRows<{ text: string; labels?: string[] }>()
  const row = (i: number) => ({
    text: `${i} 慢的灯 \ud800 ${'x'.repeat(i % 7 === 0 ? 300_000 : 10)}`,
    labels: ['a', `"${i}"`],
  })
  for (let i = 0; i < 1000; i++) rows.push(row(i))
  expect(rows.length).toBe(1000)
  for (const i of [0, 1, 7, 500, 993, 994, 999]) expect(rows.at(i)).toEqual(row(i))
  expect(rows.at(1000)).toBeUndefined()
  rows.push(row(1000))
  expect([...rows].every(({ text }, i) => text === row(i).text)).toBe(true)
  expect(readdirSync(folder)).toEqual([])
  rmSync(folder, { recursive: true })
})

test('SpooledRows says what to do where no temporary file can be written', () => {
  process.env.TMPDIR = '/nowhere/at/all'
  const rows = new SpooledRows<string>()
  expect(() => {
    for (let i = 0; i < 40; i++) rows.push('x'.repeat(1_000_000))
  }).toThrow('Cannot keep temporary files in "/nowhere/at/all" as there is no such folder: set TMPDIR')
})

test('chosenRows() and convertedRows() make rows when they are asked for', () => {
  const texts = convertedRows(chosenRows(['a', 'b', 'c'], Int32Array.of(2, 0)), (text) => `${text}!`)
  expect([...texts]).toEqual(['c!', 'a!'])
  expect([texts.length, texts.at(1), texts.at(2)]).toEqual([2, 'a!', undefined])
})
