import { randomBytes } from 'node:crypto'
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { readPlainFile, writeFault } from './atomic-file.ts'
import { Fault } from './fault.ts'
import { makeFolder } from './make-folder.ts'
import { clearAway } from './temporary-folder.ts'

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  /** Tells machines of one name apart, where they know; containers may have none of their own. */
  readonly machine?: string
  /** Tells the process from a later one of the same number: machine start, process namespace and time of start. */
  readonly process: string
  /** ISO time at which the lock was taken. */
  readonly since: string
  /** The job of a cluster that the process belongs to, and how often the job was begun before. */
  readonly job?: { readonly id: string; readonly restarts: number }
}

export interface Lock {
  /** Shows that the holder lives, during work that leaves no turn to a timer: to be called as often as one likes. */
  beat(): void
  /** Whether another process has the lock by now, as it may where this one was stopped, or its machine slept, for minutes. Looks. */
  isLost(): boolean
  /**
   * To be called before anything is written that the lock guards, as often as one likes: it is not looked at again within half a
   * minute.
   *
   * @throws {LockLost}
   */
  confirm(): void
  /** Aborted, with a {@link LockLost}, once the lock was seen to be lost. */
  readonly lost: AbortSignal
  /** Gives the lock back; a second call does nothing. */
  release(): void
}

/** Thrown where another process has taken a lock over, since its holder had not shown that it lives. */
export class LockLost extends Fault {
  constructor(by: LockHolder | undefined) {
    const who = by === undefined ? 'another process' : `process ${by.pid} on ${by.host}`
    super(`Cannot go on as ${who} has taken this over, after it stood still here for minutes`)
  }
}

// A holder on another machine cannot be asked whether it lives: it shows so by touching the file.
const beatMs = 20_000
const silentAfterMs = 300_000
// Taking over is a matter of milliseconds; a guard older than this is the rest of a crash.
const guardAfterMs = 10_000

/**
 * Takes a lock file, or says who holds it. A lock whose holder has died is taken over: on this machine as soon as the
 * process is gone, on another one when it has been silent for five minutes.
 *
 * @throws {Fault} if the folder cannot be written
 */
export function takeLock(path: string): Lock | { readonly holder: LockHolder } {
  // The number drawn tells one lock of a process from the next.
  const text = `${JSON.stringify({ ...thisProcess(), draw: randomBytes(6).toString('hex') })}\n`
  let refusal: unknown
  for (let attempt = 0; attempt < 100; attempt++) {
    const created = createWhole(path, text)
    if (created.isMine) return heldLock(path, text)
    refusal = created.refusal
    const found = readHolder(path)
    if (found === undefined) {
      refuseStranger(path)
      if (refusal !== undefined) pause()
      continue
    }
    if (found.holder !== undefined && isAlive(found.holder, path)) return { holder: found.holder }
    removeStale(path)
  }
  if (refusal !== undefined) throw writeFault(path, refusal)
  throw new Error(`Cannot take lock "${path}" although nobody holds it`)
}

/**
 * Works while holding a lock, one at a time.
 *
 * @param late what to throw when somebody else has held it for `waitMs`
 * @throws {Fault} as {@link takeLock}
 */
export function whileLocked<T>(
  path: string,
  waitMs: number,
  late: (holder: LockHolder) => Error,
  work: (lock: Lock) => T,
): T {
  const deadline = performance.now() + waitMs
  for (;;) {
    const lock = takeLock(path)
    if (!('holder' in lock)) {
      try {
        return work(lock)
      } finally {
        lock.release()
      }
    }
    if (performance.now() > deadline) throw late(lock.holder)
    pause()
  }
}

function heldLock(path: string, text: string): Lock {
  const lost = new AbortController()
  let beaten = clocks()
  const beat = (): void => {
    if (lost.signal.aborted) return
    if (isTaken(path, text)) {
      lost.abort(new LockLost(readHolder(path)?.holder))
      return
    }
    beaten = clocks()
    touch(path)
  }
  const timer = setInterval(beat, beatMs)
  timer.unref()
  let held = true
  const beatAfter = (ms: number): void => {
    if (held && msSince(beaten) >= ms) beat()
  }
  return {
    lost: lost.signal,
    beat: () => beatAfter(beatMs),
    isLost() {
      beatAfter(0)
      return lost.signal.aborted
    },
    confirm() {
      beatAfter(1.5 * beatMs)
      lost.signal.throwIfAborted()
    },
    release() {
      if (!held) return
      held = false
      clearInterval(timer)
      // After a pause of the machine another process may have taken over; its lock is not ours to remove.
      if (readText(path) === text) clearAway(path)
    },
  }
}

