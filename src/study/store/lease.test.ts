import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { diskClock, takeLock } from '../../base/lock.ts'
import type { StepKey } from '../keys.ts'
import { livingLeases, removeDeadLeases, takeLease } from './lease.ts'
import { Store } from './store.ts'

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-lease-'))
  store = new Store(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

it('removeDeadLeases() leaves those that live, and a list whose lock may be about to be taken', () => {
  const lease = takeLease(store, ['a'.repeat(64) as StepKey])
  const [dead, fresh] = ['0'.repeat(12), '1'.repeat(12)]
  const lock = { pid: 2 ** 30, host: hostname(), process: 'x', since: '' }
  writeFileSync(join(folder, `run-${dead}.lock`), JSON.stringify(lock))
  for (const name of [dead, fresh]) writeFileSync(join(folder, `run-${name}.json`), '{"steps":[]}')
  expect(livingLeases(store).map(({ name }) => name)).toEqual([lease.name])
  expect(livingLeases(store, lease)).toEqual([])
  const left = () => readdirSync(folder).filter((name) => name.startsWith('run-'))
  const own = [`run-${lease.name}.json`, `run-${lease.name}.lock`]
  removeDeadLeases(store)
  expect(left().sort()).toEqual([`run-${fresh}.json`, ...own].sort())
  const clock = vi.spyOn(diskClock, 'nowMs').mockReturnValue(Date.now() + 61_000)
  onTestFinished(() => clock.mockRestore())
  removeDeadLeases(store)
  expect(left().sort()).toEqual(own.sort())
  lease.release()
  expect(left()).toEqual([])
})

it('takeLease() shows that it lives while it waits for the end of tidying', () => {
  const tidying = takeLock(store.tidyLockFile)
  if ('holder' in tidying) throw new Error('nobody holds it')
  const own = (): string => join(folder, readdirSync(folder).find((name) => /^run-.*\.lock$/u.test(name))!)
  const holders: number[] = []
  const lease = takeLease(store, [], ({ pid }) => {
    holders.push(pid)
    // Half a minute later.
    utimesSync(own(), 1000, 1000)
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 30_000)
    onTestFinished(() => clock.mockRestore())
    tidying.release()
  })
  expect(holders).toEqual([process.pid])
  expect(statSync(own()).mtimeMs).toBeGreaterThan(1_000_000)
  lease.release()
  expect(readdirSync(folder).filter((name) => name.startsWith('run-'))).toEqual([])
})
