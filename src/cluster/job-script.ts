import { basename, dirname, join } from 'node:path'
import type { ClusterRequest } from '../study/cluster-request.ts'

/** What a job asks of the cluster. */
export interface JobResources {
  readonly minutes: number | undefined
  readonly memoryMb: number
  readonly cpus: number
}

export interface JobRequest {
  /** For people, as `squeue` shows it. */
  readonly name: string
  /** By which this program knows its jobs again. */
  readonly comment: string
  readonly resources: JobResources
  /** File of what the job prints; Slurm replaces `%j`. */
  readonly log: string
  /** The folder in which it runs. */
  readonly folder: string
  /** The program and its arguments; of an array `$RETEACH_KEY` is the element's line of `keys`. */
  readonly command: readonly string[]
  /** File with a line for each element of an array, and how many there are. */
  readonly array?: { readonly file: string; readonly size: number }
  /** `afterok:12:13_4`: what has to be finished first. */
  readonly dependency?: string
}

/** Where a word stands in a command for the step's key of an array's element. */
export const keyOfElement = '$RETEACH_KEY'

/**
 * The script of a job, options first, then what the site needs, then the program in the shell's place: signals that are meant
 * for the job reach it.
 */
export function jobScript(job: JobRequest, cluster: ClusterRequest): string {
  const words = job.command.map((word) => (word === keyOfElement ? `"${keyOfElement}"` : shellQuote(word)))
  return [
    '#!/bin/bash',
    ...jobOptions(job, cluster).map((option) => `#SBATCH ${option}`),
    ...cluster.prologue,
    ...(job.array === undefined
      ? []
      : [`RETEACH_KEY=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellQuote(job.array.file)})`]),
    `exec ${words.join(' ')}`,
    '',
  ].join('\n')
}

function jobOptions(job: JobRequest, cluster: ClusterRequest): string[] {
  const { minutes, memoryMb, cpus } = job.resources
  const site = ['partition', 'account', 'qos', 'constraint', 'gres'] as const
  return [
    `--job-name=${optionValue(job.name)}`,
    `--comment=${optionValue(job.comment)}`,
    `--output=${optionValue(join(dirname(job.log).replaceAll('%', '%%'), basename(job.log)))}`,
    '--open-mode=append',
    `--chdir=${optionValue(job.folder)}`,
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    `--mem=${memoryMb}M`,
    ...(minutes === undefined ? [] : [`--time=${minutes}`]),
    // To the batch shell alone, whose place the program has taken.
    `--signal=B:USR1@${cluster.warnSeconds}`,
    '--requeue',
    ...site.flatMap((name) => (cluster[name] === undefined ? [] : [`--${name}=${optionValue(cluster[name])}`])),
    ...(job.array === undefined ? [] : [`--array=0-${job.array.size - 1}`]),
    ...(job.dependency === undefined ? [] : [`--dependency=${job.dependency}`, '--kill-on-invalid-dep=yes']),
    ...cluster.sbatch,
  ]
}

/** One word of bash, whatever is in it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** `#SBATCH` lines know double quotes with a backslash, and end with the line. */
function optionValue(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
  return /^[\w@%+=:,./-]+$/u.test(line) ? line : `"${line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
