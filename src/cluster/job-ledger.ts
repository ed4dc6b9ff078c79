import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { type LockHolder, takeLock, whileLocked } from '../base/lock.ts'
import type { StepKey } from '../study/keys.ts'
import type { Step, StepKind } from '../study/steps/step-kinds.ts'
import { listFolder } from '../study/store/folders.ts'
import type { StoreLayout } from '../study/store/layout.ts'
import type { QueuedJob } from './queue.ts'

/** The latest job of a step. */
export interface JobRecord {
  readonly key: StepKey
  readonly kind: StepKind
  readonly label: string
  /** Name of the study that it was submitted for. */
  readonly study?: string
  /** `123`, or `123_4` of an array; empty as long as there is no room for one. */
  readonly job: string
  readonly cluster: string
  /** ISO time, by the clock of who submitted it. */
  readonly submitted: string
  readonly memoryMb: number
  readonly minutes?: number | undefined
  /** Jobs before this one that ran out of memory. */
  readonly memoryRetries: number
  /** Jobs that the step has had since a user asked for it; absent: one. */
  readonly jobs?: number
  /** File of what it prints. */
  readonly log: string
  /** When the step had failed before, so that an older failure is not taken for this job's. */
  readonly failedBefore?: string | undefined
  /** Written down, as the queue soon forgets a job that has ended. */
  readonly lost?: LostJob
}

/** That a step was given up after its job. */
export interface LostJob {
  /** A sentence with the job's number and its log. */
  readonly reason: string
  /** When the step itself had said last that it failed: if it does so again, that is what counts. */
  readonly failedAt: string | undefined
}

/** Looks at a lock, of which mostly it is free again after few. */
const waitsUntold = 10

/**
 * Which job does which step, in the store itself: whoever looks at the store later, or from another login node, finds the jobs
 * again and submits none twice.
 */
export class JobLedger {
  readonly #store: StoreLayout
  readonly #writes: boolean
  readonly #onWait: (sentence: string) => void
  readonly #arrays = new Map<string, readonly string[]>()
  #name: string | undefined

  /**
   * @param options `writes: false`: to look at what would be written down, and leave the store as it is; `onWait` is told who else
   *   submits, where that takes a while
   */
  constructor(
    store: StoreLayout,
    {
      writes = true,
      onWait = () => {},
    }: { readonly writes?: boolean; readonly onWait?: (sentence: string) => void } = {},
  ) {
    this.#store = store
    this.#writes = writes
    this.#onWait = onWait
  }

