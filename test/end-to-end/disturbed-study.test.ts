import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { besideStudy, type Disturbance, damagedStudy, killedStudy } from '../rig/disturbed-study.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-disturbed-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

// The same with many more: node scripts/disturb.mjs kills|damages|beside --count 300
it.each<[string, (by: Disturbance) => ReturnType<typeof killedStudy>, number]>([
  ['killed runs come to the files of one that was left alone', killedStudy, 3],
  ['damages to a finished study are found, and mended by the next run', damagedStudy, 4],
  ['commands beside a run take nothing from it', besideStudy, 8],
])(
  '%s',
  async (_, disturb, count) => {
    const { done, failures } = await disturb({ count, seed: 1, folder })
    expect(failures).toEqual([])
    expect(done).toBeGreaterThanOrEqual(count)
  },
  240_000,
)
