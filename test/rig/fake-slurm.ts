import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

/** A site of Slurm that never was. */
export interface FakeSite {
  /** Jobs that run at once. */
  readonly slots: number
  readonly maxSubmitJobs: number
  readonly maxArraySize: number
  readonly maxJobCount: number
}

export interface FakeJob {
  /** `7`, or `7_3` of an array. */
  readonly id: string
  readonly script: string
  readonly options: ReadonlyMap<string, string>
  readonly index: number | undefined
  /** Why it waits. @default `Priority` */
  reason?: string
  state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'OUT_OF_MEMORY' | 'TIMEOUT' | 'NODE_FAIL'
}

/** A job, or all elements of an array, that others may wait for. */
interface Awaited {
  alive: number
  hasFailed: boolean
  readonly users: { readonly job: FakeJob; readonly kind: string }[]
}

type EndState = Exclude<FakeJob['state'], 'PENDING' | 'RUNNING'>

/**
 * A controller with the commands `sbatch`, `squeue`, `scontrol`, `scancel`, `sacctmgr` and `sacct` on a path of their own. Its
 * jobs are done by a function.
 */
export class FakeSlurm {
  /** For PATH. */
  readonly folder: string
  /** How often each command was called. */
  readonly calls: Record<string, number> = {}
  /** When the queue was asked, in milliseconds of {@link performance.now}. */
  readonly queries: number[] = []
  /** Jobs that all answers of the queue have listed. */
  listed = 0
  /** Jobs in the queue at once, at most. */
  mostJobs = 0
  readonly refused: string[] = []
  readonly jobs = new Map<string, FakeJob>()
  readonly #site: FakeSite
  readonly #do: (job: FakeJob) => Promise<EndState | 'HELD'>
  readonly #awaited = new Map<string, Awaited>()
  /** What a job that waits still waits for. */
  readonly #missing = new Map<FakeJob, number>()
  readonly #server: Server
  #ready: FakeJob[] = []
  #alive = 0
  #running = 0
  #last = 0
  #stopped = false

  private constructor(folder: string, site: FakeSite, work: (job: FakeJob) => Promise<EndState | 'HELD'>) {
    this.folder = folder
    this.#site = site
    this.#do = work
    this.#server = createServer((socket) => this.#serve(socket))
  }

