import { setTimeout as sleep } from 'node:timers/promises'

/** Waits, but not longer than the caller wants it. @throws the signal's reason once it is aborted */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await sleep(ms, undefined, signal && { signal }).catch(() => {})
  signal?.throwIfAborted()
}
