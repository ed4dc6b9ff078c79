import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemFault } from '../../base/system-fault.ts'
import { ClusterNeeds } from '../../execute/cluster-needs.ts'
import type { Estimates } from '../../execute/estimates.ts'
import type { ClusterRequest } from '../../study/cluster-request.ts'
import { readCluster } from '../../study/file/keys/resolve-cluster.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { ClusterWork } from '../../study/run/executor.ts'
import type { Store } from '../../study/store/store.ts'
import type { StudyFlags } from '../input/load-plan.ts'
import { StudyFaults } from '../input/load-study.ts'

export interface ClusterFlags extends StudyFlags {
  readonly cluster?: string
  readonly elsewhere?: 'warn' | 'refuse'
}

/**
 * How the steps of a study become jobs that call this program as it was called, with paths that hold on every node.
 *
 * @throws {StudyFaults} if the file that `--cluster` names has faults
 */
export function clusterWork(
  { plan, store, study, estimates }: { plan: Plan; store: Store; study: string; estimates: Estimates },
  flags: ClusterFlags,
  onQueue: (sentence: string) => void,
  onJobs: NonNullable<ClusterWork['onJobs']> = () => {},
): ClusterWork {
  const request = clusterRequest(plan, flags)
  const needs = new ClusterNeeds(plan, store, estimates)
  return {
    request,
    stepCommand: (key) => [
      ...callOnNodes('step', study, [key]),
      ...optionsOnNodes(store, flags),
      ...(flags.elsewhere === undefined ? [] : ['--elsewhere', flags.elsewhere]),
      ...['--threads', String(request.cpus), '--requeue'],
    ],
    needsOf: (step) => needs.of(step),
    onQueue,
    onJobs,
  }
}

/** What the study, or the file that `--cluster` names, says of the cluster. */
function clusterRequest({ study }: Plan, { cluster: file }: ClusterFlags): ClusterRequest {
  if (file === undefined) return study.cluster
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw systemFault(`Cannot read "${file}"`, error)
  }
  const read = readCluster(text, file)
  if ('faults' in read) throw new StudyFaults(read.faults)
  return read
}

/** A command of this program on a study, as a job calls it. */
export function callOnNodes(command: string, study: string, rest: readonly string[] = []): string[] {
  return [process.execPath, ...process.execArgv, resolve(process.argv[1]!), command, resolve(study), ...rest]
}

/** The options of a study's commands as they were given, for a call that a person is shown. */
export function optionsAsGiven({ store, folder }: StudyFlags): string[] {
  const folders = [...(folder ?? [])].flatMap(([name, path]) => ['--folder', `${name}=${path}`])
  return [...(store === undefined ? [] : ['--store', store]), ...folders]
}

/** The options of a study's commands, with paths that hold in any folder. */
export function optionsOnNodes(store: Store, { folder }: StudyFlags): string[] {
  const folders = [...(folder ?? [])].flatMap(([name, path]) => ['--folder', `${name}=${resolve(path)}`])
  return ['--store', store.folder, ...folders]
}