  /** @param work does a job, and tells how it has ended; `HELD`: its node could not begin it, and it is held back */
  static async start(
    folder: string,
    site: FakeSite,
    work: (job: FakeJob) => Promise<EndState | 'HELD'>,
  ): Promise<FakeSlurm> {
    const slurm = new FakeSlurm(folder, site, work)
    await new Promise<void>((resolve) => slurm.#server.listen(0, '127.0.0.1', resolve))
    const { port } = slurm.#server.address() as { port: number }
    mkdirSync(folder, { recursive: true })
    for (const command of ['sbatch', 'squeue', 'scontrol', 'scancel', 'sacctmgr', 'sacct']) {
      const path = join(folder, command)
      writeFileSync(path, client(command, port))
      chmodSync(path, 0o755)
    }
    return slurm
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Jobs that are not over. */
  get alive(): FakeJob[] {
    return [...this.jobs.values()].filter(isAlive)
  }

  /** Whether all jobs are over. */
  get isIdle(): boolean {
    return this.#alive === 0
  }

  #serve(socket: Socket): void {
    let text = ''
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (!text.endsWith(end)) return
      const [command = '', count = '0', ...lines] = text.slice(0, -end.length).split('\n')
      this.calls[command] = (this.calls[command] ?? 0) + 1
      const args = lines.slice(0, Number(count))
      try {
        socket.end(`0\n${this.#answer(command, args, lines.slice(Number(count)).join('\n'))}`)
      } catch (error) {
        this.refused.push((error as Error).message)
        socket.end(`1\n${command}: error: ${(error as Error).message}\n`)
      }
    })
  }

  #answer(command: string, args: readonly string[], input: string): string {
    switch (command) {
      case 'sbatch':
        return `${this.#submit(input)}\n`
      case 'squeue':
        return this.#queue()
      case 'scancel':
        for (const id of args.filter((arg) => !arg.startsWith('-'))) this.#cancel(id, args.includes('--state=PENDING'))
        setImmediate(() => this.#begin())
        return ''
      case 'sacctmgr':
        return `${this.#site.maxSubmitJobs}\n`
      case 'scontrol':
        return args[1] === 'partition'
          ? 'PartitionName=main Default=YES MaxTime=1-00:00:00 State=UP\n'
          : `ClusterName = fake\nMaxArraySize = ${this.#site.maxArraySize}\nMaxJobCount = ${this.#site.maxJobCount}\n`
      default:
        return ''
    }
  }

  #submit(script: string): string {
    const options = new Map(
      [...script.matchAll(/^#SBATCH --([a-z-]+)(?:=(.*))?$/gmu)].map(([, name, value = '']) => [name!, value]),
    )
    const indexes = indexesOf(options.get('array'))
    const size = indexes?.length ?? 1
    if (Math.max(...(indexes ?? [0])) >= this.#site.maxArraySize) throw new Error('Invalid job array specification')
    const alive = this.#alive + size
    if (alive > this.#site.maxSubmitJobs) throw new Error('AssocMaxSubmitJobLimit')
    this.mostJobs = Math.max(this.mostJobs, alive)
    const number = String(++this.#last)
    const jobs = (indexes ?? [undefined]).map((index): FakeJob => {
      const id = index === undefined ? number : `${number}_${index}`
      return { id, script, options, index, state: 'PENDING' }
    })
    this.#alive += size
    this.#awaited.set(number, { alive: size, hasFailed: false, users: [] })
    for (const job of jobs) {
      this.jobs.set(job.id, job)
      if (job.id !== number) this.#awaited.set(job.id, { alive: 1, hasFailed: false, users: [] })
    }
    for (const job of jobs) this.#wait(job, needsOf(options.get('dependency')))
    setImmediate(() => this.#begin())
    return number
  }

  #wait(job: FakeJob, needs: readonly (readonly [kind: string, id: string])[]): void {
    this.#missing.set(job, 1)
    for (const [kind, id] of needs) {
      const own = this.#awaited.get(kind === 'aftercorr' && job.index !== undefined ? `${id}_${job.index}` : id)
      if (own === undefined) continue
      if (own.hasFailed && kind !== 'afterany') this.#end(job, 'CANCELLED')
      if (own.alive === 0) continue
      this.#missing.set(job, this.#missing.get(job)! + 1)
      own.users.push({ job, kind })
    }
    this.#arrive(job)
  }

  /** One thing less for a job to wait for. */
  #arrive(job: FakeJob): void {
    const left = this.#missing.get(job)! - 1
    this.#missing.set(job, left)
    if (left === 0) this.#ready.push(job)
  }

  #queue(): string {
    this.queries.push(performance.now())
    this.listed += this.jobs.size
    return [...this.jobs.values()]
      .map(
        ({ id, state, reason = 'Priority', options }) =>
          `${id}|${state}|${state === 'PENDING' ? reason : 'None'}|n1|${options.get('comment')}\n`,
      )
      .join('')
  }

  #cancel(id: string, waitingAlone: boolean): void {
    const job = this.jobs.get(id)
    const jobs = job === undefined ? [...this.jobs.values()].filter((one) => one.id.startsWith(`${id}_`)) : [job]
    for (const one of jobs) if (one.state === 'PENDING' || !waitingAlone) this.#end(one, 'CANCELLED')
  }

  #begin(): void {
    if (this.#stopped) return
    let at = 0
    for (; at < this.#ready.length && this.#running < this.#site.slots; at++) {
      const job = this.#ready[at]!
      if (job.state === 'PENDING') void this.#run(job)
    }
    this.#ready = this.#ready.slice(at)
  }

  async #run(job: FakeJob): Promise<void> {
    job.state = 'RUNNING'
    this.#running++
    // As in Slurm the controller goes on serving.
    await new Promise((resolve) => setImmediate(resolve))
    const state = await this.#do(job)
    this.#running--
    if (state === 'HELD' && isAlive(job)) {
      job.state = 'PENDING'
      job.reason = 'launch failed requeued held'
    } else if (state !== 'HELD') this.#end(job, state)
    this.#begin()
  }

  #end(job: FakeJob, state: EndState): void {
    if (!isAlive(job)) return
    job.state = state
    this.#alive--
    const number = job.id.split('_', 1)[0]!
    for (const id of new Set([job.id, number])) {
      const own = this.#awaited.get(id)!
      own.alive--
      own.hasFailed ||= state !== 'COMPLETED'
      for (const { job: user, kind } of own.users)
        if (own.hasFailed && kind !== 'afterany') this.#end(user, 'CANCELLED')
      if (own.alive === 0) for (const { job: user } of own.users.splice(0)) this.#arrive(user)
    }
  }
}

/** The key of the step that a job does; `undefined` of one that does none. */
export function keyOfJob({ script, index }: FakeJob): string | undefined {
  const list = /^RETEACH_KEY=\$\(sed .* '?([^')]+)'?\)$/mu.exec(script)?.[1]
  if (list !== undefined) return readFileSync(list, 'utf8').split('\n')[index!]
  return /^exec .* ([0-9a-f]{64})\b/mu.exec(script)?.[1]
}

function isAlive({ state }: FakeJob): boolean {
  return state === 'PENDING' || state === 'RUNNING'
}

/** `0-2,7` */
function indexesOf(text: string | undefined): number[] | undefined {
  return text?.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number)
    return Array.from({ length: to! - from! + 1 }, (_, at) => from! + at)
  })
}

/** `afterok:1:2_3,aftercorr:4` */
function needsOf(text: string | undefined): (readonly [kind: string, id: string])[] {
  return (text ?? '')
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [kind, ...ids] = part.split(':')
      return ids.map((id) => [kind!, id] as const)
    })
}

const end = '\n\u0004'

/** In bash, which starts a hundred times as fast as Node: commands are called tens of thousands of times. */
function client(command: string, port: number): string {
  return `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${port}
{
  printf '%s\\n' ${command} $# "$@"
  ${command === 'sbatch' ? 'cat' : ':'}
  printf '\\n\\004'
} >&3
read -r code <&3
if [ "$code" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
`
}
