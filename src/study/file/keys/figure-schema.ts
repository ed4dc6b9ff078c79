import * as z from 'zod'
import { settingNames } from '../../../lesson/settings.ts'
import { countSchema } from '../teach-schema.ts'
import { describe } from './describe.ts'
import { fileDefaults } from './file-defaults.ts'

const chainPatterns = z.array(z.string().min(1)).min(1)
const logAxes = ['updates', 'epochs', 'minutes'] as const

/** What an entry of `figures:` may say, by its kind. */
export const figureSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: describe(z.literal('loss'), 'Loss curves, a line a chain', {
      example: 'loss',
      beside: { lesson: 'reviews' },
    }),
    ...figureShape(),
    chains: describe(chainPatterns.optional(), 'Chains to draw; "*" stands for any text', {
      absent: 'all that end with "lesson"',
      example: ['mt5 -> *reviews'],
    }),
    lesson: describe(z.string().optional(), 'The lesson whose loss is drawn', {
      absent: "each chain's last",
      example: 'reviews',
    }),
    log: describe(
      z.union([z.enum(['train', 'validation']), z.array(z.enum(['train', 'validation'])).min(1)]).optional(),
      'Loss of which rows; a panel each',
      { default: fileDefaults.figure.log, example: ['train', 'validation'] },
    ),
    x: describe(z.enum(logAxes).optional(), 'What the loss is drawn over', {
      default: fileDefaults.figure.x,
      example: 'epochs',
    }),
    y: describe(z.enum(['linear', 'log']).optional(), 'Scale of the loss', {
      absent: 'log where it falls far',
      example: 'log',
    }),
    smooth: describe(countSchema.optional(), 'Updates over which the training loss is averaged; 1: not at all', {
      absent: 'a fiftieth of each curve',
      example: 10,
    }),
  }),
  z.strictObject({
    kind: describe(
      z.literal('scores'),
      'Scores over the course of lessons, over the values of a setting, or chain by chain',
      { example: 'scores', beside: { task: 'reviews' } },
    ),
    ...figureShape(),
    task: describe(z.string(), 'The task whose scores are drawn', { example: 'reviews' }),
    chains: describe(chainPatterns.optional(), 'Chains to draw; "*" stands for any text', {
      absent: 'all that are tested on the task',
      example: ['mt5 -> *reviews'],
    }),
    scores: describe(
      z.array(z.string()).min(1).optional(),
      'Scores to draw, a panel each: those of the task, "loss" (training) and "validation_loss"',
      { absent: "the loss, and the task's first two", example: ['loss', 'macro_f1'] },
    ),
    x: describe(
      z.enum([...logAxes, 'chain', ...settingNames]).optional(),
      'What they are drawn over: the course of lessons, the chains, or a setting',
      {
        absent: 'epochs where the lessons have logged them, else the setting in which the chains differ',
        example: 'chain',
      },
    ),
  }),
  z.strictObject({
    kind: describe(z.literal('labels'), 'How often each label occurs, and how many labels rows have', {
      example: 'labels',
      beside: { task: 'reviews' },
    }),
    ...figureShape(),
    task: describe(z.string(), 'A task with labels', { example: 'reviews' }),
  }),
  z.strictObject({
    kind: describe(z.literal('confusion'), 'Which labels were answered for which, a panel a chain', {
      example: 'confusion',
      beside: { task: 'reviews' },
    }),
    ...figureShape(),
    task: describe(z.string(), 'A task with labels', { example: 'reviews' }),
    chains: describe(chainPatterns.optional(), 'Chains to draw; "*" stands for any text', {
      absent: 'all that are tested on the task',
      example: ['mt5 -> *reviews'],
    }),
  }),
])

/** A new one each time, so that each place in the JSON Schema has its own descriptions. */
function figureShape() {
  return {
    name: describe(
      z
        .union([
          z.int().min(1),
          z.string().regex(/^[\p{L}\p{N}_-]+$/u, { error: 'wanted letters, digits, "_" and "-"' }),
        ])
        .optional(),
      'What it is called in the names of its files',
      { absent: 'its place in the list', example: '5a' },
    ),
    title: describe(
      z.union([z.literal(false), z.string().min(1)]).optional(),
      'Title of the figure; false: none is drawn',
      {
        absent: 'what it shows',
        example: 'Loss on reviews',
      },
    ),
  }
}
