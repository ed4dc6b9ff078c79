import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { besideStudy, type Disturbance, damagedStudy, killedStudy } from '../rig/disturbed-study.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-disturbed-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Two lessons, one after the other, and a test of the second. */
const change = (text: string): string => text.replace(/chains:.*seeds/su, 'chains: [flan -> res -> a2t]\nseeds')

// The same with many more: node scripts/disturb.mjs kills|damages|beside --count 300
it.each<[string, (by: Disturbance) => ReturnType<typeof killedStudy>, number]>([
  ['killed runs come to the files of one that was left alone', killedStudy, 3],
  ['damages to a finished study are found, and mended by the next run', damagedStudy, 4],
  ['commands beside a run take nothing from it', besideStudy, 8],
])(
  '%s',
  async (_, disturb, count) => {
    const { done, failures } = await disturb({ count, seed: 1, folder, change })
    expect(failures).toEqual([])
    expect(done).toBeGreaterThanOrEqual(count)
  },
  240_000,
)
