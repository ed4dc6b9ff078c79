import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { lockHolder, takeLock } from '../../base/lock.ts'
import { clearAway } from '../../base/temporary-folder.ts'
import { listFolder, removeCounted } from './folders.ts'
import type { StoreLayout } from './layout.ts'

/** Works in a folder of the store that is gone afterwards; one that a crash has left is known by its lock. */
export async function inTrialFolder<T>({ folder }: StoreLayout, work: (folder: string) => Promise<T>): Promise<T> {
  const path = join(folder, `trial-${randomBytes(6).toString('hex')}`)
  // The lock comes before the folder, so that a folder is never without its own while it is used.
  const lock = takeLock(lockOf(path))
  if ('holder' in lock) throw new Error(`Somebody has the lock of "${path}", whose name is drawn at random`)
  try {
    mkdirSync(path)
    return await work(path)
  } finally {
    clearAway(path)
    lock.release()
  }
}

/** Removes the folders of trials that nobody makes any more. @returns their names and bytes */
export function removeTrials({ folder }: StoreLayout, dryRun: boolean): { path: string; bytes: number }[] {
  // A crash before the folder was made, or after it was removed, has left the lock alone.
  const names = new Set(listFolder(folder).flatMap((name) => /^(trial-[^.]+)(?:\.lock)?$/u.exec(name)?.[1] ?? []))
  const left = [...names].filter((name) => lockHolder(lockOf(join(folder, name))) === undefined)
  return left.map((name) => {
    const [trial, lock] = [join(folder, name), lockOf(join(folder, name))]
    return { path: name, bytes: removeCounted(trial, dryRun) + removeCounted(lock, dryRun) }
  })
}

function lockOf(trial: string): string {
  return `${trial}.lock`
}
