import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FuzzTarget, fuzzOnce, fuzzTargets } from '../rig/fuzz-data.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

// scripts/fuzz-data.mjs runs ten thousand of each; these are the first of them.
test.each(Object.keys(fuzzTargets) as FuzzTarget[])(
  'mutated files of %s are read or refused with a sentence',
  async (target) => {
    const outcomes: string[] = []
    for (let seed = 0; seed < 60; seed++) outcomes.push(await fuzzOnce(target, seed, folder))
    expect(new Set(outcomes)).toContain('fault')
  },
)
