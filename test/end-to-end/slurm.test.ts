import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { takeLock } from '../../src/base/lock.ts'
import { type CliOptions, type CliResult, runCli } from '../rig/cli.ts'
import { missingOfSlurm, type OwnSlurm, startSlurm } from '../rig/own-slurm.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

const missing = missingOfSlurm()
if (missing !== undefined) console.warn(`A real Slurm is not tested here: it needs ${missing}`)

interface StatusJson {
  readonly steps: readonly { key: string; kind: string; label: string; state: string; weights?: string }[]
}

describe.skipIf(missing !== undefined)('a study on a real Slurm', () => {
  let folder: string
  let slurm: OwnSlurm
  let starts = true
  let study: string
  let local: ReadonlyMap<string, string>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reteach-slurm-e2e-'))
    try {
      slurm = await startSlurm(join(folder, 'slurm'))
    } catch (error) {
      // Where a container forbids its daemons what they need.
      console.warn(`A real Slurm is not tested here: ${String(error)}`)
      starts = false
      return
    }
    study = writeStudyFolder(join(folder, 'study'), (text) =>
      text
        .replace('epochs: 1', 'epochs: 40')
        .replace(/chains:.*$/su, 'chains: [flan -> a2t]\nseeds: [1, 2]\n')
        .concat('cluster: { cpus: 1, memory: 1G, poll_seconds: 1 }\n'),
    )
    expect((await cli(['run', study, '--store', join(folder, 'local'), '--threads', '1'])).code).toBe(0)
    local = await weights('local')
    expect(local.size).toBe(2)
  }, 120_000)

  beforeEach(({ skip }) => skip(!starts, 'Slurm does not start here'))

  afterAll(async () => {
    await slurm?.ask('scancel', '--user=root', '--full').catch(() => {})
    await slurm?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const cli = (args: readonly string[], whileRunning?: CliOptions['whileRunning']): Promise<CliResult> =>
    runCli(args, { cwd: folder, env: slurm.env, ...(whileRunning && { whileRunning }) })
  const onSlurm = (store: string, ...more: string[]): string[] => [
    ...['run', study, '--store', join(folder, store), '--on', 'slurm'],
    ...more,
  ]

  async function weights(store: string): Promise<ReadonlyMap<string, string>> {
    const { out } = await cli(['status', study, '--store', join(folder, store), '--json'])
    const { steps } = JSON.parse(out) as StatusJson
    return new Map(steps.flatMap(({ key, weights: hash }) => (hash === undefined ? [] : [[key, hash] as const])))
  }

  /** Number, state and name of every job that Slurm remembers. */
  async function jobs(): Promise<{ id: string; state: string; name: string }[]> {
    const told = await slurm.ask('squeue', '--noheader', '--array', '--states=all', '--format=%i|%T|%j')
    return told
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [id = '', state = '', name = ''] = line.split('|')
        return { id, state, name }
      })
  }

  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < 300; tries++) {
      const found = await look()
      if (found !== undefined) return found
      await sleep(200)
    }
    throw new Error(`In a minute there was no ${what}; jobs: ${JSON.stringify(await jobs())}`)
  }

  it('is followed, interrupted, found again and requeued, and comes to the same weights', async () => {
    let isStopped = false
    const stopped = await cli(onSlurm('followed'), (child) => {
      const saved = readFolder(join(folder, 'followed/teach')).some((name) => name.endsWith('.progress.json'))
      if (!isStopped && saved) child.kill('SIGINT')
      isStopped ||= saved
    })
    expect(stopped.code).toBe(130)
    expect(stopped.err).toMatch(/The jobs stay in the queue: ".*--store \S*followed --on slurm" follows them again/u)
    const lesson = (await jobs()).find(({ name, state }) => name.startsWith('teach') && state === 'RUNNING')!
    await slurm.ask('scontrol', 'requeue', lesson.id)
    const followed = await cli(onSlurm('followed'))
    expect(followed.code, followed.err).toBe(0)
    expect(followed.out).toContain('a2t')
    expect(await weights('followed')).toEqual(local)
    const all = await jobs()
    expect(all.map(({ state }) => state)).toEqual(Array(5).fill('COMPLETED'))
    expect(new Set(all.map(({ name }) => name)).size).toBe(5)
  }, 120_000)

  it('is submitted whole, lessons as an array; one that ran out of memory is tried with more', async () => {
    const memory = join(folder, 'memory.yaml')
    // What the second lesson's job takes before it begins is more than 1 GiB and less than two.
    writeFileSync(
      memory,
      `cpus: 1
memory: 1G
prologue:
  - if [[ $SLURM_JOB_NAME == teach* && \${SLURM_ARRAY_TASK_ID:-1} == 1 ]]; then
  - '"${process.execPath}" -e "Buffer.alloc(1.2e9, 1); setTimeout(() => {}, 2500)" || kill -KILL $$'
  - fi
`,
    )
    const sent = await cli(onSlurm('sent', '--detach', '--cluster', memory))
    expect(sent.err).toMatch(/5 steps submitted as /u)
    await until('report', async () =>
      readFolder(join(folder, 'sent/report/small')).find((name) => name === 'tables.md'),
    )
    expect(await weights('sent')).toEqual(local)
    expect((await jobs()).filter(({ state }) => state === 'OUT_OF_MEMORY' || state === 'FAILED')).toHaveLength(1)
  }, 120_000)

  it('has one job that goes on, which tells what was cancelled, as status does; asked again it is finished', async () => {
    const detached = onSlurm('cancelled', '--detach')
    const known = new Set((await jobs()).map(({ id }) => id))
    const goOns = async () => (await jobs()).filter(({ id, name }) => !known.has(id) && name.endsWith('or tables'))
    expect((await Promise.all([cli(detached), cli(detached)])).map(({ code }) => code)).toEqual([0, 0])
    expect((await cli(detached)).code).toBe(0)
    const [goOn, ...more] = (await goOns()).filter(({ state }) => state === 'PENDING')
    expect(more).toEqual([])
    const lesson = await until('lesson that runs', async () =>
      (await jobs()).find(({ id, name, state }) => !known.has(id) && name.startsWith('teach') && state === 'RUNNING'),
    )
    await slurm.ask('scancel', lesson.id)
    await until('end', async () => (await goOns()).find(({ id, state }) => id === goOn!.id && state === 'FAILED'))
    const log = readFileSync(join(folder, `cancelled/jobs/go-on-${goOn!.id}.log`), 'utf8')
    expect(log).toMatch(/3 of 5 steps finished; 1 failed, 1 not tried as it needs it\. Run again/u)
    const told = new RegExp(`teach flan -> a2t, seed \\d: job ${lesson.id}: cancelled on \\S+ \\(\\S+\\.log\\)`, 'u')
    expect(log).toMatch(told)
    const status = await cli(['status', study, '--store', join(folder, 'cancelled')])
    expect(status.code).toBe(1)
    expect(status.out).toMatch(new RegExp(`✖ teach .* job ${lesson.id}: cancelled on .*\\): run again`, 'u'))
    expect((await cli(detached)).code).toBe(0)
    await until('end', async () => (await goOns()).find(({ state }) => state === 'COMPLETED'))
    expect(await weights('cancelled')).toEqual(local)
    expect((await cli(['status', study, '--store', join(folder, 'cancelled')])).code).toBe(0)
  }, 120_000)

  it('has a job wait in the queue while another process is at its step, and what needs that wait with it', async () => {
    const known = new Set((await jobs()).map(({ id }) => id))
    const { out } = await cli(['plan', study, '--no-measure', '--json', '--store', join(folder, 'held')])
    const { steps } = JSON.parse(out) as StatusJson
    const prepare = steps.find(({ kind }) => kind === 'prepare')!
    const lock = takeLock(join(folder, 'held/prepare', `${prepare.key}.lock`))
    if ('holder' in lock) throw new Error('the lock must be free')
    const sent = await cli(onSlurm('held', '--detach'))
    const at = `process ${process.pid} on ${hostname()} is working on "${prepare.label}"`
    expect(sent.err).toContain(`Jobs wait in the queue while ${at}`)
    const log = async (): Promise<string> => {
      const name = readFolder(join(folder, 'held/jobs')).find((one) => one.startsWith(`${prepare.key.slice(0, 12)}-`))
      return name === undefined ? '' : readFileSync(join(folder, 'held/jobs', name), 'utf8')
    }
    const turns = async () => (await log()).match(/Job \d+ goes back into the queue, as process/gu)?.length ?? 0
    await until('second turn', async () => ((await turns()) > 1 ? true : undefined))
    const own = (await jobs()).filter(({ id }) => !known.has(id))
    expect(own.filter(({ state }) => !['PENDING', 'RUNNING', 'COMPLETING'].includes(state))).toEqual([])
    lock.release()
    await until('report', async () =>
      readFolder(join(folder, 'held/report/small')).find((name) => name === 'tables.md'),
    )
    expect(await weights('held')).toEqual(local)
    // No job more than there are steps, and the one that goes on.
    expect((await jobs()).filter(({ id }) => !known.has(id))).toHaveLength(own.length)
  }, 120_000)

  it('ends exactly its own jobs', async () => {
    const script = join(folder, 'other.sh')
    writeFileSync(script, '#!/bin/bash\nsleep 600\n')
    const other = (await slurm.ask('sbatch', '--parsable', '--hold', '--output=/dev/null', script)).trim()
    const before = new Set((await jobs()).map(({ id }) => id))
    expect((await cli(onSlurm('ended', '--detach'))).code).toBe(0)
    const ended = await cli(['cancel', study, '--store', join(folder, 'ended')])
    expect(ended.out).toMatch(/^Cancelled [3-6] jobs: /u)
    const left = await jobs()
    expect(left.find(({ id }) => id === other)?.state).toBe('PENDING')
    const alive = left.filter(({ id, state }) => !before.has(id) && !['CANCELLED', 'COMPLETED'].includes(state))
    expect(alive.filter(({ state }) => state !== 'COMPLETING')).toEqual([])
  }, 60_000)
})

function readFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
