import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { diskClock, type LockHolder, LockLost, lockHolder, takeLock } from './lock.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-lock-'))
  path = join(folder, 'step.lock')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function held(lock: ReturnType<typeof takeLock>): LockHolder {
  if ('release' in lock) throw new Error('the lock must be held by somebody')
  return lock.holder
}

function free(lock: ReturnType<typeof takeLock>): void {
  if ('holder' in lock) throw new Error(`the lock must be free, and ${lock.holder.pid} holds it`)
  lock.release()
}

describe('takeLock()', () => {
  it('says that its name is too long for the one beside it', () => {
    const long = join(folder, 'y'.repeat(250))
    expect(() => takeLock(long)).toThrow(`Cannot write "${long}" as its name is too long`)
  })

  it('says what is in its place that is no lock', () => {
    mkdirSync(path)
    expect(() => takeLock(path)).toThrow(`Cannot take lock "${path}" as there is a folder in its place: remove it`)
    rmSync(path, { recursive: true })
    symlinkSync(join(folder, 'nowhere'), path)
    expect(() => takeLock(path)).toThrow('a link to nowhere in its place')
    expect(lockHolder(path)).toBeUndefined()
    rmSync(path)
    free(takeLock(path))
  })

  it('goes by the clock of the disk, whatever dates the file was given', () => {
    const now = Date.now()
    writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere', process: 'x y 1', since: '2026-01-01' }))
    for (const date of [new Date(now + 1e9), new Date(now - 1e9)]) {
      utimesSync(path, date, date)
      expect(held(takeLock(path)).host).toBe('elsewhere')
    }
    // The clock of this machine is another one.
    vi.useFakeTimers({ now: now + 1e9, toFake: ['Date'] })
    try {
      expect(held(takeLock(path)).host).toBe('elsewhere')
    } finally {
      vi.useRealTimers()
    }
    expect(readdirSync(folder)).toEqual(['step.lock'])
  })

  it('takes over from the same job of a cluster that was begun again, at once', () => {
    const job = { id: 'lab/17', restarts: 1 }
    const theirs = { pid: 1, host: 'node7', process: 'boot pid:[1] 5', since: new Date().toISOString(), job }
    writeFileSync(path, JSON.stringify(theirs))
    const begin = (id: string, restarts: string): void => {
      vi.stubEnv('SLURM_CLUSTER_NAME', 'lab')
      vi.stubEnv('SLURM_JOB_ID', id)
      vi.stubEnv('SLURM_RESTART_COUNT', restarts)
    }
    try {
      begin('18', '2')
      expect(held(takeLock(path))).toEqual(theirs)
      begin('17', '1')
      expect(held(takeLock(path)).host).toBe('node7')
      begin('17', '2')
      free(takeLock(path))
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('lets one hold it, says who, and is free again after', () => {
    const lock = takeLock(path)
    if ('holder' in lock) throw new Error('a new lock is free')
    expect(held(takeLock(path))).toMatchObject({ pid: process.pid, host: hostname() })
    expect(lockHolder(path)?.pid).toBe(process.pid)
    lock.release()
    lock.release()
    expect(lockHolder(path)).toBeUndefined()
    free(takeLock(path))
    expect(readdirSync(folder)).toEqual([])
  })

  it('is lost to another that took over while its holder stood still, which is not shown to live then', () => {
    const [lock, again] = [takeLock(path), takeLock(`${path}2`)]
    if ('holder' in lock || 'holder' in again) throw new Error('a new lock is free')
    const theirs = JSON.stringify({ pid: 17, host: 'elsewhere', process: 'boot pid:[1] 5', since: '2026-01-01' })
    writeFileSync(path, theirs)
    rmSync(`${path}2`)
    const before = statSync(path).ctimeMs
    for (const one of [lock, again]) {
      one.confirm()
      expect(one.lost.aborted).toBe(false)
    }
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
    try {
      expect(() => lock.confirm()).toThrow('Cannot go on as process 17 on elsewhere has taken this over')
      expect(() => again.confirm()).toThrow('Cannot go on as another process has taken this over')
      lock.beat()
    } finally {
      vi.useRealTimers()
    }
    expect(lock.lost.reason).toBeInstanceOf(LockLost)
    lock.release()
    expect([readFileSync(path, 'utf8'), statSync(path).ctimeMs]).toEqual([theirs, before])
  })

  it('is not lost with a folder that is gone, nor to itself', () => {
    const lock = takeLock(join(folder, 'store', 'step.lock'))
    if ('holder' in lock) throw new Error('a new lock is free')
    expect(lock.isLost()).toBe(false)
    rmSync(join(folder, 'store'), { recursive: true })
    expect(lock.isLost()).toBe(false)
    lock.release()
  })

  it('takes over from a process that was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const lock = takeLock(path)
    if ('holder' in lock) throw new Error('a new lock is free')
    const mine = JSON.parse(readFileSync(path, 'utf8')) as LockHolder
    const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8')
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const theirs = { ...mine, pid: other.pid, process: mine.process.replace(/\d+$/u, started!) }
    writeFileSync(path, JSON.stringify(theirs))
    expect(held(takeLock(path)).pid).toBe(other.pid)
    const gone = new Promise((resolve) => other.on('exit', resolve))
    other.kill('SIGKILL')
    await gone
    free(takeLock(path))
  })

  it('takes over when the number of the process was given to another one', () => {
    takeLock(path)
    const mine = JSON.parse(readFileSync(path, 'utf8')) as LockHolder
    writeFileSync(path, JSON.stringify({ ...mine, process: mine.process.replace(/\d+$/u, '1') }))
    free(takeLock(path))
  })

  it('takes over from another machine only after five minutes of silence', () => {
    const theirs: LockHolder = { pid: 1, host: 'elsewhere', process: 'boot pid:[1] 5', since: new Date().toISOString() }
    writeFileSync(path, JSON.stringify(theirs))
    expect(held(takeLock(path)).host).toBe('elsewhere')
    const clock = vi.spyOn(diskClock, 'nowMs').mockReturnValue(Date.now() + 299_000)
    try {
      expect(held(takeLock(path)).host).toBe('elsewhere')
      clock.mockReturnValue(Date.now() + 301_000)
      free(takeLock(path))
    } finally {
      clock.mockRestore()
    }
  })

  it('is shown to be held in the midst of work that leaves no turn to a timer, a few times a minute', () => {
    const lock = takeLock(path)
    if ('holder' in lock) throw new Error('nobody holds it')
    const text = readFileSync(path, 'utf8')
    const { ctimeMs } = statSync(path)
    lock.beat()
    expect(statSync(path).ctimeMs).toBe(ctimeMs)
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 21_000)
    try {
      for (let waited = 0; waited < 1000 && statSync(path).ctimeMs === ctimeMs; waited++) lock.beat()
    } finally {
      clock.mockRestore()
    }
    expect(statSync(path).ctimeMs).toBeGreaterThan(ctimeMs)
    expect(readFileSync(path, 'utf8')).toBe(text)
    lock.release()
    lock.beat()
    expect(existsSync(path)).toBe(false)
  })

  it('knows a machine after a restart from another one of the same name', () => {
    free(takeLock(path))
    takeLock(path)
    const { machine, ...mine } = JSON.parse(readFileSync(path, 'utf8')) as LockHolder
    const restarted = { ...mine, host: hostname(), process: mine.process.replace(/^\S+/u, 'another-boot') }
    for (const known of [{}, ...(machine === undefined ? [] : [{ machine }])]) {
      writeFileSync(path, JSON.stringify({ ...restarted, ...known }))
      free(takeLock(path))
    }
    writeFileSync(path, JSON.stringify({ ...restarted, machine: 'f'.repeat(32) }))
    if (machine === undefined) free(takeLock(path))
    else expect(held(takeLock(path)).machine).toBe('f'.repeat(32))
  })

  it('takes a process of which nothing is told for a living one until it is silent', () => {
    takeLock(path)
    const mine = JSON.parse(readFileSync(path, 'utf8')) as LockHolder
    writeFileSync(path, JSON.stringify({ ...mine, pid: 2 ** 30 }))
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not yours'), { code: 'EPERM' })
    })
    const clock = vi.spyOn(diskClock, 'nowMs').mockReturnValue(Date.now() + 299_000)
    try {
      expect(held(takeLock(path)).pid).toBe(2 ** 30)
      clock.mockReturnValue(Date.now() + 301_000)
      free(takeLock(path))
    } finally {
      clock.mockRestore()
      kill.mockRestore()
    }
  })

  it('takes over a file that a crash left empty', () => {
    writeFileSync(path, '')
    free(takeLock(path))
  })

  it('does not remove a lock that somebody else has taken over', () => {
    const lock = takeLock(path)
    if ('holder' in lock) throw new Error('a new lock is free')
    const other = { pid: 1, host: 'elsewhere', process: 'boot pid:[1] 5', since: new Date().toISOString() }
    writeFileSync(path, JSON.stringify(other))
    lock.release()
    expect(existsSync(path)).toBe(true)
  })
})
