import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../base/fault.ts'
import { type QueuedJob, queueFormat, readQueue } from './queue.ts'
import { readLimits, type SiteLimits } from './site-limits.ts'

/** How long a controller that does not answer is waited for. */
const patienceMs = 10 * 60_000

export interface SlurmOptions {
  /** Told once when the controller is away, and once when it is back. */
  onNotice?(sentence: string): void
  readonly signal?: AbortSignal
  /** @default ten minutes */
  readonly patienceMs?: number
}

/** Slurm, as its commands are: `sbatch`, `squeue`, `scontrol`, `scancel`. */
export class Slurm {
  readonly #options: SlurmOptions

  constructor(options: SlurmOptions = {}) {
    this.#options = options
  }

  /**
   * Submits a script.
   *
   * @returns the job's number
   * @throws {NoRoom} if there are too many jobs of the user in the queue
   * @throws {Fault} if Slurm refuses it, in Slurm's words
   */
  async submit(script: string): Promise<string> {
    const told = await this.#ask('sbatch', ['--parsable'], { input: script })
    // `123;cluster` where there are several clusters.
    return told.trim().split(';', 1)[0]!
  }

  /** Own jobs that are in the queue, and those that have ended of late. */
  async queue(): Promise<QueuedJob[]> {
    const me = userInfo().username
    const options = ['--noheader', '--array', '--states=all', `--user=${me}`, `--format=${queueFormat}`]
    const { signal } = this.#options
    return readQueue(await this.#ask('squeue', options, { ...(signal && { signal }) }))
  }

  /** Ends jobs; those that have ended already are no fault. */
  async cancel(jobs: readonly string[]): Promise<void> {
    for (let from = 0; from < jobs.length; from += 500)
      await this.#ask('scancel', ['--quiet', ...jobs.slice(from, from + 500)])
  }

  /** Ends jobs that wait, and none that has begun meanwhile. */
  async cancelWaiting(jobs: readonly string[]): Promise<void> {
    await this.#ask('scancel', ['--quiet', '--state=PENDING', ...jobs])
  }

  /** Puts a job of one's own back into the queue. */
  async requeue(job: string): Promise<void> {
    await this.#ask('scontrol', ['requeue', job])
  }

  /** What the site allows. */
  async limits(partition: string | undefined): Promise<SiteLimits> {
    const config = await this.#ask('scontrol', ['show', 'config'])
    const partitions = await this.#ask('scontrol', ['show', 'partition', '--oneliner'])
    return readLimits({ config, partitions, association: await this.#association() }, partition)
  }

  /** The user's own limits stand in the accounting data base, which not every site has. */
  async #association(): Promise<string> {
    const options = ['--noheader', '--parsable2', 'show', 'associations', `user=${userInfo().username}`]
    try {
      return await run('sacctmgr', [...options, 'format=MaxSubmitJobs'])
    } catch {
      return ''
    }
  }

  /** Waits for a controller that is away: it may be restarting. */
  async #ask(command: string, args: readonly string[], more: CommandOptions = {}): Promise<string> {
    const { signal, onNotice, patienceMs: patience = patienceMs } = this.#options
    const deadline = performance.now() + patience
    for (let wait = 1000, told = false; ; wait = Math.min(2 * wait, 15_000)) {
      try {
        const answer = await run(command, args, more)
        if (told) onNotice?.('The controller of Slurm answers again')
        return answer
      } catch (error) {
        const left = deadline - performance.now()
        if (!(error instanceof Unanswered) || left <= 0 || signal?.aborted) throw error
        if (!told) onNotice?.(`${error.message}: waiting for it`)
        told = true
        await sleep(Math.min(wait, left), undefined, { ...(signal === undefined ? {} : { signal }) }).catch(() => {})
      }
    }
  }
}

/** The site takes no more jobs of this user now. */
export class NoRoom extends Fault {}

/** The controller did not answer; what was asked of it may be asked again. */
class Unanswered extends Fault {}

interface CommandOptions {
  readonly input?: string
  /** Ends the command, which must be one that asks only. */
  readonly signal?: AbortSignal
}

async function run(command: string, args: readonly string[], { input, signal }: CommandOptions = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    const options = {
      ...(signal && { signal }),
      maxBuffer: 1 << 29,
      env: { ...process.env, SLURM_TIME_FORMAT: 'standard', LC_ALL: 'C' },
    }
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(faultOf(command, error, stderr))
    })
    // A command that is not there, or that refuses its options, reads nothing.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}

function faultOf(command: string, error: Error & { code?: unknown }, stderr: string): Fault {
  if (error.code === 'ENOENT')
    return new Fault(`Cannot find "${command}" of Slurm: run this on a login node of the cluster, or load its module`)
  const words = stderr
    .split('\n')
    .map((line) =>
      line.replace(/^(?:sbatch|squeue|scontrol|scancel|sacctmgr|slurm_\w+)?:?\s*(?:error:)?\s*/u, '').trim(),
    )
    .filter((line) => line !== '')
  const sentence = `${command} says: ${[...new Set(words)].join('; ') || error.message}`
  if (/MaxSubmitJob|SubmitJobsLimit|job submit limit/iu.test(stderr)) return new NoRoom(sentence)
  return isAway(stderr) ? new Unanswered(sentence) : new Fault(sentence)
}

/** Words of Slurm's own errors about a controller that is down, busy or restarting. */
function isAway(stderr: string): boolean {
  return /Unable to contact slurm controller|Socket timed out|Connection (?:refused|timed out|reset)|Zero Bytes were transmitted|Insane message length|temporarily unable to accept|backup controller|Transport endpoint is not connected|Unexpected message received/iu.test(
    stderr,
  )
}
