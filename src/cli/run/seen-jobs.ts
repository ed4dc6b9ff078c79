import type { LiveJobs } from '../../serve/live-study.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { ClusterJob } from '../../study/run/executor.ts'
import { liveJobs } from './live-source.ts'

/** The jobs of a cluster as the run that follows them has seen them last: its page asks nobody anew. */
export class SeenJobs {
  #jobs: ReadonlyMap<StepKey, ClusterJob> = new Map()

  see(jobs: ReadonlyMap<StepKey, ClusterJob>): void {
    this.#jobs = jobs
  }

  async live(plan: Plan): Promise<LiveJobs> {
    return { jobs: liveJobs(plan, this.#jobs) }
  }
}
