import { existsSync, rmSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { Fault } from './fault.ts'
import { temporaryFolder } from './temporary-folder.ts'

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
