import { doStep } from '../../src/execute/do-step.ts'
import { resolveCluster } from '../../src/study/file/keys/resolve-cluster.ts'
import type { Plan } from '../../src/study/plan/plan.ts'
import type { ClusterWork } from '../../src/study/run/executor.ts'
import type { Store } from '../../src/study/store/store.ts'
import { type FakeJob, type FakeSite, keyOfJob } from './fake-slurm.ts'
import { fakeRunners } from './fake-study.ts'

/** A site that is in nobody's way. */
export const roomySite: FakeSite = { slots: 8, maxSubmitJobs: 1000, maxArraySize: 100, maxJobCount: 10_000 }

/** Does the step of a job as `reteach step` does; a job of none has nothing to do. */
export async function doFakeJob(
  plan: Plan,
  store: Store,
  job: FakeJob,
): Promise<'COMPLETED' | 'FAILED' | 'OUT_OF_MEMORY'> {
  const step = plan.steps.get(keyOfJob(job) as never)
  if (step === undefined) return 'COMPLETED'
  const nothing = () => {}
  const order = { signal: new AbortController().signal, onProgress: nothing, onNotice: nothing, onNote: nothing }
  const { state } = await doStep(plan, step, { store, runners: fakeRunners(), program: 'test' }, order)
  return state === 'finished' ? 'COMPLETED' : 'FAILED'
}

/** How steps become jobs that nobody calls. */
export function fakeClusterWork(cluster: Parameters<typeof resolveCluster>[0] = {}, told: string[] = []): ClusterWork {
  return {
    request: { ...resolveCluster(cluster), pollSeconds: 0.05 },
    stepCommand: (key) => ['reteach', 'step', 'study.yaml', key],
    needsOf: () => ({}),
    onQueue: (sentence) => told.push(sentence),
  }
}

export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}
