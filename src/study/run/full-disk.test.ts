import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { smallDisk } from '../../../test/rig/small-disk.ts'
import { appendToPlainFile } from '../../base/atomic-file.ts'
import { takeLock } from '../../base/lock.ts'
import type { StepKey } from '../keys.ts'
import { takeLease } from '../store/lease.ts'
import { Store } from '../store/store.ts'
import { collectGarbage } from './garbage.ts'

const folder = mkdtempSync(join(tmpdir(), 'reteach-full-'))
const disk = smallDisk(join(folder, 'disk'), 1)
afterAll(() => {
  disk?.unmount()
  rmSync(folder, { recursive: true, force: true })
})

const key = 'a'.repeat(64) as StepKey
const other = 'b'.repeat(64) as StepKey

let store: Store
beforeEach(() => {
  if (disk === undefined) return
  for (const name of readdirSync(disk.folder)) rmSync(join(disk.folder, name), { recursive: true })
  store = new Store(join(disk.folder, 'store'))
})

/** @param minutes since it was written */
function write(path: string, minutes: number): string {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, Buffer.alloc(5000))
  const time = Date.now() / 1000 - 60 * minutes
  utimesSync(path, time, time)
  utimesSync(join(path, '..'), time, time)
  return path
}

const bestOf = (step: StepKey, minutes: number) => write(join(store.stateFolder('teach', step), 'best-3.bin'), minutes)
const gc = () => collectGarbage(store, { plans: [], dryRun: false })

it.skipIf(disk === undefined)('appendToPlainFile() adds no part of a text on a full disk', () => {
  const path = join(disk!.folder, 'lines')
  appendToPlainFile(path, 'one\n')
  disk!.fill(2)
  expect(() => appendToPlainFile(path, 'x'.repeat(20_000))).toThrow('ENOSPC')
  expect(readFileSync(path, 'utf8')).toBe('one\n')
  appendToPlainFile(path, 'two\n')
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
})

describe.skipIf(disk === undefined)('collectGarbage() on a full disk', () => {
  it('removes rests of crashes where there is no room for any lock, and what is younger once there is', () => {
    bestOf(key, 5)
    write(join(store.folder, 'teach', `${key}.tmp-7-00`, 'model.safetensors'), 5)
    bestOf(other, 0)
    disk!.fill()
    expect(gc()).toEqual([
      { kind: 'teach', key, what: 'rests', bytes: 10_000 },
      { kind: 'teach', key: other, what: 'rests', bytes: 5000 },
    ])
    expect(readdirSync(join(store.folder, 'teach')).sort()).toEqual([`${key}.state`, `${other}.state`])
  })

  it('removes what there is where there is room for its own lock alone', () => {
    bestOf(key, 0)
    disk!.fill(1)
    expect(gc()).toEqual([{ kind: 'teach', key, what: 'rests', bytes: 5000 }])
  })

  it('gives up what is worked out again last, memories of what files hold at the end', () => {
    bestOf(key, 0)
    write(join(store.folder, 'confidences', 'x.json'), 0)
    write(store.inputHashesFile, 0)
    disk!.fill()
    expect(gc()).toEqual([
      { path: 'confidences', what: 'cache', bytes: 5000 },
      { kind: 'teach', key, what: 'rests', bytes: 5000 },
    ])
    expect(readdirSync(store.folder).sort()).toEqual(['input-hashes.json', 'teach'])
    rmSync(join(disk!.folder, 'filling'))
    disk!.fill()
    expect(gc()).toEqual([{ path: 'input-hashes.json', what: 'cache', bytes: 5000 }])
  })

  it('leaves the rests of a step that somebody is at, that a run needs, or that are of this moment', () => {
    const kept = [bestOf(key, 5), bestOf(other, 5), bestOf('c'.repeat(64) as StepKey, 0)]
    const lock = takeLock(join(store.folder, 'teach', `${key}.lock`))
    const lease = takeLease(store, [other])
    disk!.fill()
    expect(gc).toThrow(/^Cannot write ".*tidy\.lock" as the disk is full/u)
    expect(kept.map((path) => readdirSync(join(path, '..')))).toEqual(kept.map(() => ['best-3.bin']))
    lease.release()
    if ('release' in lock) lock.release()
  })
})
