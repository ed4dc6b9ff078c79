import * as z from 'zod'
import { tableFormats } from '../../../data/table/table-format.ts'
import { countSchema } from '../teach-schema.ts'
import { describe } from './describe.ts'
import { fileDefaults } from './file-defaults.ts'

/** What `data:` of a task may say: where its rows come from, and how they are divided. */

export const hubName = () => z.string().regex(/^[\w.-]+(\/[\w.-]+)?$/u, { error: 'wanted "owner/name"' })

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const text = z.union([z.string().min(1), z.number()])
const every = { absent: 'any' }

/** The tests of `where`, for editors and the reference alone: `parseWhere` checks them, in sentences of its own. */
const whereTests = z.strictObject({
  equals: describe(z.union([scalar, z.array(scalar)]).optional(), 'The value is this one, or one of these', {
    ...every,
    example: ['cs.AI', 'cs.CL'],
  }),
  contains: describe(
    z.union([text, z.array(text)]).optional(),
    'The text has this part, or the list this item; with several, one of them is enough',
    { ...every, example: 'cs.AI' },
  ),
  matches: describe(
    z.string().optional(),
    "A regular expression (JavaScript's, with Unicode) matches somewhere in the text",
    { ...every, example: '^[A-Z]' },
  ),
  longer: describe(z.number().min(0).optional(), 'The text has more characters, or the list more items, than this', {
    ...every,
    example: 20,
  }),
  shorter: describe(z.number().min(0).optional(), 'The text has fewer characters, or the list fewer items, than this', {
    ...every,
    example: 2000,
  }),
  not: describe(z.record(z.string(), z.unknown()).optional(), 'The inner test does not hold', {
    ...every,
    example: { contains: 'withdrawn' },
  }),
})

const { $schema: _, ...whereJson } = z.toJSONSchema(z.union([whereTests, scalar, z.array(scalar)]), {
  target: 'draft-7',
})
const whereSchema = z.unknown().meta(whereJson)

export const fileSourceSchema = z.strictObject(fileSourceShape())

const splitSchema = z.strictObject({
  train: describe(z.number().positive().optional(), 'Training rows: a number, or a share below 1', {
    absent: 'the rest',
    example: 36_000,
  }),
  validation: describe(z.number().min(0).optional(), 'Validation rows: a number, or a share below 1', {
    default: fileDefaults.split.validation,
    example: 2_000,
  }),
  test: describe(z.number().min(0).optional(), 'Test rows: a number, or a share below 1', {
    default: fileDefaults.split.test,
    example: 0.1,
  }),
  seed: describe(z.int().min(0).optional(), 'Seed of the draw', { default: fileDefaults.split.seed, example: 7 }),
  shuffle: describe(z.boolean().optional(), "false: in the file's order", {
    default: fileDefaults.split.shuffle,
    example: false,
  }),
  group: describe(z.string().optional(), 'Column; rows with equal values there land in the same split', {
    absent: 'each row by itself',
    example: 'author',
  }),
  stratify: describe(
    z.union([z.boolean(), z.string().min(1)]).optional(),
    'true: each part has its share of every label of the task; or a column whose values stand for labels',
    { default: fileDefaults.split.stratify, example: 'author' },
  ),
  splits: describe(
    z.int().min(2).optional(),
    "Of a small data set: its rows are divided so many times, once for each of the study's seeds, and the verdict takes the divisions as one more source of chance",
    { absent: 'divided once, alike for all seeds', example: 5 },
  ),
})

