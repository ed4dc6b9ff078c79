import * as z from 'zod'
import type { MetricKind } from '../../metrics/metric.ts'
import { metricKinds } from '../../metrics/registry.ts'
import { cleaningRules } from '../../tasks/clean.ts'
import { taskPresetNames } from '../../tasks/presets.ts'
import { unfairnessNames } from '../unfairness-names.ts'
import { chainSchema, seedsSchema, startSchema, sweepSchema } from './keys/chain-schema.ts'
import { clusterSchema } from './keys/cluster-schema.ts'
import { dataSchema, type fileSourceSchema } from './keys/data-schema.ts'
import { describe } from './keys/describe.ts'
import { figureSchema } from './keys/figure-schema.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import { generateSchema } from './keys/generate-schema.ts'
import { labelsSchema } from './keys/labels-schema.ts'
import { metricSchema } from './metric-schema.ts'
import { limitsSchema, teachSchema } from './teach-schema.ts'

/**
 * The study file's shape: the one place that says which keys exist, of what type and in which range. What a value must
 * fit elsewhere in the file (names, labels, columns) is checked after it.
 */

/** Names of starts, tasks and mixtures: they stand in chains, so no spaces, arrows or brackets. */
export const namePattern = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.+-]*[\p{L}\p{N}_+])?$/u

/** Names become names of files and folders, which have 255 bytes at most, with endings and counts of their own. */
const mostNameBytes = 200
const fits = (text: string): boolean => Buffer.byteLength(text) <= mostNameBytes
const tooLong = { error: `wanted at most ${mostNameBytes} bytes, as files are named by it` }

const name = z
  .string()
  .regex(namePattern, { error: 'wanted letters, digits, "_", ".", "+" and inner "-", as names stand in chains' })
  .refine(fits, tooLong)

/** A folder is named by it. */
const studyName = z
  .string()
  .min(1)
  .refine(fits, tooLong)
  .refine((text) => !/^\.{1,2}$/u.test(text), { error: 'wanted another name, as a folder is named by it' })

const cleaningSchema = z.array(z.enum(cleaningRules))
const cleaning = { absent: 'none', example: ['collapse-spaces'] }

const taskSchema = z.strictObject({
  preset: describe(
    z.enum(taskPresetNames).optional(),
    "One of the paper's tasks, for what the task does not say itself",
    { absent: 'none', example: 'paper/res' },
  ),
  prefix: describe(z.string().optional(), 'Put before every source, with its own trailing space', {
    absent: 'none',
    example: 'abstract to title: ',
  }),
  data: describe(dataSchema, 'Where the rows come from', {
    example: { file: 'abstracts.csv' },
  }),
  source: describe(z.string().optional(), 'Column, or a template such as "question: {q} context: {c}"', {
    absent: 'the column "source"',
    example: 'abstract',
  }),
  target: describe(z.string().optional(), 'Column, or a template, of the text to write', {
    absent: 'the column "target"',
    example: '{title} ({year})',
  }),
  labels: describe(labelsSchema.optional(), 'The target is a set of labels', {
    absent: 'the target is a text',
    example: { column: 'problems', separator: ';', none: 'na', classes: ['Cost', 'BadFood', 'SlowService'] },
  }),
  text: describe(z.string().optional(), 'Column, or a template, of texts for span corruption', {
    absent: 'the column "text", where there are "spans"',
    example: 'abstract',
  }),
  spans: describe(
    z
      .strictObject({
        density: describe(z.number().positive().lt(1).optional(), 'Share of the tokens that is hidden', {
          default: fileDefaults.spans.density,
          example: 0.2,
        }),
        mean_span: describe(z.number().min(1).optional(), 'Mean length of a hidden span in tokens', {
          default: fileDefaults.spans.mean_span,
          example: 2,
        }),
      })
      .optional(),
    "T5's pre-training objective instead of sources and targets",
    { absent: 'none', example: { density: 0.15, mean_span: 3 }, beside: { text: 'abstract' } },
  ),
  clean: describe(
    z
      .union([
        cleaningSchema,
        z.strictObject({
          source: describe(cleaningSchema.optional(), 'Cleaning steps of the source alone', cleaning),
          target: describe(cleaningSchema.optional(), 'Cleaning steps of the target alone', cleaning),
        }),
      ])
      .optional(),
    'Cleaning steps of source and target, in order',
    { ...cleaning, example: ['space-punctuation', 'collapse-spaces'] },
  ),
  limits: describe(limitsSchema.optional(), 'Longest source and target', {
    absent: 'those of "defaults"',
    example: { source: 512, target: 64 },
  }),
  teach: describe(teachSchema.optional(), 'How the task is taught', {
    absent: 'as "defaults" say',
    example: { learning_rate: 7e-4, epochs: 100, batch: 16 },
  }),
  generate: describe(generateSchema.optional(), 'How its answers are written when it is tested', {
    absent: 'as "defaults" say',
    example: { max_length: 20 },
  }),
  metrics: describe(z.array(metricSchema(name)).min(1).optional(), 'What its answers are scored with', {
    absent: usualMetrics(),
    example: ['bleu', { metric: 'ter', normalized: true }],
  }),
})

