import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from './make-folder.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'make-folder-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('makeFolder() makes a folder with those above it, and leaves one alone that is there', () => {
  const folder = temporaryFolder()
  const deep = join(folder, 'a', 'b', 'c')
  makeFolder(deep)
  makeFolder(deep)
  makeFolder(`${deep}/`)
  expect(statSync(deep).isDirectory()).toBe(true)
  symlinkSync(deep, join(folder, 'link'))
  makeFolder(join(folder, 'link'))
  makeFolder(join(folder, 'link', 'd'))
  expect(existsSync(join(deep, 'd'))).toBe(true)
})

test('makeFolder() refuses to make a folder of a file, or below one', () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(file)).toThrow('EEXIST')
  expect(() => makeFolder(join(file, 'a', 'b'))).toThrow('ENOTDIR')
})

test.skipIf(!existsSync('/proc/self'))('makeFolder() ends where the system will have no new folder', () => {
  expect(() => makeFolder('/proc/store/a')).toThrow('ENOENT')
})
