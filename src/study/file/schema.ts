import { z } from 'zod'
import { tableFormats } from '../../data/table/table-format.ts'
import { settingNames } from '../../lesson/settings.ts'
import { cleaningRules } from '../../tasks/clean.ts'
import { taskPresetNames } from '../../tasks/presets.ts'
import { unfairnessNames } from '../unfairness-names.ts'
import { metricSchema } from './metric-schema.ts'
import { countSchema, describe, limitsSchema, teachSchema } from './teach-schema.ts'

/**
 * The study file's shape: the one place that says which keys exist, of what type and in which range. What a value must
 * fit elsewhere in the file (names, labels, columns) is checked after it.
 */

/** Names of starts, tasks and mixtures: they stand in chains, so no spaces, arrows or brackets. */
export const namePattern = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.+-]*[\p{L}\p{N}_+])?$/u

const name = z
  .string()
  .regex(namePattern, { error: 'wanted letters, digits, "_", ".", "+" and inner "-", as names stand in chains' })
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)])

/** How answers are written when a task is tested; names and meaning as in transformers. */
export const generateSchema = z.strictObject({
  max_length: describe(z.int().min(2).optional(), 'Longest answer in tokens, start token included'),
  max_new_tokens: describe(countSchema.optional(), 'Longest answer in tokens, start token not included'),
  min_new_tokens: describe(z.int().min(0).optional(), 'No end before so many tokens'),
  repetition_penalty: describe(z.number().positive().optional(), 'Above 1: tokens already written are less likely'),
  no_repeat_ngram_size: describe(z.int().min(0).optional(), 'No run of so many tokens is written twice'),
  num_beams: describe(countSchema.max(1).optional(), 'Beams: 1, which is greedy; there is no beam search yet'),
  batch: describe(countSchema.optional(), 'Sources answered together'),
})

const hubName = z.string().regex(/^[\w.-]+(\/[\w.-]+)?$/u, { error: 'wanted "owner/name"' })
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const fileSourceShape = {
  file: describe(
    z.union([z.string().min(1), z.array(z.string().min(1)).min(1), z.record(z.string(), z.string().min(1))]).optional(),
    'File or folder; several that are read one after the other; or column → text file, joined line by line',
  ),
  hub: describe(hubName.optional(), 'Data set on the hub, instead of a file'),
  revision: describe(z.string().optional(), 'Branch, tag or commit of the data set on the hub'),
  config: describe(z.string().optional(), 'Configuration of a data set that has several'),
  part: describe(z.string().optional(), 'The split to take of a data set that is divided already, such as train'),
  format: describe(z.enum(tableFormats).optional(), 'Format, where the name and content do not tell it'),
  encoding: describe(z.string().optional(), 'Text encoding, where it is not the detected one'),
  delimiter: describe(
    z.string().optional(),
    'Between the columns of a CSV file: a character, or tab, comma, semicolon, pipe or space',
  ),
  quote: describe(z.string().optional(), 'Character round the cells of a CSV file'),
  header: describe(z.boolean().optional(), 'Whether the first record of a CSV file names the columns'),
  columns: describe(z.array(z.string()).min(1).optional(), 'Names of the columns of a file without a header'),
  entry: describe(z.string().optional(), 'Entry of a zip file'),
  at: describe(z.string().optional(), 'Field of a JSON file that holds the list of rows'),
  where: describe(
    z.record(z.string(), z.unknown()).optional(),
    'Rows to take: column → equals, contains, matches, longer, shorter, not',
  ),
  distinct: describe(
    z.union([z.literal(true), z.string(), z.array(z.string()).min(1)]).optional(),
    'Columns, or true for all; of rows with equal values there only the first stays',
  ),
  take: describe(countSchema.optional(), 'At most so many rows'),
}
const fileSourceSchema = z.strictObject(fileSourceShape)

