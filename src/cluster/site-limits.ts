import { slurmTime } from '../study/cluster-request.ts'

/** What a site allows, as far as the controller tells. */
export interface SiteLimits {
  readonly cluster: string
  /** Jobs in the queue at once; infinite where nothing says so. */
  readonly jobs: number
  /** Elements of an array; 0 where arrays are not allowed. */
  readonly arraySize: number
  /** Longest time of the partition in minutes; infinite where it has none. */
  readonly minutes: number
}

interface Told {
  /** `scontrol show config` */
  readonly config: string
  /** `scontrol show partition --oneliner` */
  readonly partitions: string
  /** `sacctmgr show associations format=MaxSubmitJobs`; empty where there is no data base. */
  readonly association: string
}

/** Reads the limits out of what Slurm's commands print. */
export function readLimits({ config, partitions, association }: Told, partition: string | undefined): SiteLimits {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*(.*)$`, 'mu').exec(config)?.[1]?.trim()
  const own = association.split('\n').flatMap((line) => (/^\d+$/u.test(line.trim()) ? [Number(line)] : []))
  // The site's limit is of everybody's jobs together: half of it is left to the others.
  const all = Number(value('MaxJobCount') ?? Number.POSITIVE_INFINITY)
  return {
    cluster: value('ClusterName') ?? '',
    jobs: Math.min(...own, Math.max(1, Math.floor(all / 2))),
    // Indexes of an array are below the limit.
    arraySize: Math.max(0, Number(value('MaxArraySize') ?? 1) - 1),
    minutes: partitionMinutes(partitions, partition),
  }
}

function partitionMinutes(text: string, partition: string | undefined): number {
  const lines = text.split('\n').filter((line) => line.startsWith('PartitionName='))
  const wanted = partition?.split(',') ?? []
  const chosen = lines.filter((line) =>
    wanted.length === 0 ? /\bDefault=YES\b/u.test(line) : wanted.includes(/^PartitionName=(\S+)/u.exec(line)![1]!),
  )
  const limits = chosen.map((line) => minutesOf(/\bMaxTime=(\S+)/u.exec(line)?.[1]))
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...limits)
}

/** Whole minutes of `01:30:00` or `7-00:00:00`; `UNLIMITED` and what is no time are no limit. */
function minutesOf(text = 'UNLIMITED'): number {
  return /^[\d:-]+$/u.test(text) ? Math.floor(slurmTime(text)) : Number.POSITIVE_INFINITY
}
