import { Fault } from '../../base/fault.ts'
import { Slurm } from '../../cluster/slurm.ts'
import type { StepProgress } from '../../study/steps/runners.ts'
import { Interrupted } from '../print/interrupts.ts'
import type { ProgressLine } from '../print/progress-line.ts'

/** The exit code of an interruption by SIGUSR1, which Slurm sends before a job's time is over. */
const timeOver = 128 + 10

/** One job of Slurm's at a step, which may take several: before its time is over it saves its state and waits for another turn. */
export class Sitting {
  readonly #requeues: boolean
  #progress: StepProgress | undefined

  constructor(requeues: boolean) {
    this.#requeues = requeues
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

  /**
   * Puts the job back into the queue if its time was over and it got further.
   *
   * @throws {Fault} if it did not: then neither would the next one
   */
  async end(error: unknown, line: ProgressLine): Promise<void> {
    const job = process.env.SLURM_JOB_ID
    if (!this.#requeues || job === undefined || !(error instanceof Interrupted) || error.exitCode !== timeOver) return
    if (this.#progress === undefined || this.#progress.done <= this.#progress.from)
      throw new Fault('Got no further in the time of a whole job: raise "time" of "cluster", or lower what a step does')
    line.say(
      `Job ${job} goes back into the queue, and on from ${this.#progress.done} of ${this.#progress.total} ${this.#progress.unit}`,
    )
    await new Slurm().requeue(job)
  }
}
