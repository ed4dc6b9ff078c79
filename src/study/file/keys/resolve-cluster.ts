import { type ClusterRequest, slurmTime } from '../../cluster-request.ts'
import { explainIssues } from '../schema-faults.ts'
import type { StudyFault } from '../study-fault.ts'
import { parsePlacedYaml } from '../yaml-places.ts'
import { type ClusterEntry, clusterSchema } from './cluster-schema.ts'
import { fileDefaults } from './file-defaults.ts'

/** Fills in what a study, or a file about a cluster, does not say. */
export function resolveCluster(entry: ClusterEntry = {}): ClusterRequest {
  const { cluster } = fileDefaults
  const { partition, account, qos, constraint, gres, jobs } = entry
  return {
    partition,
    account,
    qos,
    constraint,
    gres,
    minutes: entry.time === undefined ? undefined : slurmMinutes(String(entry.time)),
    cpus: entry.cpus ?? cluster.cpus,
    memoryMb: slurmMegabytes(entry.memory ?? cluster.memory),
    timeFactor: entry.time_factor ?? cluster.time_factor,
    memoryFactor: entry.memory_factor ?? cluster.memory_factor,
    prologue: entry.prologue ?? [],
    sbatch: entry.sbatch ?? [],
    jobs,
    pollSeconds: entry.poll_seconds ?? cluster.poll_seconds,
    warnSeconds: entry.warn_seconds ?? cluster.warn_seconds,
  }
}

/** Reads a file that holds what `cluster:` of a study holds. @returns it, or every fault, in the order of the text */
export function readCluster(text: string, file: string): ClusterRequest | { readonly faults: readonly StudyFault[] } {
  const yaml = parsePlacedYaml(text, file)
  if (yaml.faults.length > 0) return { faults: yaml.faults }
  const checked = clusterSchema.safeParse(yaml.value ?? {})
  if (checked.success) return resolveCluster(checked.data)
  const issues = explainIssues(checked.error, clusterSchema, yaml.value)
  return { faults: issues.map(({ path, message, where }) => yaml.faultAt(path, message, where)) }
}

/** Minutes of a time as `sbatch --time` takes it, rounded up. */
export function slurmMinutes(text: string): number {
  return Math.ceil(slurmTime(text))
}

/** MiB of a size as `sbatch --mem` takes it: without a letter MiB. */
export function slurmMegabytes(text: string): number {
  const [, amount, unit = 'M'] = /^([\d.]+)([KMGT]?)$/iu.exec(text)!
  const scale = { K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 }[(unit || 'M').toUpperCase() as 'K' | 'M' | 'G' | 'T']
  return Math.ceil(Number(amount) * scale)
}
