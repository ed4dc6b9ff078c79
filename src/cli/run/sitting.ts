import { Fault } from '../../base/fault.ts'
import type { LockHolder } from '../../base/lock.ts'
import { JobLedger } from '../../cluster/job-ledger.ts'
import { Slurm } from '../../cluster/slurm.ts'
import type { StepProgress } from '../../study/steps/runners.ts'
import type { StoreLayout } from '../../study/store/layout.ts'
import { Interrupted } from '../print/interrupts.ts'
import type { ProgressLine } from '../print/progress-line.ts'
import { warning } from '../print/tell-notes.ts'

/** The exit code of an interruption by SIGUSR1, which Slurm sends before a job's time is over. */
const timeOver = 128 + 10

/** A busy node, or a warning that came early, may leave a job no time to get anywhere; so many in a row have another reason. */
const mostIdle = 3

/** A job that waits may as well wait where it is, while the controller does not answer. */
const requeuePatienceMs = 30_000

/** One job of Slurm's at a step, which may take several: before its time is over it saves its state and waits for another turn. */
export class Sitting {
  readonly #requeues: boolean
  readonly #ledger: JobLedger
  readonly #key: string
  #progress: StepProgress | undefined

  constructor(store: StoreLayout, key: string, requeues: boolean) {
    this.#requeues = requeues
    this.#ledger = new JobLedger(store)
    this.#key = key
  }

  get signals(): readonly 'SIGUSR1'[] {
    return this.#requeues ? ['SIGUSR1'] : []
  }

  get stopSentence(): string | undefined {
    return this.#requeues ? 'Saving the state: this job is asked to end' : undefined
  }

  onProgress(progress: StepProgress): void {
    this.#progress = progress
  }

  /** That the step came to an end of its own. */
  finish(): void {
    if (this.#requeues) this.#ledger.forgetIdle(this.#key)
  }

  /** The job that makes way while another process is at its step; `undefined` for what is no job. */
  get #jobInQueue(): string | undefined {
    return this.#requeues ? process.env.SLURM_JOB_ID : undefined
  }

  /** Whether it waits for a process that is at its step: a job that ends would have failed, and with it all that wait for it. */
  get waitsForOthers(): boolean {
    return this.#jobInQueue !== undefined
  }

  /**
   * Puts the job back into the queue as another process is at its step: its next turn finds the step finished, or free. That is
   * no failure, so that what waits for the job goes on waiting, and nothing is counted.
   *
   * @returns whether it has: where Slurm refuses it the job can but wait where it is
   */
  async makeWay({ pid, host }: LockHolder, line: ProgressLine): Promise<boolean> {
    const job = this.#jobInQueue
    if (job === undefined) throw new Error('What is no job has no place in the queue')
    const why = `process ${pid} on ${host} is working on it`
    try {
      line.say(`Job ${job} goes back into the queue, as ${why}`)
      await new Slurm({ patienceMs: requeuePatienceMs }).requeue(job)
      return true
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      line.say(warning(`${error.message}: job ${job} waits here, as ${why}`))
      return false
    }
  }

  /**
   * Puts the job back into the queue if its time was over.
   *
   * @throws {Fault} if it got no further for the third time in a row: then neither would the next one
   */
  async end(error: unknown, line: ProgressLine): Promise<void> {
    const job = this.#jobInQueue
    if (job === undefined || !(error instanceof Interrupted) || error.exitCode !== timeOver) return
    const { done, from, total, unit } = this.#progress ?? { done: 0, from: 0, total: 0, unit: '' }
    if (done > from) this.#ledger.forgetIdle(this.#key)
    else if (this.#ledger.countIdle(this.#key) >= mostIdle) {
      this.#ledger.forgetIdle(this.#key)
      throw new Fault(
        `Got no further in ${mostIdle} jobs in a row: raise "time" of "cluster", or lower what a step does`,
      )
    }
    const where = done > from ? `, and on from ${done} of ${total} ${unit}` : '; it had not got any further'
    line.say(`Job ${job} goes back into the queue${where}`)
    await new Slurm().requeue(job)
  }
}
