import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { takeLock } from '../../base/lock.ts'
import { takeLease } from './lease.ts'
import { Store } from './store.ts'

it('takeLease() shows that it lives while it waits for the end of tidying', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-lease-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = new Store(folder)
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