/** The one goes on when somebody sets the other back, which goes on while the machine sleeps. */
function clocks(): readonly [number, number] {
  return [performance.now(), Date.now()]
}

function msSince([steady, wall]: readonly [number, number]): number {
  return Math.max(performance.now() - steady, Date.now() - wall)
}

/** Whether a lock has gone to another holder, or away with one; a store that is gone as a whole will be told by what is written next. */
function isTaken(path: string, text: string): boolean {
  const found = readText(path)
  // What is empty is being written, or not yet shown by a server.
  if (found !== undefined) return found !== '' && found !== text
  const isThere = (place: string): boolean => lstatSync(place, { throwIfNoEntry: false }) !== undefined
  try {
    return !isThere(path) && isThere(dirname(path))
  } catch {
    return false
  }
}

/**
 * Creates a file that appears with its content, or not at all.
 *
 * @returns whether it is there now with this content; `refusal`: why not, where the reason may be that another is there
 */
function createWhole(path: string, text: string): { readonly isMine: boolean; readonly refusal?: unknown } {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    makeFolder(dirname(path))
    writeFileSync(temporary, text, { flag: 'wx' })
    return link(temporary, path, text)
  } catch (error) {
    throw writeFault(path, error)
  } finally {
    clearAway(temporary)
  }
}

/** Who shares a folder through a server is not always told the truth of a link. */
function link(from: string, to: string, text: string): ReturnType<typeof createWhole> {
  try {
    linkSync(from, to)
    return { isMine: true }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // NFS may ask a second time for what it has done already, and sshfs says of any refusal that it is not permitted.
    if (code === 'EEXIST') return { isMine: readText(to) === text }
    if (code === 'EPERM' || code === 'EIO') return { isMine: readText(to) === text, refusal: error }
    throw error
  }
}

/** Only one process at a time removes a stale lock, and looks again before: the others may have been quicker. */
function removeStale(path: string): void {
  const guard = `${path}.takeover`
  try {
    mkdirSync(guard)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EEXIST', 'EPERM'].includes(code)) throw writeFault(guard, error)
    if (ageMs(guard) > guardAfterMs) removeFolder(guard)
    pause()
    return
  }
  try {
    const found = readHolder(path)
    if (found !== undefined && !(found.holder !== undefined && isAlive(found.holder, path))) {
      rmSync(path, { force: true })
    }
  } finally {
    removeFolder(guard)
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

/** What no program of ours puts in a lock's place is not ours to remove either. */
function refuseStranger(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined || stat.isFile()) return
  const what = stat.isDirectory() ? 'a folder' : stat.isSymbolicLink() ? 'a link to nowhere' : 'a pipe or a device'
  throw new Fault(`Cannot take lock "${path}" as there is ${what} in its place: remove it`)
}

function removeFolder(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // Somebody else was quicker.
  }
}

function readHolder(path: string): { holder: LockHolder | undefined } | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    const { pid, host, machine, process: id, since, job } = JSON.parse(text) as Partial<LockHolder>
    if (typeof pid === 'number' && typeof host === 'string' && typeof id === 'string' && typeof since === 'string') {
      const isJob = typeof job?.id === 'string' && typeof job.restarts === 'number'
      const known = typeof machine === 'string' ? { machine } : {}
      return { holder: { pid, host, ...known, process: id, since, ...(isJob ? { job } : {}) } }
    }
  } catch {
    // Not a lock of ours: a file that a crash of the machine left empty.
  }
  return { holder: undefined }
}

/** The holder of a lock file, if there is one and it lives. */
export function lockHolder(path: string): LockHolder | undefined {
  const found = readHolder(path)
  return found?.holder !== undefined && isAlive(found.holder, path) ? found.holder : undefined
}

