import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HashMemory } from './hash-memory.ts'
import { openSealedJson, readSealedJson, sealedJson } from './sealed-json.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-hashes-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const facts = (name: string) => statSync(join(folder, name))
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60))

it('HashMemory knows a file again in the next process, and not one that was changed, replaced or dated back', async () => {
  const [file, path] = [join(folder, 'memory.json'), join(folder, 'a')]
  writeFileSync(path, 'one')
  const memory = new HashMemory(file)
  memory.note('a', facts('a'), 'young')
  expect(memory.recall('a', facts('a'))).toBeUndefined()
  await settle()
  memory.note('a', facts('a'), 'hash')
  memory.save()
  const { atime, mtime } = statSync(path)
  const next = new HashMemory(file)
  expect(next.recall('a', facts('a'))).toBe('hash')
  writeFileSync(path, 'two')
  utimesSync(path, atime, mtime)
  expect(next.recall('a', facts('a'))).toBeUndefined()
  writeFileSync(join(folder, 'b'), 'one')
  utimesSync(join(folder, 'b'), atime, mtime)
  renameSync(join(folder, 'b'), path)
  expect(next.recall('a', facts('a'))).toBeUndefined()
  expect(next.knows('a')).toBe(true)
})

it('HashMemory is empty where its file is damaged, and left out where it cannot be written', async () => {
  const file = join(folder, 'memory.json')
  writeFileSync(join(folder, 'a'), 'one')
  await settle()
  const memory = new HashMemory(file)
  memory.note('a', facts('a'), 'hash')
  memory.save()
  writeFileSync(file, JSON.stringify({ sha256: { a: readSealedJson(file) } }))
  expect(new HashMemory(file).knows('a')).toBe(false)
  const lost = new HashMemory(join(folder, 'a', 'memory.json'))
  lost.note('../a', facts('a'), 'hash')
  expect(() => lost.save()).not.toThrow()
})

it('sealedJson() is read back, and not with any character changed', () => {
  const value = { '2': 'b', '1': [1, null, 'ö"\\'], text: '","seal":"' }
  const text = sealedJson(value)
  expect(openSealedJson(text)).toEqual(value)
  for (let at = 0; at < text.length; at++) {
    const other = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
    expect(openSealedJson(other)).toBeUndefined()
  }
  for (const other of ['', '{}', text.trimEnd(), `${text}\n`]) expect(openSealedJson(other)).toBeUndefined()
})
