import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Fault } from '../fault.ts'
import { readSmallFile, readSmallJson } from './small-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'reteach-small-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('readSmallFile() reads a file whole, and files of the system that say they are empty', () => {
  const path = join(folder, 'text')
  writeFileSync(path, 'some text')
  expect(readSmallFile(path).toString()).toBe('some text')
  if (process.platform === 'linux') expect(readSmallFile('/proc/self/status').toString()).toContain('Pid:')
})

it('readSmallFile() refuses what is too large before it reads it', () => {
  const path = join(folder, 'large')
  writeFileSync(path, '')
  truncateSync(path, 5e9)
  expect(() => readSmallFile(path)).toThrow(Fault)
  if (process.platform === 'linux') expect(() => readSmallFile('/dev/zero')).toThrow('more than 64 MiB')
  expect(() => readSmallFile(join(folder, 'absent'))).toThrow('ENOENT')
})

it('readSmallJson() refuses millions of brackets, and not those within strings', () => {
  const path = join(folder, 'x.json')
  writeFileSync(path, '['.repeat(1e7))
  expect(() => readSmallJson(path)).toThrow('nested more than 200 deep')
  const json = JSON.stringify({ a: `${'['.repeat(1000)}\\"{`, b: [[1]] })
  writeFileSync(path, json)
  expect(readSmallJson(path)).toBe(json)
})