function isAlive(holder: LockHolder, path: string): boolean {
  const job = thisJob()
  // A job runs once at a time: when it was begun again, what it was before has ended, on whichever machine.
  if (job !== undefined && holder.job?.id === job.id && holder.job.restarts < job.restarts) return false
  const isHere = holder.host === hostname() && !isOtherMachine(holder)
  if (isHere && holder.process.startsWith(`${machineId()} `)) {
    const found = processId(holder.pid)
    if (found !== 'hidden') return found === holder.process
  } else if (isHere) {
    const [boot] = machineId().split(' ')
    // The same machine after a restart, or before a restart of ours: nothing from then is alive.
    if (boot !== undefined && !holder.process.startsWith(boot)) return false
  }
  return ageMs(path) < silentAfterMs
}

/** Machines that share a folder may have one name, as containers and clones of an image do. */
function isOtherMachine({ machine }: LockHolder): boolean {
  const own = ownMachine()
  return machine !== undefined && own !== undefined && machine !== own
}

function thisProcess(): LockHolder {
  const [job, machine, own] = [thisJob(), ownMachine(), processId(process.pid)]
  return {
    pid: process.pid,
    host: hostname(),
    ...(machine === undefined ? {} : { machine }),
    // Where /proc is not there at all, silence alone tells.
    process: own === undefined || own === 'hidden' ? machineId() : own,
    since: new Date().toISOString(),
    ...(job === undefined ? {} : { job }),
  }
}

/** This process's job of Slurm, as the node's daemon tells it. */
function thisJob(): LockHolder['job'] {
  const { SLURM_JOB_ID: id, SLURM_CLUSTER_NAME: cluster = '', SLURM_RESTART_COUNT: restarts = '0' } = process.env
  return id === undefined ? undefined : { id: `${cluster}/${id}`, restarts: Number(restarts) }
}

/** `undefined` when no such process runs; `hidden` when there is one of which nothing is told. */
function processId(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat !== undefined) {
    // The name in brackets may hold spaces and brackets; the start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : `${machineId()} ${fields[19]}`
  }
  if (!isThere(pid)) return undefined
  // /proc may be mounted so that it hides what other users run.
  return process.platform === 'linux' ? 'hidden' : `${machineId()} ${pid}`
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** systemd's name of this machine, which stays from start to start. */
function ownMachine(): string | undefined {
  const text = readText('/etc/machine-id')?.trim()
  return text === undefined || !/^[0-9a-f]{32}$/u.test(text) ? undefined : text
}

/** This start of this machine, and the namespace in which its process numbers count. */
function machineId(): string {
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'boot'
  let namespace = 'pid'
  try {
    namespace = readlinkSync('/proc/self/ns/pid')
  } catch {
    // Not Linux: there is one namespace.
  }
  return `${boot} ${namespace}`
}

function readText(path: string): string | undefined {
  try {
    return readPlainFile(path).toString()
  } catch {
    return undefined
  }
}

/**
 * By the clock of the disk alone: those of the machines that share a folder may differ, and a date of last change can be set to
 * anything, which itself changes the status and so its date.
 */
function ageMs(path: string): number {
  try {
    return diskClock.nowMs(dirname(path)) - statSync(path).ctimeMs
  } catch {
    return 0
  }
}

/** The time as the disk of a folder has it; for tests to set. */
export const diskClock = {
  nowMs(folder: string): number {
    const probe = join(folder, `clock.tmp-${process.pid}-${randomBytes(4).toString('hex')}`)
    try {
      writeFileSync(probe, '', { flag: 'wx' })
      return statSync(probe).ctimeMs
    } catch {
      // A folder that may only be read tells no time of its own.
      return Date.now()
    } finally {
      clearAway(probe)
    }
  },
}

/** Shows that the holder lives, by the clock of the disk: with a date of its own to set, sshfs would tell that of this machine. */
function touch(path: string): void {
  try {
    const file = openSync(path, 'r+')
    try {
      writeSync(file, '{', 0)
    } finally {
      closeSync(file)
    }
  } catch {
    // The store is gone or read-only; the step itself will say so.
  }
}
