import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { liveJobs, polledJobs } from '../../src/cli/run/live-source.ts'
import { runStudy } from '../../src/execute/run-study.ts'
import { submitStudy } from '../../src/execute/submit-study.ts'
import { LiveStudy } from '../../src/serve/live-study.ts'
import { resolveCluster } from '../../src/study/file/keys/resolve-cluster.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import type { ClusterWork } from '../../src/study/run/executor.ts'
import { Store } from '../../src/study/store/store.ts'
import { FakeSlurm } from '../rig/fake-slurm.ts'
import { fakeRunners, planFile, writeFakeStudy } from '../rig/fake-study.ts'

const path = process.env.PATH

let folder: string
let store: Store
let plan: Plan
let slurm: FakeSlurm
let finish: () => void
/** One job runs at a time, and none ends before it may. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-live-queue-'))
  store = new Store(join(folder, 'store'))
  plan = await planFile(writeFakeStudy(folder))
  const mayEnd = new Promise<void>((resolve) => {
    finish = resolve
  })
  const site = { slots: 1, maxSubmitJobs: 1000, maxArraySize: 100, maxJobCount: 10_000 }
  slurm = await FakeSlurm.start(join(folder, 'bin'), site, async () => {
    await mayEnd
    return 'FAILED'
  })
  process.env.PATH = `${slurm.folder}${delimiter}${path}`
})
afterEach(async () => {
  finish()
  process.env.PATH = path
  await slurm.stop()
  rmSync(folder, { recursive: true, force: true })
})

function work(onJobs?: ClusterWork['onJobs']): ClusterWork {
  return {
    request: { ...resolveCluster({}), pollSeconds: 0.05 },
    stepCommand: (key) => ['reteach', 'step', 'study.yaml', key],
    needsOf: () => ({}),
    onQueue: () => {},
    ...(onJobs && { onJobs }),
  }
}

it('the live page tells the jobs of a study, those at work first, and asks the queue once a poll time however many look', async () => {
  await submitStudy(plan, { store, cluster: work(), goOn: ['reteach', 'run'], isGoingOn: false })
  const live = new LiveStudy(plan, store, {
    jobs: polledJobs(plan, store),
    notes: () => [],
    targetOf: async () => undefined,
  })
  const before = slurm.calls.squeue ?? 0
  const looks = await Promise.all([live.status(), live.status(), live.status()])
  const { queue } = await live.status()
  expect((slurm.calls.squeue ?? 0) - before).toBe(1)
  expect(looks[0].queue).toEqual(queue)
  expect([queue!.running, queue!.running + queue!.waiting]).toEqual([1, plan.steps.size])
  const [first, second] = queue!.jobs
  expect(first).toMatchObject({ isRunning: true, id: expect.stringMatching(/^\d+/u), label: expect.any(String) })
  expect(first!.nodes).not.toBe('')
  expect(second).toMatchObject({ isRunning: false })
  expect(second!.reason).not.toBe('')
})

it('the page of a run on a cluster shows what the run has seen, and asks nobody', async () => {
  let seen: ReturnType<typeof liveJobs> = new Map()
  const stop = new AbortController()
  const asked: number[] = []
  const cluster = work((jobs) => {
    seen = liveJobs(plan, jobs)
    if (seen.size > 0) stop.abort()
  })
  await runStudy(plan, {
    store,
    runners: fakeRunners(),
    program: 'test',
    executor: 'slurm',
    cluster,
    signal: stop.signal,
  })
  asked.push(slurm.calls.squeue ?? 0)
  const live = new LiveStudy(plan, store, {
    jobs: async () => ({ jobs: seen }),
    notes: () => [],
    targetOf: async () => undefined,
  })
  const { queue } = await live.status()
  expect(queue!.jobs.length).toBeGreaterThan(0)
  expect(slurm.calls.squeue).toBe(asked[0])
})