  read(key: StepKey): JobRecord | undefined {
    try {
      return JSON.parse(readPlainFile(this.#fileOf(key)).toString()) as JobRecord
    } catch {
      return undefined
    }
  }

  /** Writes down that a job does a step. @throws {Fault} if the store cannot be written */
  write(
    { key, kind, label }: Pick<Step, 'key' | 'kind' | 'label'>,
    job: Omit<JobRecord, 'key' | 'kind' | 'label' | 'submitted'>,
  ): JobRecord {
    const record: JobRecord = { key, kind, label, submitted: new Date().toISOString(), ...job }
    if (this.#writes) writeFileAtomic(this.#fileOf(key), `${JSON.stringify(record)}\n`)
    return record
  }

  /** Writes down that a step is given up after a job, unless it has another by now. @throws {Fault} if the store cannot be written */
  lose(key: StepKey, job: string, lost: LostJob): void {
    const record = this.read(key)
    if (record?.job !== job || !this.#writes) return
    writeFileAtomic(this.#fileOf(key), `${JSON.stringify({ ...record, lost })}\n`)
  }

  /** What a job of a step, or of an array, is known by in the queue. @throws {Fault} if the store cannot be written */
  commentOf(what: string): string {
    return `reteach/${this.#storeName()}/${what}`
  }

  /** What the job that goes on after the others of a study is known by: studies may share a store. */
  goOnOf(study: string): string {
    return `go-on-${createHash('sha256').update(study).digest('hex').slice(0, 12)}`
  }

  /** The reverse of {@link commentOf}; `undefined` for jobs of another store, or of nobody we know. */
  whatOf(comment: string): string | undefined {
    const [program, store, what] = comment.split('/')
    return program === 'reteach' && store === this.#storeName() ? what : undefined
  }

  /**
   * Writes which keys an array has, the element of index n in line n, counted from 0.
   *
   * @returns its name for {@link commentOf}, and the file
   */
  writeArray(elements: ReadonlyMap<number, StepKey>): { readonly name: string; readonly file: string } {
    const name = this.#writes ? `array-${randomBytes(6).toString('hex')}` : 'array-NAME'
    const file = this.#arrayFile(name)
    const lines = Array.from({ length: Math.max(...elements.keys()) + 1 }, (_, index) => elements.get(index) ?? '')
    if (this.#writes) writeFileAtomic(file, lines.map((line) => `${line}\n`).join(''))
    return { name, file }
  }

  /** The step of a job in the queue; `undefined` for jobs of another store, of nobody we know, and for the one that goes on. */
  stepOf({ comment, id }: Pick<QueuedJob, 'comment' | 'id'>): StepKey | undefined {
    const what = this.whatOf(comment)
    const key = what?.startsWith('array-') === true ? this.#readArray(what)[Number(id.split('_')[1])] : what
    return isKey(key) ? key : undefined
  }

  /** The file of what a job prints that is in the queue, with Slurm's marks for its number. */
  logOfQueued({ comment }: Pick<QueuedJob, 'comment'>, key: StepKey): string {
    const what = this.whatOf(comment) ?? ''
    return what.startsWith('array-') ? this.logOf(what, true) : this.logOf(key.slice(0, 12))
  }

  #readArray(name: string): readonly string[] {
    const known = this.#arrays.get(name)
    if (known !== undefined) return known
    const keys = readLines(this.#arrayFile(name))
    this.#arrays.set(name, keys)
    return keys
  }

  /** File of what a job prints, with Slurm's marks for its number. */
  logOf(name: string, isArray = false): string {
    return join(this.#store.jobsFolder, `${name}-${isArray ? '%A_%a' : '%j'}.log`)
  }

  /** Counts a job in which a step got no further. @returns how many there were in a row */
  countIdle(key: string): number {
    const file = this.#idleFile(key)
    const count = Number(readLines(file)[0] ?? 0) + 1
    writeFileAtomic(file, `${count}\n`)
    return count
  }

  forgetIdle(key: string): void {
    rmSync(this.#idleFile(key), { force: true })
  }

  /** Only one process at a time looks for jobs and submits new ones, also among several login nodes. */
  async whileSubmitting<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#writes) return await work()
    for (let waits = 0; ; waits++) {
      const lock = takeLock(join(this.#store.jobsFolder, 'submit.lock'))
      if ('holder' in lock) {
        const { pid, host } = lock.holder
        if (waits === waitsUntold)
          this.#onWait(`Waiting for process ${pid} on ${host}, which submits jobs of this store`)
        await sleep(200)
        continue
      }
      try {
        return await work()
      } finally {
        lock.release()
      }
    }
  }

  /** Drawn once for a store: its path may be another on another machine. */
  #storeName(): string {
    this.#name ??= this.#readName() ?? (this.#writes ? this.#drawName() : 'STORE')
    return this.#name
  }

  #readName(): string | undefined {
    try {
      return readPlainFile(join(this.#store.jobsFolder, 'store-name')).toString().trim() || undefined
    } catch {
      return undefined
    }
  }

  #drawName(): string {
    const path = join(this.#store.jobsFolder, 'store-name')
    const late = ({ pid, host }: LockHolder): Fault =>
      new Fault(
        `Cannot name the store "${this.#store.folder}" while process ${pid} on ${host} does: wait for its end, or stop it`,
      )
    return whileLocked(`${path}.lock`, 30_000, late, () => {
      const known = this.#readName()
      if (known !== undefined) return known
      const name = randomBytes(4).toString('hex')
      writeFileAtomic(path, `${name}\n`)
      return name
    })
  }

  #fileOf(key: StepKey): string {
    return join(this.#store.jobsFolder, `${key}.json`)
  }

  #idleFile(key: string): string {
    return join(this.#store.jobsFolder, `${key}.idle`)
  }

  #arrayFile(name: string): string {
    return join(this.#store.jobsFolder, `${name}.txt`)
  }
}

/** The file that a job prints into. */
export function logFile({ log, job }: JobRecord): string {
  const [base, element = ''] = job.split('_')
  return join(dirname(log), basename(log).replace('%j', job).replace('%A', base!).replace('%a', element))
}

/** Why a step was given up after its job; `undefined` where it was not, or has failed since then. */
export function lostReason(
  record: JobRecord | undefined,
  failure: { readonly time: string } | undefined,
): string | undefined {
  return record?.lost?.failedAt === failure?.time ? record?.lost?.reason : undefined
}

/** Keys of steps that the store has any job of. */
export function jobKeys(store: StoreLayout): StepKey[] {
  return listFolder(store.jobsFolder)
    .map((name) => (name.endsWith('.json') ? name.slice(0, -'.json'.length) : undefined))
    .filter(isKey)
}

function isKey(text: string | undefined): text is StepKey {
  return text !== undefined && /^[0-9a-f]{64}$/u.test(text)
}

function readLines(path: string): string[] {
  try {
    return readPlainFile(path).toString().split('\n')
  } catch {
    return []
  }
}
