import type { ClusterRequest } from '../study/cluster-request.ts'
import type { JobResources } from './job-script.ts'
import type { SiteLimits } from './site-limits.ts'

/** What a step is expected to take, as far as it is known. */
export interface StepNeeds {
  readonly seconds?: number
  readonly bytes?: number
}

/** Starting Node, reading the study and hashing its files take their time, on a busy shared folder more. */
const leastMinutes = 10
const leastMemoryMb = 1024

/** What the job of a step asks for: its estimate with the study's margins, no longer than a sitting may be. */
export function resourcesOf(
  { seconds, bytes }: StepNeeds,
  cluster: ClusterRequest,
  { minutes: longest }: Pick<SiteLimits, 'minutes'>,
  memoryRetries = 0,
): JobResources {
  const most = Math.min(cluster.minutes ?? Number.POSITIVE_INFINITY, longest)
  const wanted =
    seconds === undefined
      ? most
      : Math.max(leastMinutes, Math.ceil((seconds * cluster.timeFactor + cluster.warnSeconds) / 60))
  const minutes = Math.min(wanted, most)
  const memory = bytes === undefined ? cluster.memoryMb : Math.ceil((bytes * cluster.memoryFactor) / 2 ** 20)
  return {
    // Where nobody knows, and nothing limits it, the partition's own default holds.
    minutes: Number.isFinite(minutes) ? minutes : undefined,
    memoryMb: Math.max(memory, leastMemoryMb) * 2 ** memoryRetries,
    cpus: cluster.cpus,
  }
}
