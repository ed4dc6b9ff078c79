import { basename, dirname, join } from 'node:path'
import { Fault } from '../base/fault.ts'
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
  /** File with the key of an array's element of index n in line n, counted from 0, and the indexes. */
  readonly array?: { readonly file: string; readonly indexes: readonly number[] }
  /** `afterok:12:13_4,aftercorr:15`: what has to be finished first. */
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
    // The warning ends a shell that does not know it; the program does, once it has begun.
    "trap '' USR1",
    ...cluster.prologue,
    ...(job.array === undefined
      ? []
      : [`RETEACH_KEY=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellQuote(job.array.file)})`]),
    `exec ${words.join(' ')}`,
    '',
  ].join('\n')
}

/**
 * Looks whether jobs can be told where they run and where they print, before any is submitted: an option ends with its line, and
 * a backslash in the file of what a job prints has Slurm take `%j` as it is.
 *
 * @param store its folder, which has the files of what jobs print
 * @throws {Fault} naming the folder
 */
export function requireJobFolders(folder: string, store: string): void {
  if (/[\n\r]/u.test(folder))
    throw new Fault(
      `Cannot have jobs of Slurm run in ${JSON.stringify(folder)} as its path holds a line break: run this in another folder`,
    )
  if (/[\n\r\\]/u.test(store))
    throw new Fault(
      `Cannot have jobs of Slurm print into ${JSON.stringify(store)} as its path holds a ${store.includes('\\') ? 'backslash' : 'line break'}: name another store with --store`,
    )
}

function jobOptions(job: JobRequest, cluster: ClusterRequest): string[] {
  const { minutes, memoryMb, cpus } = job.resources
  const site = ['partition', 'account', 'qos', 'constraint', 'gres'] as const
  return [
    `--job-name=${optionValue(job.name)}`,
    `--comment=${optionValue(job.comment)}`,
    `--output=${quoted(join(dirname(job.log).replaceAll('%', '%%'), basename(job.log)))}`,
    '--open-mode=append',
    `--chdir=${quoted(job.folder)}`,
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    `--mem=${memoryMb}M`,
    ...(minutes === undefined ? [] : [`--time=${minutes}`]),
    // To the batch shell alone, whose place the program has taken.
    `--signal=B:USR1@${warnSeconds(minutes, cluster)}`,
    '--requeue',
    ...site.flatMap((name) => (cluster[name] === undefined ? [] : [`--${name}=${optionValue(cluster[name])}`])),
    ...(job.array === undefined ? [] : [`--array=${ranges(job.array.indexes)}`]),
    ...(job.dependency === undefined ? [] : [`--dependency=${job.dependency}`, '--kill-on-invalid-dep=yes']),
    ...cluster.sbatch,
  ]
}

/** Of a short time two thirds are left to work in. */
function warnSeconds(minutes: number | undefined, { warnSeconds: wanted }: ClusterRequest): number {
  return minutes === undefined ? wanted : Math.min(wanted, 20 * minutes)
}

/** `0-3,7` for ascending numbers. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = []
  for (const number of numbers) {
    const last = parts.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else parts.push([number, number])
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** One word of bash, whatever is in it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** `#SBATCH` lines know double quotes with a backslash, and end with the line. */
function optionValue(text: string): string {
  return quoted(text.replace(/[\p{Cc}\p{Cf}]+/gu, ' '))
}

function quoted(line: string): string {
  return /^[\w@%+=:,./-]+$/u.test(line) ? line : `"${line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