export const dataSchema = z.strictObject({
  ...fileSourceShape(),
  split: describe(splitSchema.optional(), 'How the rows are divided', {
    absent: `a share of ${fileDefaults.splitShare} each for validation and test, the rest for training`,
    example: { train: 0.8, validation: 0.1, test: 0.1, seed: 42 },
  }),
  train: describe(fileSourceSchema.optional(), 'Training rows from files of their own', {
    absent: 'those that "split" takes of "file"',
    example: { file: 'train.csv' },
    beside: { validation: { file: 'validation.csv' }, test: { file: 'test.csv' } },
  }),
  validation: describe(fileSourceSchema.optional(), 'Validation rows from files of their own', {
    absent: 'those that "split" takes of "file"',
    example: { file: 'validation.csv' },
    beside: { file: 'train.csv' },
  }),
  test: describe(fileSourceSchema.optional(), 'Test rows from files of their own', {
    absent: 'those that "split" takes of "file"',
    example: { file: 'test.csv' },
    beside: { file: 'train.csv' },
  }),
})

/** A new one each time, so that each place in the JSON Schema has its own descriptions. */
function fileSourceShape() {
  const onHub = { hub: 'abisee/cnn_dailymail' }
  const detected = { absent: 'told by the file' }
  return {
    file: describe(
      z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1), z.record(z.string(), z.string().min(1))])
        .optional(),
      'File or folder; several that are read one after the other; or column → text file, joined line by line',
      { absent: 'rows from "hub"', example: 'reviews.csv' },
    ),
    hub: describe(hubName().optional(), 'Data set on the hub, instead of a file', {
      absent: 'rows from "file"',
      example: onHub.hub,
    }),
    revision: describe(z.string().optional(), 'Branch, tag or commit of the data set on the hub', {
      default: fileDefaults.revision,
      example: 'refs/convert/parquet',
      beside: onHub,
    }),
    config: describe(z.string().optional(), 'Configuration of a data set that has several', {
      absent: 'the only one, or "default"',
      example: '3.0.0',
      beside: onHub,
    }),
    part: describe(z.string().optional(), 'The split to take of a data set that is divided already, such as train', {
      absent: 'all, one after the other',
      example: 'train',
      beside: onHub,
    }),
    format: describe(z.enum(tableFormats).optional(), 'Format, where the name and content do not tell it', {
      ...detected,
      example: 'tsv',
    }),
    encoding: describe(z.string().optional(), 'Text encoding, where it is not the detected one', {
      ...detected,
      example: 'gb18030',
    }),
    delimiter: describe(
      z.string().optional(),
      'Between the columns of a CSV file: a character, or tab, comma, semicolon, pipe or space',
      { ...detected, example: 'semicolon' },
    ),
    quote: describe(z.string().optional(), 'Character round the cells of a CSV file; empty: there is none', {
      ...detected,
      example: "'",
    }),
    header: describe(z.boolean().optional(), 'Whether the first record of a CSV file names the columns', {
      absent: 'it does, unless it looks like data or "columns" are given',
      example: false,
      beside: { columns: ['english', 'chinese'] },
    }),
    columns: describe(z.array(z.string()).min(1).optional(), 'Names of the columns of a file without a header', {
      absent: 'those of the header',
      example: ['english', 'chinese'],
      beside: { header: false },
    }),
    entry: describe(z.string().optional(), 'Entry of a zip file', {
      absent: 'the only one',
      example: 'reviews/2015.csv',
      beside: { file: 'reviews.zip' },
    }),
    at: describe(z.string().optional(), 'Field of a JSON file that holds the list of rows', {
      ...detected,
      example: 'data',
      beside: { file: 'reviews.json' },
    }),
    where: describe(
      z.record(z.string(), whereSchema).optional(),
      'Rows to take: column → what its value must be; a bare value or list stands for equals',
      { absent: 'all', example: { categories: { contains: 'cs.AI' }, year: [2019, 2020] } },
    ),
    distinct: describe(
      z.union([z.literal(true), z.string(), z.array(z.string()).min(1)]).optional(),
      'Columns, or true for all; of rows with equal values there only the first stays',
      { absent: 'repeated rows stay', example: 'title' },
    ),
    take: describe(countSchema.optional(), 'At most so many rows', { absent: 'all', example: 40_000 }),
  }
}
