import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder, obstacleOf } from './make-folder.ts'

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

test('obstacleOf() names what is in the way of a folder, at its path or above', () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('file'), '')
  mkdirSync(at('inner'))
  symlinkSync('inner', at('link'))
  symlinkSync('nowhere', at('dangling'))
  symlinkSync('loop', at('loop'))
  for (const free of ['inner', 'link', 'link/a', 'new', 'new/a/b']) expect(obstacleOf(at(free))).toBeUndefined()
  expect(obstacleOf(at('file'))).toBe('it is no folder')
  expect(obstacleOf(at('file/a/b'))).toBe(`"${at('file')}" is no folder`)
  expect(obstacleOf(at('dangling'))).toBe('it is a link to nowhere or to a file')
  expect(obstacleOf(at('dangling/a'))).toBe(`"${at('dangling')}" is a link to nowhere or to a file`)
  expect(obstacleOf(at('loop'))).toBe('it is a link to nowhere or to a file')
  for (const long of ['n'.repeat(300), 'n/'.repeat(3000)]) expect(obstacleOf(at(long))).toBe('its name is too long')
})