const mixed = { of: { titles: 2, reviews: 1 } }

const mixtureSchema = z.strictObject({
  of: describe(z.record(z.string(), z.number().positive()), 'Task → its part of the mixture', {
    example: { titles: 2, reviews: 1 },
  }),
  by: describe(
    z.enum(['rows', 'tokens', 'updates']).optional(),
    'What the parts count: rows; tokens of source and target; or updates, each of which then holds one task only',
    { default: fileDefaults.mixture.by, example: 'tokens', beside: mixed },
  ),
  repeat: describe(
    z.boolean().optional(),
    'true: rows of the shorter tasks are used again until the longest is used up',
    { default: fileDefaults.mixture.repeat, example: true, beside: mixed },
  ),
  seed: describe(z.int().min(0).optional(), 'Seed of which rows are left out', {
    default: fileDefaults.mixture.seed,
    example: 7,
    beside: mixed,
  }),
  limits: describe(limitsSchema.optional(), 'Longest source and target', {
    absent: "the longest of the tasks'",
    example: { source: 256 },
    beside: mixed,
  }),
  teach: describe(teachSchema.optional(), 'How the mixture is taught', {
    absent: 'as "defaults" say',
    example: { epochs: 5 },
    beside: mixed,
  }),
})

const reviews = { beside: { task: 'reviews' } }

const tableSchema = z.strictObject({
  task: describe(z.string(), 'The task whose scores are shown', { example: 'reviews' }),
  title: describe(z.string().optional(), 'Title of the table', {
    absent: "the task's name",
    example: 'Restaurant reviews',
    ...reviews,
  }),
  scores: describe(z.array(z.string()).min(1).optional(), 'Scores to show, the deciding one first', {
    absent: 'all',
    example: ['macro_f1', 'exact'],
    ...reviews,
  }),
  rows: describe(z.array(z.string()).min(1).optional(), 'Chains to show', {
    absent: 'all that end with a test on the task: those of "everywhere" are in the matrix of transfer',
    example: ['mt5 -> reviews', 'mt5 -> titles -> reviews'],
    ...reviews,
  }),
  baseline: describe(z.string().optional(), 'The chain that the others are compared with', {
    absent: 'the fresh start',
    example: 'mt5 -> titles -> reviews',
    ...reviews,
  }),
  paper: describe(
    z.record(z.string(), z.record(z.string(), z.number())).optional(),
    'Published numbers shown beside ours: chain → score → number',
    { absent: 'none', example: { 'mt5 -> reviews': { macro_f1: 0.71 } }, ...reviews },
  ),
})

const reportSchema = z.strictObject({
  names: describe(
    z.record(z.string(), z.string().min(1)).optional(),
    'A chain as its label, a task or a score → its name in tables and figures',
    { absent: 'their own', example: { 'mt5 -> titles -> reviews': 'Titles first', macro_f1: 'Macro F1' } },
  ),
  minutes: describe(z.boolean().optional(), 'true: tables in LaTeX have the minutes of the lessons', {
    default: fileDefaults.report.minutes,
    example: true,
  }),
  marks: describe(z.boolean().optional(), 'true: tables in LaTeX mark chains that something is wrong with by "(!)"', {
    default: fileDefaults.report.marks,
    example: true,
  }),
})

