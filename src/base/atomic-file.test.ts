import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fillFileAtomic, fillFolderAtomic, readPlainFile, requireWritable, writeFileAtomic } from './atomic-file.ts'
import { Fault } from './fault.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-atomic-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('writeFileAtomic() makes folders, replaces a file and leaves nothing beside it', () => {
  const path = join(folder, 'deep', 'a.txt')
  writeFileAtomic(path, 'first, which is longer')
  writeFileAtomic(path, 'zweiteä')
  expect(readFileSync(path, 'utf8')).toBe('zweiteä')
  expect(readdirSync(join(folder, 'deep'))).toEqual(['a.txt'])
})

it('writeFileAtomic() names the file that it cannot write', () => {
  writeFileSync(join(folder, 'file'), '')
  const path = join(folder, 'file', 'a.txt')
  expect(() => writeFileAtomic(path, 'x')).toThrow(Fault)
  expect(() => writeFileAtomic(path, 'x')).toThrow(`Cannot write "${path}"`)
})

it('writeFileAtomic() and fillFolderAtomic() say that a name is too long for the one beside it', async () => {
  const path = join(folder, 'y'.repeat(250))
  const words = `Cannot write "${path}" as its name is too long`
  expect(() => writeFileAtomic(path, 'x')).toThrow(words)
  await expect(fillFolderAtomic(path, () => {})).rejects.toThrow(words)
})

it('fillFileAtomic() has the file there only once all pieces are', async () => {
  const path = join(folder, 'a.bin')
  const result = await fillFileAtomic(path, async (append) => {
    append(Uint8Array.of(1, 2))
    await new Promise(setImmediate)
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^a\.bin\.tmp-/)])
    append(Uint8Array.of())
    append(Uint8Array.of(3))
    return 'done'
  })
  expect(result).toBe('done')
  expect(readdirSync(folder)).toEqual(['a.bin'])
  expect([...readFileSync(path)]).toEqual([1, 2, 3])
})

it('fillFileAtomic() keeps the old file and passes on what went wrong between the pieces', async () => {
  const path = join(folder, 'a.bin')
  writeFileSync(path, 'old')
  const error = new RangeError('odd')
  const fill = async (append: (piece: Uint8Array) => void): Promise<void> => {
    append(Uint8Array.of(1))
    throw error
  }
  await expect(fillFileAtomic(path, fill)).rejects.toBe(error)
  expect(readFileSync(path, 'utf8')).toBe('old')
  expect(readdirSync(folder)).toEqual(['a.bin'])
})

it('readPlainFile() reads files, and waits for no pipe', () => {
  const [file, pipe] = [join(folder, 'file'), join(folder, 'pipe')]
  writeFileSync(file, 'text')
  execFileSync('mkfifo', [pipe])
  expect(readPlainFile(file).toString()).toBe('text')
  expect(() => readPlainFile(pipe)).toThrow('ENXIO')
  expect(() => readPlainFile(folder)).toThrow('EISDIR')
  expect(() => readPlainFile(join(folder, 'none'))).toThrow('ENOENT')
})

it('requireWritable() lets folders pass that are there or can be made, and makes none', () => {
  requireWritable(folder)
  requireWritable(join(folder, 'a/b'))
  expect(readdirSync(folder)).toEqual([])
})

it('requireWritable() names what is in the way', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  symlinkSync(join(folder, 'none'), join(folder, 'link'))
  expect(() => requireWritable(file)).toThrow(`Cannot write into "${file}" as it is no folder`)
  expect(() => requireWritable(join(file, 'a/b'))).toThrow(`as "${file}" is no folder`)
  expect(() => requireWritable(join(folder, 'link'))).toThrow('as it is a link to nowhere')
  expect(() => requireWritable(join(folder, 'x'.repeat(300)))).toThrow('name is too long')
})

it.skipIf(process.getuid?.() === 0)('requireWritable() sees that a folder is read-only', () => {
  mkdirSync(join(folder, 'closed'))
  chmodSync(join(folder, 'closed'), 0o500)
  expect(() => requireWritable(join(folder, 'closed', 'a'))).toThrow('read-only for this user')
})
