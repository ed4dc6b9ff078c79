import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { takeLock } from '../../base/lock.ts'

export interface CardTurn {
  /** Told who is waited for, once for each. */
  readonly onWait: (sentence: string) => void
  /** Asked while it waits: true ends the waiting, and the work is not done. */
  readonly shouldStop: () => boolean
  readonly file?: string
  readonly everyMs?: number
}

/**
 * Does work while no other process of this program and user computes on this machine's graphics card: models of two of them would
 * share its memory, and each would find it full at a moment that the other decides.
 *
 * @returns `undefined` where it was stopped before its turn came
 */
export async function inCardTurn<T>(
  work: () => Promise<T>,
  { onWait, shouldStop, file = cardLock(), everyMs = 500 }: CardTurn,
): Promise<{ readonly result: T } | undefined> {
  let lock = takeLock(file)
  let toldOf: number | undefined
  for (; 'holder' in lock; lock = takeLock(file)) {
    if (shouldStop()) return undefined
    const { pid } = lock.holder
    if (pid !== toldOf) onWait(`Waiting for process ${pid}, which computes on the graphics card`)
    toldOf = pid
    await setTimeout(everyMs)
  }
  try {
    return { result: await work() }
  } finally {
    lock.release()
  }
}

/** Of this machine: homes may be shared by several. */
function cardLock(): string {
  return join(tmpdir(), `reteach-card-${userInfo().username.replace(/\W/gu, '-')}.lock`)
}
