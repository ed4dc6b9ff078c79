import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { Fault } from './fault.ts'
import { clearAway, temporaryFolder } from './temporary-folder.ts'

afterEach(() => vi.unstubAllEnvs())

test('temporaryFolder() makes a folder', () => {
  const folder = temporaryFolder('reteach-x-')
  expect(existsSync(folder)).toBe(true)
  rmSync(folder, { recursive: true })
})

test('temporaryFolder() says what TMPDIR names', () => {
  vi.stubEnv('TMPDIR', '/nowhere/at/all')
  expect(() => temporaryFolder('reteach-x-')).toThrow(
    new Fault(
      'Cannot keep temporary files in "/nowhere/at/all" as there is no such folder: set TMPDIR to one that is there',
    ),
  )
  vi.stubEnv('TMPDIR', import.meta.filename)
  expect(() => temporaryFolder('reteach-x-')).toThrow(/as it is a file: set TMPDIR to a folder$/)
})

test('clearAway() removes what is there, and lets what it cannot remove be', () => {
  const folder = temporaryFolder('reteach-x-')
  mkdirSync(join(folder, 'inner'))
  writeFileSync(join(folder, 'inner', 'file'), '')
  clearAway(join(folder, 'y'.repeat(300)))
  clearAway(join(folder, 'inner'))
  expect(existsSync(join(folder, 'inner'))).toBe(false)
  clearAway(folder)
  clearAway(folder)
  expect(existsSync(folder)).toBe(false)
})