const splitSchema = z.strictObject({
  train: describe(z.number().positive().optional(), 'Training rows: a number, or a share below 1; default: the rest'),
  validation: describe(z.number().min(0).optional(), 'Validation rows: a number, or a share below 1'),
  test: describe(z.number().min(0).optional(), 'Test rows: a number, or a share below 1'),
  seed: describe(z.int().min(0).optional(), 'Seed of the draw'),
  shuffle: describe(z.boolean().optional(), "false: in the file's order"),
  group: describe(z.string().optional(), 'Column; rows with equal values there land in the same split'),
})

const dataSchema = z.strictObject({
  ...fileSourceShape,
  split: describe(splitSchema.optional(), 'How the rows are divided'),
  train: describe(fileSourceSchema.optional(), 'Training rows from files of their own'),
  validation: describe(fileSourceSchema.optional(), 'Validation rows from files of their own'),
  test: describe(fileSourceSchema.optional(), 'Test rows from files of their own'),
})

const labelsSchema = z.strictObject({
  column: describe(
    z.string().optional(),
    'Column that holds the labels: with separators, as a list, or as a list written as text',
  ),
  columns: describe(
    z.array(z.string()).min(1).optional(),
    'Instead of "column": a column for each label, which holds 1 or 0, true or false, yes or no, or nothing',
  ),
  classes: describe(
    z.array(z.string()).min(1).optional(),
    'Every label, spelled as in the data; with "columns" their labels in order, by default their names',
  ),
  single: describe(z.boolean().optional(), 'true: every row has exactly one label (or none)'),
  separator: describe(z.string().optional(), 'Between labels in a cell; "\\n" stands for any line end'),
  none: describe(oneOrMore(z.string()).optional(), 'Texts in the data that mean "no label"'),
  answer: describe(
    z
      .strictObject({
        separator: describe(z.string().optional(), 'Between labels in an answer'),
        none: describe(z.string().optional(), 'Answer for "no label"'),
        lowercase: describe(z.boolean().optional(), 'Answers in lower case'),
        order: describe(z.enum(['classes', 'row']).optional(), 'Order of the labels in an answer'),
      })
      .optional(),
    'How a set of labels is written as an answer',
  ),
})

const cleaningSchema = z.array(z.enum(cleaningRules))

const taskSchema = z.strictObject({
  preset: describe(
    z.enum(taskPresetNames).optional(),
    "One of the paper's tasks, for what the task does not say itself",
  ),
  prefix: describe(z.string().optional(), 'Put before every source, with its own trailing space'),
  data: describe(dataSchema, 'Where the rows come from'),
  source: describe(z.string().optional(), 'Column, or a template such as "question: {q} context: {c}"'),
  target: describe(z.string().optional(), 'Column, or a template, of the text to write'),
  labels: describe(labelsSchema.optional(), 'The target is a set of labels'),
  text: describe(z.string().optional(), 'Column, or a template, of texts for span corruption'),
  spans: describe(
    z
      .strictObject({
        density: describe(z.number().positive().lt(1).optional(), 'Share of the tokens that is hidden'),
        mean_span: describe(z.number().min(1).optional(), 'Mean length of a hidden span in tokens'),
      })
      .optional(),
    "T5's pre-training objective instead of sources and targets",
  ),
  clean: describe(
    z
      .union([cleaningSchema, z.strictObject({ source: cleaningSchema.optional(), target: cleaningSchema.optional() })])
      .optional(),
    'Cleaning steps of source and target, in order',
  ),
  limits: describe(limitsSchema.optional(), 'Longest source and target'),
  teach: describe(teachSchema.optional(), 'How the task is taught'),
  generate: describe(generateSchema.optional(), 'How its answers are written when it is tested'),
  metrics: describe(z.array(metricSchema(name)).min(1).optional(), 'What its answers are scored with'),
})

