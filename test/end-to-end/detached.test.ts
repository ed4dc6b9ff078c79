import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { reportOf } from '../../src/cli/run/stored-report.ts'
import { JobLedger } from '../../src/cluster/job-ledger.ts'
import { NoRoom } from '../../src/cluster/slurm.ts'
import { queueOf } from '../../src/execute/cluster-jobs.ts'
import { doStep } from '../../src/execute/do-step.ts'
import { type SubmitOptions, submitStudy } from '../../src/execute/submit-study.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import type { Step } from '../../src/study/steps/step-kinds.ts'
import { Store } from '../../src/study/store/store.ts'
import { doFakeJob, fakeClusterWork, roomySite, until } from '../rig/fake-cluster.ts'
import { type FakeJob, type FakeSite, FakeSlurm, keyOfJob } from '../rig/fake-slurm.ts'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../rig/fake-study.ts'

const path = process.env.PATH

let folder: string
let store: Store
let plan: Plan
let slurm: FakeSlurm
/** What the jobs that go on have come to: the number of the next one, or that there is nothing to wait for. */
let wentOn: string[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-detached-'))
  store = new Store(join(folder, 'store'))
  plan = await planFile(writeFakeStudy(folder))
  wentOn = []
})
afterEach(async () => {
  process.env.PATH = path
  await slurm.stop()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * Jobs of steps do them; one that goes on submits what is left.
 *
 * @param options `jobs` of the study; and whether a job may end yet, unless it is cancelled
 */
async function start(
  site: Partial<FakeSite>,
  { jobs, mayEnd = () => true }: { jobs?: number; mayEnd?: (job: FakeJob) => boolean } = {},
): Promise<void> {
  const cluster = fakeClusterWork(jobs === undefined ? {} : { jobs })
  slurm = await FakeSlurm.start(join(folder, 'bin'), { ...roomySite, ...site }, async (job) => {
    if (!isGoOn(job)) {
      await until(() => mayEnd(job) || job.state === 'CANCELLED')
      return job.state === 'CANCELLED' ? 'FAILED' : await doFakeJob(plan, store, job)
    }
    const { last = 'nothing' } = await submit({ cluster, isGoingOn: true, ownJob: job.id })
    wentOn.push(last)
    return 'COMPLETED'
  })
  process.env.PATH = `${slurm.folder}${delimiter}${path}`
}

const submit = (more: Partial<SubmitOptions> = {}) =>
  submitStudy(plan, { store, cluster: fakeClusterWork(), goOn: ['reteach', 'run'], isGoingOn: false, ...more })

const isGoOn = ({ options }: FakeJob) => options.get('comment')!.includes('/go-on-')
const goOns = () => slurm.alive.filter(isGoOn)
const jobOf = ({ key }: Step) => [...slurm.jobs.values()].findLast((job) => keyOfJob(job) === key)!
const teaches = () => [...plan.steps.values()].filter(({ kind }) => kind === 'teach')
const open = () => [...plan.steps.values()].filter(({ kind, key }) => !store.isDone(kind, key))
const scancel = (...args: string[]) => promisify(execFile)('scancel', args)

async function sbatch(comment: string): Promise<void> {
  const sent = promisify(execFile)('sbatch', ['--parsable'])
  sent.child.stdin!.end(`#!/bin/bash\n#SBATCH --comment=${comment}\n`)
  await sent
}

it('has one job that goes on, however often and by how many at once it is submitted, and it waits for all', async () => {
  await start({ slots: 0 })
  await Promise.all([submit(), submit()])
  const steps = slurm.alive.length - 1
  const { last, submitted, inQueue } = await submit()
  expect([submitted.length, inQueue.length]).toEqual([0, plan.steps.size])
  expect(goOns().map(({ id }) => id)).toEqual([last])
  expect(slurm.alive).toHaveLength(steps + 1)
  const waitedFor = goOns()[0]!.options.get('dependency')!.replace('afterany:', '').split(':')
  const numbers = slurm.alive.filter((job) => !isGoOn(job)).map(({ id }) => id.split('_')[0]!)
  expect(new Set(waitedFor)).toEqual(new Set(numbers))
})

it('comes to its end with few jobs of its own though it was submitted several times, and draws its tables once', async () => {
  let go = false
  await start({}, { jobs: 3, mayEnd: () => go })
  for (let n = 0; n < 4; n++) await submit({ cluster: fakeClusterWork({ jobs: 3 }) })
  go = true
  await until(() => slurm.isIdle)
  expect(open()).toEqual([])
  expect(slurm.mostJobs).toBeLessThanOrEqual(4)
  expect(wentOn.filter((last) => last === 'nothing')).toHaveLength(1)
})

it('goes on in good order where it is submitted again while the job that goes on has begun', async () => {
  let go = false
  await start({}, { mayEnd: () => go })
  await submit()
  const first = goOns()[0]!
  // It has begun early, as where an earlier submission was replaced a moment too late.
  first.state = 'RUNNING'
  const { last } = await submit()
  expect(goOns().map(({ id }) => id)).toEqual([first.id, last])
  const next = await submit({ isGoingOn: true, ownJob: first.id })
  first.state = 'COMPLETED'
  expect(goOns().map(({ id }) => id)).toEqual([next.last])
  go = true
  await until(() => wentOn.length > 0)
  expect([open(), wentOn]).toEqual([[], ['nothing']])
})

it('keeps the job that goes on where the site has no room for another beside it', async () => {
  await start({ slots: 0, maxSubmitJobs: 3 })
  const { last } = await submit()
  expect(slurm.alive).toHaveLength(3)
  expect((await submit()).last).toBe(last)
  expect(goOns().map(({ id }) => id)).toEqual([last])
})

it('counts for "jobs" what is its own, and for the limits of the site all jobs of the user', async () => {
  await start({ slots: 0, maxSubmitJobs: 7 })
  const other = new JobLedger(new Store(join(folder, 'other-store')))
  for (let n = 0; n < 2; n++) await sbatch(other.commentOf('f'.repeat(64)))
  const own = new JobLedger(store)
  for (let n = 0; n < 2; n++) await sbatch(own.commentOf(own.goOnOf('another study')))
  const { submitted } = await submit({ cluster: fakeClusterWork({ jobs: 3 }) })
  expect([submitted.length, slurm.alive.length]).toEqual([2, 7])
  rmSync(store.folder, { recursive: true })
  await expect(submit({ cluster: fakeClusterWork({ jobs: 3 }) })).rejects.toThrow(NoRoom)
  await expect(submit({ cluster: fakeClusterWork({ jobs: 3 }) })).rejects.toThrow(/as 3 jobs of the study may be/u)
  await expect(submit()).rejects.toThrow(/as 7 jobs of yours may be/u)
})

it('tells what somebody has cancelled as failed, also when the queue has forgotten it, until it is asked for anew', async () => {
  plan = await planFile(writeFakeStudy(folder, { 'study.yaml': fakeStudyText.replace('seeds: [1]', 'seeds: [1, 2]') }))
  const [lesson] = teaches()
  let go = false
  await start({}, { mayEnd: (job) => go || keyOfJob(job) !== lesson!.key })
  await submit()
  await until(() => jobOf(lesson!)?.state === 'RUNNING')
  const { id } = jobOf(lesson!)
  await scancel(id)
  await until(() => wentOn.length > 0 && slurm.isIdle)
  const log = new RegExp(`^job ${id}: cancelled on n1 \\(.*\\.log\\)$`, 'u')
  const needing = open().filter((step) => step !== lesson)
  expect(needing.length).toBeGreaterThan(0)
  const told = () => {
    const { failed, blocked, reused } = reportOf(plan, store)
    expect(failed).toEqual([{ step: lesson, reason: expect.stringMatching(log) }])
    expect(blocked).toEqual(needing)
    expect(reused).toHaveLength(plan.steps.size - needing.length - 1)
  }
  told()
  slurm.jobs.clear()
  const { lost } = await submit({ isGoingOn: true })
  expect(lost).toEqual([lesson, ...needing])
  told()
  const { jobs, ended } = await queueOf(plan, store)
  expect(jobs.size).toBe(0)
  expect([...ended()]).toEqual([[lesson!.key, { next: 'fail', job: id, reason: expect.stringMatching(log) }]])
  go = true
  expect((await submit()).submitted).toEqual([lesson, ...needing])
  expect([...(await queueOf(plan, store)).ended()]).toEqual([])
  await until(() => slurm.isIdle)
  expect(open()).toEqual([])
})

it('tries again what is asked for anew and has no room at once', async () => {
  const isLesson = (job: FakeJob) => plan.steps.get(keyOfJob(job) as never)?.kind === 'teach'
  let go = false
  await start({}, { jobs: 3, mayEnd: (job) => go || !isLesson(job) })
  await submit()
  const atWork = () => teaches().filter((step) => jobOf(step)?.state === 'RUNNING')
  // One job is begun a moment before the other.
  await until(() => atWork().length > 1)
  const running = atWork()
  await scancel(...running.map((step) => jobOf(step).id))
  await until(() => slurm.isIdle)
  expect(reportOf(plan, store).failed.map(({ step }) => step)).toEqual(running)
  go = true
  const { later } = await submit({ cluster: fakeClusterWork({ jobs: 3 }) })
  expect(later).toBeGreaterThan(running.length)
  await until(() => slurm.isIdle)
  expect([open(), wentOn.at(-1)]).toEqual([[], 'nothing'])
})

it('says of a job that ended and has none after it that it did, unless one is there that goes on', async () => {
  await start({ slots: 0 })
  const { submitted } = await submit()
  const [first] = submitted
  jobOf(first!).state = 'NODE_FAIL'
  expect((await queueOf(plan, store)).ended().size).toBe(0)
  await scancel(...goOns().map(({ id }) => id))
  const ended = () => queueOf(plan, store).then((queue) => queue.ended().get(first!.key))
  expect(await ended()).toMatchObject({ next: 'submit', job: jobOf(first!).id, why: 'its node failed' })
  jobOf(first!).state = 'FAILED'
  expect(await ended()).toMatchObject({
    next: 'fail',
    reason: expect.stringMatching(/^job \S+: it ended without a w/u),
  })
})

it('has a step wait for all that it needs, also where two of them are elements of one array', async () => {
  const text = fakeStudyText.replace('  - base -> a2t\n', '')
  plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
  const [rows, lesson] = ['prepare res', 'teach base -> res, seed 1'].map(
    (label) => [...plan.steps.values()].find((step) => step.label === label)!,
  )
  // With the rows of the first lesson there, it and the rows of the second wait for nothing, and become one array.
  const nothing = () => {}
  const order = { signal: new AbortController().signal, onProgress: nothing, onNotice: nothing, onNote: nothing }
  await doStep(plan, rows!, { store, runners: fakeRunners(), program: 'test' }, order)
  let go = false
  await start({}, { mayEnd: (job) => go || keyOfJob(job) !== lesson!.key })
  await submit()
  expect(jobOf(lesson!).id).toMatch(/_/u)
  await until(() => jobOf(lesson!).state === 'RUNNING')
  await new Promise((resolve) => setTimeout(resolve, 300))
  go = true
  await until(() => slurm.isIdle)
  expect([...slurm.jobs.values()].filter(({ state }) => state !== 'COMPLETED')).toEqual([])
  expect([open(), wentOn]).toEqual([[], ['nothing']])
})
