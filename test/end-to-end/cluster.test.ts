import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeLock } from '../../src/base/lock.ts'
import { JobLedger } from '../../src/cluster/job-ledger.ts'
import { NoRoom } from '../../src/cluster/slurm.ts'
import { cancelStudy } from '../../src/execute/cluster-jobs.ts'
import { type RunOptions, runStudy } from '../../src/execute/run-study.ts'
import { scriptsToFollow } from '../../src/execute/slurm.ts'
import { type SubmitOptions, submitStudy } from '../../src/execute/submit-study.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import { Store } from '../../src/study/store/store.ts'
import { doFakeJob, fakeClusterWork, roomySite, until } from '../rig/fake-cluster.ts'
import { type FakeJob, type FakeSite, FakeSlurm, keyOfJob } from '../rig/fake-slurm.ts'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../rig/fake-study.ts'

const path = process.env.PATH

let folder: string
let store: Store
let plan: Plan
let slurm: FakeSlurm
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-cluster-'))
  store = new Store(join(folder, 'store'))
  plan = await planFile(writeFakeStudy(folder))
})
afterEach(async () => {
  process.env.PATH = path
  await slurm.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(
  more: Partial<FakeSite> = {},
  work: (job: FakeJob) => Promise<'HELD' | Awaited<ReturnType<typeof doJob>>> = doJob,
): Promise<void> {
  slurm = await FakeSlurm.start(join(folder, 'bin'), { ...roomySite, ...more }, work)
  process.env.PATH = `${slurm.folder}${delimiter}${path}`
}

const doJob = (job: FakeJob) => doFakeJob(plan, store, job)
const work = fakeClusterWork

const follow = (cluster = work(), signal?: AbortSignal, observer?: NonNullable<RunOptions['observer']>) =>
  runStudy(plan, {
    store,
    runners: fakeRunners(),
    program: 'test',
    executor: 'slurm',
    cluster,
    ...(signal === undefined ? {} : { signal }),
    ...(observer === undefined ? {} : { observer }),
  })

const submit = (more: Partial<SubmitOptions> = {}) =>
  submitStudy(plan, { store, cluster: work(), goOn: ['reteach', 'run'], isGoingOn: false, ...more })

const seeds = async (list: string): Promise<Plan> =>
  planFile(writeFakeStudy(folder, { 'study.yaml': fakeStudyText.replace('seeds: [1]', `seeds: ${list}`) }))

const isLesson = (job: FakeJob) => plan.steps.get(keyOfJob(job) as never)?.kind === 'teach'

const untilIdle = () => until(() => slurm.alive.length === 0)

describe('a study that is followed', () => {
  it('has each step done by one job, and a second run submits none', async () => {
    await start()
    const report = await follow()
    expect(report.failed).toEqual([])
    expect(report.finished).toHaveLength(plan.steps.size)
    expect(slurm.calls.sbatch).toBe(plan.steps.size)
    expect((await follow()).reused).toHaveLength(plan.steps.size)
    expect(slurm.calls.sbatch).toBe(plan.steps.size)
  })

  it('has no more jobs in the queue than the study says, counted once for all steps', async () => {
    plan = await seeds('[1, 2, 3]')
    // Lessons that end at once would leave none in the queue beside the next one.
    await start({}, async (job) => {
      if (isLesson(job)) await until(() => slurm.mostJobs >= 3)
      return await doJob(job)
    })
    await follow(work({ jobs: 3 }))
    expect(slurm.mostJobs).toBe(3)
    expect(slurm.calls.scontrol).toBe(2)
  })

  it("leaves room for the user's other jobs, and waits where the site takes fewer than it says", async () => {
    plan = await seeds('[1, 2, 3]')
    const told: string[] = []
    let finish = () => {}
    const others = new Promise<void>((resolve) => {
      finish = resolve
    })
    let isFull = () => slurm.mostJobs === 4
    await start({ maxSubmitJobs: 4 }, async (job) => {
      if (keyOfJob(job) === undefined) await others
      else if (isLesson(job)) await until(isFull)
      return await doJob(job)
    })
    const other = new JobLedger(new Store(join(folder, 'other-store')))
    for (let n = 0; n < 2; n++) await sbatch(`#!/bin/bash\n#SBATCH --comment=${other.commentOf('x')}\n`)
    const report = await follow(work({}, told))
    expect([report.failed, slurm.refused, slurm.mostJobs]).toEqual([[], [], 4])
    rmSync(store.folder, { recursive: true })
    // The study says more than the site: the site's own word is heard.
    isFull = () => slurm.refused.length > 0
    const again = await follow(work({ jobs: 10 }, told))
    expect(again.failed).toEqual([])
    expect(slurm.refused.length).toBeGreaterThan(0)
    expect(told.join('\n')).toContain('AssocMaxSubmitJobLimit: the next job is submitted when there is room')
    finish()
  })

  it('finds jobs again after an interruption, also those of an array that were not written down', async () => {
    plan = await seeds('[1, 2, 3, 4]')
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    await start({}, async (job) => {
      await gate
      return await doJob(job)
    })
    const { jobs } = await submit()
    for (const name of readdirSync(store.jobsFolder)) if (name.endsWith('.json')) rmSync(join(store.jobsFolder, name))
    const controller = new AbortController()
    const first = follow(work(), controller.signal)
    setTimeout(() => controller.abort(), 200)
    expect((await first).interrupted).toBe(true)
    go()
    const report = await follow()
    expect([report.failed, report.interrupted]).toEqual([[], false])
    expect(slurm.calls.sbatch).toBe(jobs + 1)
  })

  it('ends at once when it is interrupted while it waits for what a finished job has written', async () => {
    // A shared disk shows later what a node has written: for a minute that is waited for.
    await start({}, async () => 'COMPLETED')
    const controller = new AbortController()
    const run = follow(work(), controller.signal)
    await until(() => slurm.calls.sbatch === 2 && slurm.alive.length === 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const before = performance.now()
    controller.abort()
    expect((await run).interrupted).toBe(true)
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('submits anew what jobs were to do that the queue no longer knows', async () => {
    plan = await seeds('[1, 2, 3, 4]')
    await start()
    const ledger = new JobLedger(store)
    for (const step of plan.steps.values())
      ledger.write(step, { job: '99', cluster: '', memoryMb: 1, memoryRetries: 0, log: '/x' })
    expect((await follow()).failed).toEqual([])
    expect(slurm.calls.sbatch).toBe(plan.steps.size)
  })

  it('gives a job more memory once that its node ended for it, whatever its state is called', async () => {
    const teach = [...plan.steps.values()].find(({ kind }) => kind === 'teach')!
    const asked: string[] = []
    await start({}, async (job) => {
      if (keyOfJob(job) !== teach.key) return await doJob(job)
      asked.push(job.options.get('mem')!)
      if (asked.length > 1) return await doJob(job)
      writeFileSync(
        job.options.get('output')!.replace('%j', job.id),
        'slurmstepd-n1: error: Exceeded job memory limit\n',
      )
      return 'FAILED'
    })
    expect((await follow(work({ memory: '3G' }))).failed).toEqual([])
    expect(asked).toEqual(['3072M', '6144M'])
  })

  it('submits anew what Slurm holds back as no node could begin it, and gives up where none ever can', async () => {
    const teach = [...plan.steps.values()].find(({ kind }) => kind === 'teach')!
    let held = 0
    await start({}, async (job) => (keyOfJob(job) === teach.key && held++ < 2 ? 'HELD' : await doJob(job)))
    expect((await follow()).failed).toEqual([])
    expect(slurm.alive).toEqual([])
    rmSync(store.folder, { recursive: true })
    held = -10
    const { failed } = await follow()
    expect(failed.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^job \d+: its node failed, 4 times/u)])
  })

  it('says what a job waits for that has gone back into the queue as another process is at its step', async () => {
    const teach = [...plan.steps.values()].find(({ kind }) => kind === 'teach')!
    const notes: string[] = []
    await start({}, async (job) => {
      if (keyOfJob(job) !== teach.key) return await doJob(job)
      const held = store.begin('teach', teach.key)
      if (held === 'done' || 'holder' in held) throw new Error('the lesson must be free')
      Object.assign(job, { state: 'PENDING', reason: 'BeginTime' })
      await until(() => notes.some((note) => note.includes('waits')))
      const asked = slurm.calls.squeue!
      await until(() => slurm.calls.squeue! > asked + 2)
      held.leave()
      job.state = 'RUNNING'
      return await doJob(job)
    })
    const observer = { onNote: (_: unknown, note: string) => void notes.push(note) }
    expect((await follow(work(), undefined, observer)).failed).toEqual([])
    const { id } = [...slurm.jobs.values()].find((job) => keyOfJob(job) === teach.key)!
    expect(notes.filter((note) => note.includes('waits'))).toEqual([
      `${teach.label}: job ${id} waits, as process ${process.pid} on ${hostname()} is working on it`,
    ])
    expect(slurm.calls.sbatch).toBe(plan.steps.size)
  })

  it('prints the scripts that it would submit, and leaves the store as it is', async () => {
    await start()
    const scripts = await scriptsToFollow(plan, store, work())
    expect(scripts).toHaveLength(plan.steps.size)
    expect(scripts.join('')).not.toContain('--array')
    expect(scripts.join('')).not.toContain('--dependency')
    expect([existsSync(store.folder), slurm.calls.sbatch]).toEqual([false, undefined])
  })
})

it('says for whom it waits who submits jobs of the same store, as one that died on another machine a moment ago', async () => {
  await start()
  const lock = takeLock(join(store.jobsFolder, 'submit.lock'))
  if ('holder' in lock) throw new Error('the lock must be free')
  const told: string[] = []
  const [followed, submitted] = [follow(work({}, told)), submit({ onNotice: (sentence) => told.push(sentence) })]
  const sentence = `Waiting for process ${process.pid} on ${hostname()}, which submits jobs of this store`
  await until(() => told.filter((one) => one === sentence).length > 1)
  lock.release()
  expect([(await followed).failed, (await submitted).lost]).toEqual([[], []])
})

it('a store whose path Slurm would take for another is refused before anything is submitted', async () => {
  await start()
  store = new Store(join(folder, 'a\\store'))
  for (const tried of [submit, follow, () => scriptsToFollow(plan, store, work())])
    await expect(tried()).rejects.toThrow(/^Cannot have jobs of Slurm print into .* holds a backslash/u)
  expect(slurm.calls.sbatch).toBeUndefined()
})

describe('a study that is submitted whole', () => {
  it('is a few arrays whose elements wait for their own neighbours, and is finished in order', async () => {
    plan = await seeds('[1, 2, 3, 4]')
    await start()
    const { submitted, jobs, later } = await submit()
    expect([submitted.length, later]).toEqual([plan.steps.size, 0])
    await untilIdle()
    expect([...plan.steps.values()].filter(({ kind, key }) => !store.isDone(kind, key))).toEqual([])
    // Both tasks' rows; lessons and tests of the first level; those of the second.
    expect(jobs).toBeLessThanOrEqual(10)
    expect(slurm.calls.sbatch).toBe(jobs + 1)
    expect([...slurm.jobs.values()].some(({ options }) => options.get('dependency')?.includes('aftercorr'))).toBe(true)
  })

  it("keeps to the site's limits, and goes on in waves", async () => {
    plan = await seeds('[1, 2, 3, 4]')
    await start({ maxSubmitJobs: 10, maxArraySize: 4 })
    let waves = 0
    for (let later = 1; later > 0; waves++) {
      const submission = await submit({ isGoingOn: waves > 0 })
      later = submission.later
      await untilIdle()
    }
    expect([...plan.steps.values()].filter(({ kind, key }) => !store.isDone(kind, key))).toEqual([])
    expect([slurm.refused, slurm.mostJobs <= 10]).toEqual([[], true])
    expect(waves).toBe(Math.ceil(plan.steps.size / 9))
  })

  it('is refused where it could not go on, and has to wait where the queue is full', async () => {
    await start({ maxSubmitJobs: 4, slots: 0 })
    await expect(submit({ cluster: work({ jobs: 2 }) })).rejects.toThrow(/2 jobs may be .*, as it takes 3/u)
    for (let n = 0; n < 3; n++) await sbatch('#!/bin/bash\n')
    await expect(submit()).rejects.toThrow(NoRoom)
    expect(slurm.calls.sbatch).toBe(3)
  })

  it('prints the scripts that it would submit, and leaves the store as it is', async () => {
    await start()
    const scripts: string[] = []
    await submit({ dryRun: true, cluster: work({ time: '4:00:00' }), onScript: (script) => scripts.push(script) })
    expect(scripts.at(-1)).toContain('afterany')
    expect(scripts.filter((script) => !script.includes('--time=240\n'))).toEqual([])
    expect([existsSync(store.folder), slurm.calls.sbatch]).toEqual([false, undefined])
  })

  it('is cancelled as it was submitted, though the study has changed since', async () => {
    plan = await seeds('[1, 2]')
    await start({ slots: 0 })
    await submit()
    plan = await seeds('[2]')
    await cancelStudy(plan, store)
    expect(slurm.alive).toEqual([])
  })
})

async function sbatch(script: string): Promise<void> {
  const child = spawn('sbatch', [], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end(script)
  await new Promise((resolve) => child.on('exit', resolve))
}
