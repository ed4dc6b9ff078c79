import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readPlainFile, writeFileAtomic } from '../../base/atomic-file.ts'
import { Fault } from '../../base/fault.ts'
import { diskClock, type Lock, type LockHolder, lockHolder, takeLock, whileLocked } from '../../base/lock.ts'
import { clearAway } from '../../base/temporary-folder.ts'
import type { StepKey } from '../keys.ts'
import { exists, listFolder, statOf } from './folders.ts'
import type { StoreLayout } from './layout.ts'

/** That a run is at work in a store: nobody tidies away what it reads or has just finished. */
export interface Lease {
  readonly name: string
  /** Ends it; a second call does nothing. */
  release(): void
}

export interface LivingLease {
  readonly name: string
  readonly holder: LockHolder
  /** The steps that the run reads or does; `undefined` where that cannot be told: then every step. */
  readonly steps: ReadonlySet<StepKey> | undefined
  /** When the run began, by the clock of the store's disk. */
  readonly sinceMs: number
}

/**
 * Takes a lease, `run-<name>.lock` with a heartbeat beside `run-<name>.json`, which lists the steps. One that is taken
 * while somebody tidies waits for the end of that: who tidies has looked at the leases before.
 *
 * @param onWait told once who is waited for
 * @throws {Fault} if the store cannot be written
 */
export function takeLease(
  store: StoreLayout,
  steps: Iterable<StepKey>,
  onWait: (holder: LockHolder) => void = () => {},
): Lease {
  const name = randomBytes(6).toString('hex')
  const list = join(store.folder, `run-${name}.json`)
  writeFileAtomic(list, `${JSON.stringify({ steps: [...steps] })}\n`)
  const lock = lockOrNothing(lockOf(store, name), list)
  if ('holder' in lock) throw new Error(`Somebody has the lease "${name}", whose name is drawn at random`)
  waitWhileHeld(store.tidyLockFile, lock, onWait)
  return {
    name,
    release() {
      lock.release()
      clearAway(list)
    },
  }
}

/**
 * Works under a lease, and ends it whatever comes.
 *
 * @throws {Fault} as {@link takeLease}
 */
export async function whileLeased<T>(
  store: StoreLayout,
  steps: Iterable<StepKey>,
  work: (lease: Lease) => Promise<T>,
  onWait?: (holder: LockHolder) => void,
): Promise<T> {
  const lease = takeLease(store, steps, onWait)
  try {
    return await work(lease)
  } finally {
    lease.release()
  }
}

/** The leases of runs that live, but one. */
export function livingLeases(store: StoreLayout, but?: Lease): LivingLease[] {
  return leaseNames(store).flatMap((name) => {
    const holder = lockHolder(lockOf(store, name))
    if (holder === undefined || name === but?.name) return []
    const list = join(store.folder, `run-${name}.json`)
    return [{ name, holder, steps: stepsOf(list), sinceMs: statOf(list)?.mtimeMs ?? 0 }]
  })
}

/** Removes what runs that died have left of their leases. */
export function removeDeadLeases(store: StoreLayout): void {
  const living = new Set(livingLeases(store).map(({ name }) => name))
  for (const name of leaseNames(store)) {
    if (!living.has(name) && !isJustTaken(store, name)) {
      rmSync(lockOf(store, name), { force: true })
      rmSync(join(store.folder, `run-${name}.json`), { force: true })
    }
  }
}

/**
 * Does work that removes things from a store, one at a time.
 *
 * @throws {Fault} if somebody else tidies it for longer than half a minute
 */
export function whileTidying<T>(store: StoreLayout, work: (lock: Lock) => T): T {
  const late = ({ pid, host }: LockHolder): Fault =>
    new Fault(`Cannot tidy "${store.folder}" while process ${pid} on ${host} does: wait for its end, or stop it`)
  return whileLocked(store.tidyLockFile, 30_000, late, work)
}

/** On a full disk the list may be written and the lock not. */
function lockOrNothing(path: string, list: string): ReturnType<typeof takeLock> {
  try {
    return takeLock(path)
  } catch (error) {
    clearAway(list)
    throw error
  }
}

function waitWhileHeld(path: string, own: Lock, onWait: (holder: LockHolder) => void): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let told = false; ; told = true) {
    const holder = lockHolder(path)
    if (holder === undefined) return
    if (!told) onWait(holder)
    own.beat()
    Atomics.wait(pause, 0, 0, 20)
  }
}

function leaseNames(store: StoreLayout): string[] {
  const names = listFolder(store.folder).flatMap((name) => /^run-([0-9a-f]{12})\.(?:lock|json)$/u.exec(name)?.[1] ?? [])
  return [...new Set(names)]
}

function stepsOf(list: string): LivingLease['steps'] {
  try {
    const { steps } = JSON.parse(readPlainFile(list).toString()) as { steps: StepKey[] }
    return new Set(steps)
  } catch {
    return undefined
  }
}

/** The list comes before the lock: one without a lock may be of a run that begins this moment. */
function isJustTaken(store: StoreLayout, name: string): boolean {
  if (exists(lockOf(store, name))) return false
  const stat = statOf(join(store.folder, `run-${name}.json`))
  return stat !== undefined && diskClock.nowMs(store.folder) - Number(stat.mtimeMs) < 60_000
}

function lockOf(store: StoreLayout, name: string): string {
  return join(store.folder, `run-${name}.lock`)
}
