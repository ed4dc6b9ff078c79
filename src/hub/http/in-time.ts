/**
 * Waits for work that may never settle: on some broken gzip the body of Node 20's fetch neither fails nor heeds its signal.
 *
 * @param late what is said of it after `ms`
 * @throws what the work throws, the signal's reason once it is aborted, or an Error of `late`
 */
export async function inTime<T>(work: Promise<T>, ms: number, late: string, signal?: AbortSignal): Promise<T> {
  let stop = (): void => {}
  const ended = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal?.reason)
    const timer = setTimeout(() => reject(new Error(late)), Math.max(0, ms))
    stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    stop()
  }
}
