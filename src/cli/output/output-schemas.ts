import { z } from 'zod'
import { stepKindNames } from '../../study/steps/step-kinds.ts'

/** What a file or a `--json` holds. Later versions may add fields; those that are here keep their names and meanings. */
export interface OutputSchema {
  /** One sentence without its full stop. */
  readonly of: string
  /** Of a line, where it is JSON lines. */
  readonly lines?: true
  readonly schema: z.ZodType
}

const number = z.number()
const count = z.int().min(0)
const text = z.string()
const key = z.string().regex(/^[0-9a-f]{64}$/u)
/** JSON has no NaN. */
const loss = z.number().nullable()
const kind = z.enum(stepKindNames)
const step = z.looseObject({ kind, key, label: text })
const scores = z.record(text, z.number().nullable())
const lesson = z.looseObject({
  steps: count.describe('updates that were made'),
  plannedSteps: count.optional().describe('all updates of the lesson, where it stopped early'),
  loss: loss.describe('mean of the last updates'),
  best: z.looseObject({ step: count, value: number }).optional(),
  seconds: number,
  weightsSha256: text,
  peakRssBytes: number,
})
const taskTable = z.looseObject({
  task: text,
  title: text,
  examples: count.describe('test rows'),
  columns: z.array(z.looseObject({})).describe('scores, the deciding one first'),
  rows: z.array(z.looseObject({})).describe('chains'),
  differences: z.array(text).describe('what differs between the rows besides their start'),
  warnings: z.array(text),
  notes: z.array(text),
})
const conclusions = z.looseObject({
  study: text,
  recommendations: z.array(z.looseObject({ task: text })).describe('one a tested task'),
  convergence: z.array(z.looseObject({})),
  rates: z.array(z.looseObject({})),
  costs: z.array(z.looseObject({})).describe('one a chain'),
})
const figure = z.looseObject({ name: text, kind: text, title: text, svg: text, pdf: text, csv: text })
const difference = z.looseObject({
  number: count.describe('of the source, from 1'),
  source: text,
  expected: text,
  found: text,
  isCutOtherwise: z.boolean().describe('transformers.js makes other tokens of the source'),
})

/** The files that a lesson and a test leave. */
const files: Readonly<Record<string, OutputSchema>> = {
  'log.jsonl': {
    of: "a lesson's updates, beside its model",
    lines: true,
    schema: z.looseObject({
      step: count.min(1).describe('the update, from 1'),
      loss: loss.describe('of its batch, a target token'),
      grad_norm: loss.describe('before it is clipped'),
      learning_rate: number,
      tokens: count.optional().describe('source and target tokens; absent in logs of earlier versions'),
    }),
  },
  'evaluations.jsonl': {
    of: 'the validation rows as the lesson saw them',
    lines: true,
    schema: z.looseObject({
      step: count.describe('updates before it'),
      loss,
      scores: scores.optional().describe('of answers, by names such as "macro_f1", of a mixture "res.macro_f1"'),
      stopped: z.literal(true).optional().describe('the lesson ended here, as nothing had become better'),
    }),
  },
  'predictions.jsonl': {
    of: "a test's answers, in the order of its rows",
    lines: true,
    schema: z.looseObject({ prediction: text }),
  },
  'scores.json': {
    of: "a test's scores",
    schema: z.looseObject({ examples: count, metrics: z.array(z.looseObject({ signature: text, scores })) }),
  },
}

/** What commands print with `--json`, by their names. */
const commands: Readonly<Record<string, OutputSchema>> = {
  plan: {
    of: "a study's steps and what they take",
    schema: z.looseObject({
      study: text,
      chains: count,
      shared: count,
      differences: z.array(z.looseObject({ title: text, sentences: z.array(text) })),
      steps: z.array(step.extend({ needs: z.array(key), finished: z.boolean() })),
      totals: z.looseObject({}),
    }),
  },
  run: {
    of: 'what was done, the tables and what follows from them; with --dry-run {"study", "todo"}',
    schema: z.union([
      z.looseObject({
        study: text,
        steps: z.looseObject({
          finished: z.array(step),
          reused: z.array(step),
          failed: z.array(step.extend({ reason: text })),
          blocked: z.array(step),
        }),
        tables: z.array(taskTable),
        conclusions,
        report: text.nullable().describe('folder of the files that were written'),
        figures: z.array(figure),
      }),
      z.looseObject({ study: text, todo: z.array(step) }),
    ]),
  },
  status: {
    of: 'how every step stands',
    schema: z.looseObject({
      study: text,
      store: text,
      steps: z.array(
        step.extend({
          state: z.enum(['finished', 'running', 'damaged', 'failed', 'saved', 'waiting']),
          progress: z.looseObject({ done: count, total: count, unit: text }).optional(),
          reason: text.optional(),
          seconds: number.optional(),
          weights: text.optional().describe('sha256 of a finished lesson'),
          health: z.array(text).optional(),
        }),
      ),
    }),
  },
  models: {
    of: "a study's models",
    schema: z.looseObject({
      study: text,
      store: text,
      models: z.array(
        z.looseObject({
          key,
          chain: text,
          seeds: z.array(count),
          taught: text,
          state: text,
          tests: z.array(z.looseObject({})),
        }),
      ),
    }),
  },
  recommend: { of: 'what follows from the tables', schema: conclusions },
  figures: {
    of: 'the figures that were drawn',
    schema: z.looseObject({ study: text, figures: z.array(z.looseObject({})) }),
  },
  fetch: {
    of: 'what a study begins from',
    schema: z.looseObject({ study: text, starts: z.array(z.looseObject({ name: text, kind: text, place: text })) }),
  },
  gc: {
    of: 'what was removed from a store',
    schema: z.looseObject({ store: text, dryRun: z.boolean(), bytes: number, removed: z.array(z.unknown()) }),
  },
  init: {
    of: 'the files that were written',
    schema: z.looseObject({ study: text, schema: text, examples: z.array(text) }),
  },
  teach: {
    of: 'a lesson; with --dry-run {"parameters", "updates"}',
    schema: z.union([lesson.extend({ out: text }), z.looseObject({ parameters: count, updates: count })]),
  },
  loss: {
    of: "a model's loss on pairs",
    schema: z.looseObject({ loss: number, tokens: count, per_example: z.array(number) }),
  },
  predict: {
    of: 'an answer',
    lines: true,
    schema: z.looseObject({ prediction: text, id: z.union([text, number]).optional() }),
  },
  export: {
    of: 'where a model was written',
    schema: z.looseObject({
      out: text,
      key: key.optional(),
      task: text.optional(),
      checks: z
        .array(
          z.looseObject({
            kind: z.enum(['fp32', 'q8']),
            sources: count,
            identical: count,
            first: difference.optional().describe('the first answer that is not the same'),
          }),
        )
        .optional(),
    }),
  },
  push: {
    of: 'where a model is on the hub',
    schema: z.looseObject({
      url: text,
      commit: text.nullable().describe('null where the hub had everything'),
      sent: z.array(text),
      unchanged: z.array(text),
      private: z.boolean(),
    }),
  },
}

/** Every output that has a schema, by the name of its file or command. */
export const outputSchemas: ReadonlyMap<string, OutputSchema> = new Map(Object.entries({ ...files, ...commands }))
