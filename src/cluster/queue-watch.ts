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

/** A controller that takes this long to answer has much to do, and is asked less often. */
const slowMs = 1000

/** Asks the queue once for all jobs that are watched, at even times. */
export class QueueWatch {
  readonly #ask: () => Promise<QueuedJob[]>
  readonly #pollMs: number
  readonly #signal: AbortSignal
  readonly #onLook: (jobs: ReadonlyMap<string, QueuedJob>) => void
  readonly #watchers = new Set<Watcher>()
  #jobs: ReadonlyMap<string, QueuedJob> = new Map()
  #asked = 0
  #mayAskMs = 0
  #next: Promise<void> | undefined
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

  /**
   * Looks at the queue: at once where that was not done of late, else when it is time. Everybody who asks meanwhile has the
   * same look, so that the controller is asked no more often, however many jobs there are.
   *
   * @throws {Fault} if the controller does not answer
   */
  async look(): Promise<void> {
    this.#next ??= this.#lookInTime()
    await this.#next
  }

  async #lookInTime(): Promise<void> {
    const wait = Math.max(0, this.#mayAskMs - performance.now())
    await sleep(wait, undefined, { signal: this.#signal }).catch(() => {})
    // Who asks from now on may know of jobs that this look does not.
    this.#next = undefined
    if (!this.#signal.aborted) await this.#lookNow()
  }

  async #lookNow(): Promise<void> {
    const number = ++this.#asked
    const began = performance.now()
    this.#mayAskMs = began + this.#pollMs
    const jobs = new Map((await this.#ask()).map((job) => [job.id, job]))
    const tookMs = performance.now() - began
    if (tookMs > slowMs) this.#mayAskMs = performance.now() + 10 * tookMs
    this.#jobs = jobs
    this.#onLook(jobs)
    for (const watcher of this.#watchers) if (watcher.since < number) this.#tell(watcher)
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
      while (this.#watchers.size > 0 && !this.#signal.aborted) await this.look()
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
