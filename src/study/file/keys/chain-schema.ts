import * as z from 'zod'
import { teachSchema } from '../teach-schema.ts'
import { hubName } from './data-schema.ts'
import { describe } from './describe.ts'
import { fileDefaults } from './file-defaults.ts'

/** What an entry of `starts:` may be. */
export const startSchema = z.union([
  z.strictObject({
    hub: describe(hubName(), 'Model on the hub', { example: 'google/mt5-small' }),
    revision: describe(z.string().optional(), 'Branch, tag or commit', {
      default: fileDefaults.revision,
      example: 'refs/pr/1',
      beside: { hub: 'google/mt5-small' },
    }),
  }),
  z.strictObject({ path: describe(z.string().min(1), 'Folder of a model', { example: './mt5-small' }) }),
  z.strictObject({
    scratch: describe(
      z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
      "T5's config.json: a file, or its fields",
      { example: { d_model: 64, d_ff: 128, num_layers: 2, vocab_size: 6000 }, beside: { tokenizer: './spiece.model' } },
    ),
    tokenizer: describe(z.string().min(1), 'spiece.model, tokenizer.json, or a folder that holds one', {
      example: './spiece.model',
      beside: { scratch: './config.json' },
    }),
    seed: describe(z.int().min(0).optional(), 'Seed of the first weights', {
      absent: "the chain's seed",
      example: 7,
      beside: { scratch: './config.json', tokenizer: './spiece.model' },
    }),
  }),
  z.strictObject({
    chain: describe(z.string().min(1), 'What an earlier chain has taught', {
      example: 'mt5 -> titles',
      beside: { seed: 42 },
    }),
    seed: describe(z.int().min(0), 'The seed with which it is taught, once', {
      example: 42,
      beside: { chain: 'mt5 -> titles' },
    }),
  }),
])

export const seedsSchema = z.array(z.int().min(0)).min(1)

const twoLessons = { beside: { chain: 'mt5 -> titles -> reviews' } }

/** What an entry of `chains:` may be. */
export const chainSchema = z.union([
  z.string().min(1),
  z.strictObject({
    chain: describe(z.string().min(1), 'start -> lesson -> lesson', { example: 'mt5 -> titles -> reviews' }),
    name: describe(z.string().min(1).optional(), 'Its name in tables', {
      absent: 'what "chain" says',
      example: 'titles first',
      ...twoLessons,
    }),
    lessons: describe(z.record(z.string(), teachSchema).optional(), 'Settings of its lessons', {
      absent: "those of the lessons' tasks and mixtures",
      example: { titles: { epochs: 5 } },
      ...twoLessons,
    }),
    seeds: describe(seedsSchema.optional(), 'Seeds of its own', {
      absent: "the study's",
      example: [42],
      ...twoLessons,
    }),
    evaluate: describe(z.array(z.string()).min(1).optional(), 'Tasks that its last checkpoint is tested on', {
      absent: 'those that its last lesson teaches',
      example: ['titles', 'reviews'],
      ...twoLessons,
    }),
  }),
])

const rates = { beside: { learning_rate: [3e-4, 1e-3] } }

/** What an entry of `sweeps:` may say. */
export const sweepSchema = z
  .object({
    chain: describe(z.string().min(1), 'start -> lesson -> lesson', { example: 'mt5 -> reviews', ...rates }),
    lesson: describe(z.string().optional(), 'The lesson whose settings are swept', {
      absent: 'the last',
      example: 'titles',
      beside: { chain: 'mt5 -> titles -> reviews', ...rates.beside },
    }),
    seeds: describe(seedsSchema.optional(), 'Seeds of its own', {
      absent: "the study's",
      example: [42],
      beside: { chain: 'mt5 -> reviews', ...rates.beside },
    }),
  })
  .catchall(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).min(1))
