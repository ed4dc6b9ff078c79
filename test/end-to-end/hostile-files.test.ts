import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { hostileFiles, openHostileFiles } from '../rig/hostile-files.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-hostile-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

// scripts/hostile-files.mjs opens all of them, each in a child process with limits.
const large = /,000|million|milliard|megabyte|brackets|grow|every place|long name|groups|within dicts/
const quick = [...hostileFiles].filter(([name, { slow }]) => slow !== true && !large.test(name))
const random = seededRandom(3)
const sample = quick.map(([name]) => name).filter(() => random.below(4) === 0)

test.each(sample)('%s', async (name) => {
  await openHostileFiles(name, folder)
})

test('there are as many of each kind as were promised', () => {
  const names = [...hostileFiles.keys()]
  expect(names.filter((name) => name.startsWith('pickle')).length).toBeGreaterThanOrEqual(105)
  expect(names.filter((name) => !name.startsWith('pickle')).length).toBeGreaterThanOrEqual(70)
})
