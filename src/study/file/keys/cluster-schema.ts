import * as z from 'zod'
import { describe } from './describe.ts'
import { fileDefaults } from './file-defaults.ts'

/** As `sbatch --time` takes it: minutes, `[hours:]minutes:seconds` or `days-hours[:minutes[:seconds]]`. */
const slurmTimePattern = /^(?:\d+|\d+:\d{2}(?::\d{2})?|\d+-\d+(?::\d{2}){0,2})$/u

/** As `sbatch --mem` takes it. */
const slurmMemoryPattern = /^\d+(?:\.\d+)?[KMGT]?$/iu

const word = z.string().regex(/^\S+$/u, { error: 'wanted one word, as an option of sbatch takes it' })
const shellLine = z.string().regex(/^[^\n\r\0]*$/u, { error: 'wanted one line' })
const site = { absent: "the site's default" }

/** `cluster:` of a study, and the whole of a file that `--cluster` names. */
export const clusterSchema = z.strictObject({
  partition: describe(word.optional(), 'Partition that jobs are submitted to', { ...site, example: 'long' }),
  account: describe(word.optional(), 'Account that is charged', { ...site, example: 'nlp-group' }),
  qos: describe(word.optional(), 'Quality of service', { ...site, example: 'normal' }),
  constraint: describe(word.optional(), 'Features that a node must have', { absent: 'none', example: 'avx512' }),
  gres: describe(word.optional(), 'Generic resources of a job', { absent: 'none', example: 'gpu:1' }),
  time: describe(
    z
      .union([z.int().positive(), z.string().regex(slurmTimePattern, { error: 'wanted a time as sbatch takes it' })])
      .optional(),
    'Longest time of one job, in minutes or as sbatch has it; a longer lesson takes several',
    { absent: 'what the partition allows', example: '4:00:00' },
  ),
  cpus: describe(z.int().min(1).optional(), 'Processors of a job, and threads of its step', {
    default: fileDefaults.cluster.cpus,
    example: 8,
  }),
  memory: describe(
    z.string().regex(slurmMemoryPattern, { error: 'wanted a size as sbatch takes it, such as 4G' }).optional(),
    'Memory of a step that has no estimate',
    { default: fileDefaults.cluster.memory, example: '16G' },
  ),
  time_factor: describe(z.number().min(1).optional(), 'What the estimated time is multiplied by', {
    default: fileDefaults.cluster.time_factor,
    example: 3,
  }),
  memory_factor: describe(z.number().min(1).optional(), 'What the estimated memory is multiplied by', {
    default: fileDefaults.cluster.memory_factor,
    example: 2,
  }),
  prologue: describe(z.array(shellLine).optional(), 'Lines of shell that a job begins with', {
    absent: 'none',
    example: ['module load nodejs/20'],
  }),
  sbatch: describe(
    z.array(shellLine.regex(/^-/u, { error: 'wanted an option of sbatch, such as "--mail-type=FAIL"' })).optional(),
    'Further options of sbatch',
    { absent: 'none', example: ['--mail-type=FAIL', '--exclude=node7'] },
  ),
  jobs: describe(
    z.int().min(1).optional(),
    "Jobs of the study that are in the queue at once; the site's limits are of all your jobs, those of other studies too",
    { absent: 'as many as the site allows', example: 200 },
  ),
  poll_seconds: describe(z.number().positive().optional(), 'Seconds between two questions to the queue', {
    default: fileDefaults.cluster.poll_seconds,
    example: 30,
  }),
  warn_seconds: describe(
    z.int().min(1).max(3600).optional(),
    'Seconds before its time is over that a job saves its state and goes back into the queue',
    { default: fileDefaults.cluster.warn_seconds, example: 300 },
  ),
})

export type ClusterEntry = z.output<typeof clusterSchema>