const mixtureSchema = z.strictObject({
  of: describe(z.record(z.string(), z.number().positive()), 'Task → its part of the mixture'),
  by: describe(
    z.enum(['rows', 'tokens', 'updates']).optional(),
    'What the parts count: rows; tokens of source and target; or updates, each of which then holds one task only',
  ),
  repeat: describe(
    z.boolean().optional(),
    'true: rows of the shorter tasks are used again until the longest is used up',
  ),
  seed: describe(z.int().min(0).optional(), 'Seed of which rows are left out'),
  limits: describe(limitsSchema.optional(), "Longest source and target; default: the longest of the tasks'"),
  teach: describe(teachSchema.optional(), 'How the mixture is taught'),
})

const startSchema = z.union([
  z.strictObject({
    hub: describe(hubName, 'Model on the hub'),
    revision: describe(z.string().optional(), 'Branch, tag or commit'),
  }),
  z.strictObject({ path: describe(z.string().min(1), 'Folder of a model') }),
  z.strictObject({
    scratch: describe(
      z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
      "T5's config.json: a file, or its fields",
    ),
    tokenizer: describe(z.string().min(1), 'spiece.model, tokenizer.json, or a folder that holds one'),
    seed: describe(z.int().min(0).optional(), "Seed of the first weights; default: the chain's seed"),
  }),
  z.strictObject({
    chain: describe(z.string().min(1), 'What an earlier chain has taught'),
    seed: describe(z.int().min(0), 'The seed with which it is taught, once'),
  }),
])

const seedsSchema = z.array(z.int().min(0)).min(1)

const chainSchema = z.union([
  z.string().min(1),
  z.strictObject({
    chain: describe(z.string().min(1), 'start -> lesson -> lesson'),
    name: describe(z.string().min(1).optional(), 'Its name in tables'),
    lessons: describe(z.record(z.string(), teachSchema).optional(), 'Settings of its lessons'),
    seeds: describe(seedsSchema.optional(), "Seeds instead of the study's"),
    evaluate: describe(z.array(z.string()).min(1).optional(), 'Tasks that its last checkpoint is tested on'),
  }),
])

const sweepSchema = z
  .object({
    chain: describe(z.string().min(1), 'start -> lesson -> lesson'),
    lesson: describe(z.string().optional(), 'The lesson whose settings are swept; default: the last'),
    seeds: describe(seedsSchema.optional(), "Seeds instead of the study's"),
  })
  .catchall(z.array(scalar).min(1))

const tableSchema = z.strictObject({
  task: describe(z.string(), 'The task whose scores are shown'),
  title: describe(z.string().optional(), 'Title of the table'),
  scores: describe(z.array(z.string()).min(1).optional(), 'Scores to show, the deciding one first'),
  rows: describe(z.array(z.string()).min(1).optional(), 'Chains to show; default: all that the task is tested on'),
  baseline: describe(z.string().optional(), 'The chain that the others are compared with; default: the fresh start'),
  paper: describe(
    z.record(z.string(), z.record(z.string(), z.number())).optional(),
    'Published numbers shown beside ours: chain → score → number',
  ),
})

const chainPatterns = z.array(z.string().min(1)).min(1)
const figureShape = {
  name: describe(
    z
      .union([z.int().min(1), z.string().regex(/^[\p{L}\p{N}_-]+$/u, { error: 'wanted letters, digits, "_" and "-"' })])
      .optional(),
    'What it is called in the names of its files, such as 5a; default: its place in the list',
  ),
  title: describe(z.string().min(1).optional(), 'Title of the figure'),
}
const logAxes = ['updates', 'epochs', 'minutes'] as const

const figureSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: describe(z.literal('loss'), 'Loss curves, a line a chain'),
    ...figureShape,
    chains: describe(
      chainPatterns.optional(),
      'Chains to draw; "*" stands for any text. Default: all that end with "lesson"',
    ),
    lesson: describe(z.string().optional(), "The lesson whose loss is drawn; default: each chain's last"),
    log: describe(oneOrMore(z.enum(['train', 'validation'])).optional(), 'Loss of which rows; a panel each'),
    x: describe(z.enum(logAxes).optional(), 'What the loss is drawn over'),
    y: describe(z.enum(['linear', 'log']).optional(), 'Scale of the loss; default: log where it falls far'),
    smooth: describe(
      countSchema.optional(),
      'Updates over which the training loss is averaged; 1: not at all. Default: a fiftieth of each curve',
    ),
  }),
  z.strictObject({
    kind: describe(
      z.literal('scores'),
      'Scores over the course of lessons, over the values of a setting, or chain by chain',
    ),
    ...figureShape,
    task: describe(z.string(), 'The task whose scores are drawn'),
    chains: describe(
      chainPatterns.optional(),
      'Chains to draw; "*" stands for any text. Default: all that are tested on the task',
    ),
    scores: describe(
      z.array(z.string()).min(1).optional(),
      'Scores to draw, a panel each: those of the task, "loss" (training) and "validation_loss"',
    ),
    x: describe(
      z.enum([...logAxes, 'chain', ...settingNames]).optional(),
      'What they are drawn over; default: epochs where the lessons have logged them, else the setting in which the chains differ',
    ),
  }),
  z.strictObject({
    kind: describe(z.literal('labels'), 'How often each label occurs, and how many labels rows have'),
    ...figureShape,
    task: describe(z.string(), 'A task with labels'),
  }),
])

export const studySchema = z.strictObject({
  study: describe(z.string().min(1), 'Name of the study'),
  folders: describe(
    z.record(name, z.string()).optional(),
    'Folders that paths may begin with, as in $data/file.csv; --folder data=DIR replaces one',
  ),
  defaults: describe(
    z
      .strictObject({
        limits: limitsSchema.optional(),
        teach: teachSchema.optional(),
        generate: generateSchema.optional(),
      })
      .optional(),
    'Settings of every task and mixture that says nothing else',
  ),
  starts: describe(z.record(name, startSchema), 'Weights to begin from'),
  tasks: describe(z.record(name, taskSchema), 'What can be taught and tested'),
  mixtures: describe(z.record(name, mixtureSchema).optional(), 'Several tasks taught as one lesson'),
  chains: describe(z.array(chainSchema).optional(), 'What is taught in which order'),
  sweeps: describe(z.array(sweepSchema).optional(), 'A chain taught with each of several values of its settings'),
  seeds: describe(seedsSchema.optional(), 'Every chain is taught once with each seed'),
  evaluate: describe(
    z
      .strictObject({
        everywhere: describe(z.boolean().optional(), 'true: every checkpoint is tested on every task'),
        prefix_test: describe(
          z.boolean().optional(),
          "false: what a mixture taught is not asked again with the other tasks' prefixes",
        ),
      })
      .optional(),
    "What is tested where; default: a chain's last lesson",
  ),
  accept: describe(
    z.array(z.enum(unfairnessNames)).optional(),
    'Differences between the rows of a table that are meant, and are not listed',
  ),
  weights: describe(
    z.enum(['all', 'leaves', 'none']).optional(),
    'Weights that stay once everything that needs them is done: all, those no other lesson began with, or none',
  ),
  tables: describe(z.array(tableSchema).optional(), 'Tables to draw; default: one a task'),
  figures: describe(
    z.array(figureSchema).optional(),
    'Figures to draw; default: the losses of the chains of each task, the labels of tasks that have them, and each sweep',
  ),
})

export type StudyFile = z.output<typeof studySchema>
export type StartEntry = z.output<typeof startSchema>
export type TaskEntry = z.output<typeof taskSchema>
export type DataEntry = z.output<typeof dataSchema>
export type LabelsEntry = z.output<typeof labelsSchema>
export type FileSourceEntry = z.output<typeof fileSourceSchema>
export type MixtureEntry = z.output<typeof mixtureSchema>
export type GenerateEntry = z.output<typeof generateSchema>
export type FigureEntry = z.output<typeof figureSchema>