export const studySchema = z.strictObject({
  study: describe(studyName, 'Name of the study', { example: 'reviews-after-titles' }),
  folders: describe(
    z.record(name, z.string()).optional(),
    'Folders that paths may begin with, as in $data/file.csv; --folder data=DIR replaces one',
    { absent: 'none', example: { data: './data' } },
  ),
  defaults: describe(
    z
      .strictObject({
        limits: describe(limitsSchema.optional(), 'Longest source and target of every task', {
          absent: 'as its keys say',
          example: { source: 256, target: 64 },
        }),
        teach: describe(teachSchema.optional(), 'How every task and mixture is taught', {
          absent: 'as its keys say',
          example: { learning_rate: 5e-4, epochs: 10, batch: 16 },
        }),
        generate: describe(generateSchema.optional(), 'How answers are written', {
          absent: 'as its keys say',
          example: { batch: 64 },
        }),
      })
      .optional(),
    'Settings of every task and mixture that says nothing else',
    { absent: 'as its keys say', example: { teach: { learning_rate: 1e-3, epochs: 5 } } },
  ),
  starts: describe(z.record(name, startSchema), 'Weights to begin from', {
    example: { mt5: { hub: 'google/mt5-small' } },
  }),
  tasks: describe(z.record(name, taskSchema), 'What can be taught and tested', {
    example: { titles: { data: { file: 'abstracts.csv' }, source: 'abstract', target: 'title' } },
    beside: { chains: ['mt5 -> titles'], mixtures: {} },
  }),
  mixtures: describe(z.record(name, mixtureSchema).optional(), 'Several tasks taught as one lesson', {
    absent: 'none',
    example: { mixed: { of: { titles: 2, reviews: 1 } } },
  }),
  chains: describe(z.array(chainSchema).optional(), 'What is taught in which order', {
    absent: 'none: nothing is taught but what "sweeps" say',
    example: ['mt5 -> reviews', 'mt5 -> titles(epochs=5) -> reviews'],
  }),
  sweeps: describe(
    z.array(sweepSchema).optional(),
    'A chain taught with each of several values of any settings of a lesson',
    {
      absent: 'none',
      example: [{ chain: 'mt5 -> reviews', learning_rate: [1e-4, 3e-4, 1e-3] }],
    },
  ),
  seeds: describe(seedsSchema.optional(), 'Every chain is taught once with each seed', {
    default: fileDefaults.seeds,
    example: [42, 43, 44],
  }),
  evaluate: describe(
    z
      .strictObject({
        everywhere: describe(z.boolean().optional(), 'true: every checkpoint is tested on every task', {
          default: fileDefaults.evaluate.everywhere,
          example: true,
        }),
        prefix_test: describe(
          z.boolean().optional(),
          "false: what a mixture taught is not asked again with the other tasks' prefixes",
          { default: fileDefaults.evaluate.prefix_test, example: false },
        ),
      })
      .optional(),
    'What is tested where',
    { absent: "a chain's last lesson", example: { everywhere: true } },
  ),
  accept: describe(
    z.array(z.enum(unfairnessNames)).optional(),
    'Differences between the rows of a table that are meant, and are not listed',
    { absent: 'none', example: ['learning_rate', 'updates'] },
  ),
  weights: describe(
    z.enum(['all', 'leaves', 'none']).optional(),
    'Weights that stay once everything that needs them is done: all, those no other lesson began with, or none',
    { default: fileDefaults.weights, example: 'leaves' },
  ),
  report: describe(reportSchema.optional(), 'How tables and figures are printed', {
    absent: 'as its keys say',
    example: { names: { 'mt5 -> reviews': 'Fresh start', reviews: 'Restaurant reviews', macro_f1: 'Macro F1' } },
  }),
  cluster: describe(clusterSchema.optional(), 'How steps become jobs of a Slurm cluster, with `run --on slurm`', {
    absent: 'as its keys say',
    example: { partition: 'long', time: '4:00:00', prologue: ['module load nodejs/20'] },
  }),
  tables: describe(z.array(tableSchema).optional(), 'Tables to draw', {
    absent: 'one a task',
    example: [{ task: 'reviews', title: 'Restaurant reviews', scores: ['macro_f1', 'exact'] }],
  }),
  figures: describe(z.array(figureSchema).optional(), 'Figures to draw', {
    absent: 'the losses of the chains of each task, the labels of tasks that have them, and each sweep',
    example: [{ kind: 'loss', lesson: 'titles', log: ['train', 'validation'], x: 'epochs' }],
  }),
})

/** What a task is scored with that names no metric. */
function usualMetrics(): string {
  return (['texts', 'label sets'] as const)
    .map((answers) => {
      const kinds: readonly MetricKind[] = metricKinds
      const names = kinds.filter((kind) => kind.answers === answers && kind.byDefault).map((kind) => kind.name)
      return `${names.join(', ')} for ${answers}`
    })
    .join('; ')
}

export type StudyFile = z.output<typeof studySchema>
export type StartEntry = z.output<typeof startSchema>
export type TaskEntry = z.output<typeof taskSchema>
export type DataEntry = z.output<typeof dataSchema>
export type LabelsEntry = z.output<typeof labelsSchema>
export type FileSourceEntry = z.output<typeof fileSourceSchema>
export type MixtureEntry = z.output<typeof mixtureSchema>
export type FigureEntry = z.output<typeof figureSchema>
