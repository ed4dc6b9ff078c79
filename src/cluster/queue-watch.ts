import { setTimeout as sleep } from 'node:timers/promises'
import { isHopeful, type QueuedJob } from './queue.ts'

/** How a job has ended: as the queue says, or it knows nothing of it any more. */
export type EndInQueue = QueuedJob | 'gone' | 'stopped'

interface Watcher {
  readonly job: string
  /** Questions to the queue that had been asked when the job was submitted: older answers do not know it. */
  readonly since: number
  onLook(job: QueuedJob): void
  resolve(end: EndInQueue): void
  reject(error: unknown): void
}

/** Asks the queue once for all jobs that are watched, at even times. */
export class QueueWatch {
  readonly #ask: () => Promise<QueuedJob[]>
  readonly #pollMs: number
  readonly #signal: AbortSignal
  readonly #onLook: (jobs: ReadonlyMap<string, QueuedJob>) => void
  readonly #watchers = new Set<Watcher>()
  #jobs: ReadonlyMap<string, QueuedJob> = new Map()
  #asked = 0
  #looping = false

  constructor(options: {
    ask(): Promise<QueuedJob[]>
    pollMs: number
    signal: AbortSignal
    onLook?(jobs: ReadonlyMap<string, QueuedJob>): void
  }) {
    this.#ask = options.ask
    this.#pollMs = options.pollMs
    this.#signal = options.signal
    this.#onLook = options.onLook ?? (() => {})
  }

  /** The queue as it was when it was last asked. */
  get jobs(): ReadonlyMap<string, QueuedJob> {
    return this.#jobs
  }

  /** The queue as it is now. */
  async look(): Promise<ReadonlyMap<string, QueuedJob>> {
    const number = ++this.#asked
    const jobs = new Map((await this.#ask()).map((job) => [job.id, job]))
    this.#jobs = jobs
    this.#onLook(jobs)
    for (const watcher of this.#watchers) if (watcher.since < number) this.#tell(watcher)
    return jobs
  }

  /** Waits for the end of a job that has just been submitted or was in the queue. */
  async endOf(job: string, onLook: (job: QueuedJob) => void): Promise<EndInQueue> {
    return await new Promise((resolve, reject) => {
      if (this.#signal.aborted) {
        resolve('stopped')
        return
      }
      this.#watchers.add({ job, since: this.#asked, onLook, resolve, reject })
      if (!this.#looping) void this.#loop()
    })
  }

  #tell(watcher: Watcher): void {
    const job = this.#jobs.get(watcher.job)
    if (job !== undefined && isHopeful(job)) {
      watcher.onLook(job)
      return
    }
    this.#watchers.delete(watcher)
    watcher.resolve(job ?? 'gone')
  }

  async #loop(): Promise<void> {
    this.#looping = true
    try {
      while (this.#watchers.size > 0) {
        const began = performance.now()
        await sleep(this.#pollMs, undefined, { signal: this.#signal }).catch(() => {})
        if (this.#signal.aborted) break
        await this.look()
        // A controller that takes long to answer is asked less often.
        const spent = performance.now() - began - this.#pollMs
        if (spent > this.#pollMs / 10) await sleep(10 * spent, undefined, { signal: this.#signal }).catch(() => {})
      }
      this.#endAll((watcher) => watcher.resolve('stopped'))
    } catch (error) {
      this.#endAll((watcher) => watcher.reject(error))
    } finally {
      this.#looping = false
    }
  }

  #endAll(end: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchers) end(watcher)
    this.#watchers.clear()
  }
}
