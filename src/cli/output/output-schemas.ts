import * as z from 'zod'
import { measureOutputs } from './measure-outputs.ts'
import { type OutputSchema, outputParts } from './output-schema.ts'

const { count, key, loss, number, step, text } = outputParts

const scores = z.record(text, number.nullable())
const metricScores = z.looseObject({ signature: text, scores })
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
  columns: z
    .array(z.looseObject({ name: text, metric: text, field: text, best: number, signature: text }))
    .describe('scores, the deciding one first'),
  rows: z
    .array(
      z.looseObject({
        chain: text,
        seeds: z.array(z.looseObject({ seed: count })),
        mean: scores,
        deviation: scores.optional().describe('absent with one seed'),
      }),
    )
    .describe('chains; numbers by the names of columns'),
  differences: z.array(text).describe('what differs between the rows besides their start'),
  warnings: z.array(text),
  notes: z.array(text),
})
const conclusions = z.looseObject({
  study: text,
  recommendations: z
    .array(
      z.looseObject({
        task: text,
        verdict: text,
        take: text.optional().describe('the chain to take; absent where none can be named'),
        p: number.optional().describe('the largest corrected one that the answer rests on'),
        sentences: z.array(text).describe('the answer in one line, then what it rests on'),
        warnings: z.array(text),
      }),
    )
    .describe('one a tested task'),
  convergence: z.array(z.looseObject({ task: text, decidedBy: text, arms: z.array(z.looseObject({ chain: text })) })),
  transfer: z.looseObject({}).optional().describe('absent where nothing was tested'),
  rates: z.array(z.looseObject({ task: text, lesson: text, findings: z.array(text) })),
  costs: z.array(z.looseObject({ chain: text })).describe('one a chain'),
})
const figure = z.looseObject({
  ...{ name: text, kind: text, title: text, svg: text, pdf: text },
  csv: text.describe('the numbers that are drawn, their setting among them; docs/FIGURES.md has the columns'),
})
const difference = z.looseObject({
  number: count.describe('of the source, from 1'),
  source: text,
  expected: text,
  found: text,
  isCutOtherwise: z.boolean().describe('transformers.js makes other tokens of the source'),
})

const run: OutputSchema = {
  of: 'what was done, the tables and what follows from them; with --dry-run {"study", "todo"}, with --detach the jobs',
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
    z.looseObject({
      study: text,
      submitted: z.array(key),
      inQueue: z.array(key).describe('submitted before'),
      jobs: count,
      later: count.describe('steps that follow when there is room'),
      lost: z.array(key).describe('failed, or in need of one that has'),
      last: text.optional().describe('the job that draws tables and figures'),
    }),
  ]),
}

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
    schema: z.looseObject({ examples: count, metrics: z.array(metricScores) }),
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
  run,
  demo: run,
  report: run,
  status: {
    of: 'how every step stands',
    schema: z.looseObject({
      study: text,
      store: text,
      left: z
        .looseObject({
          seconds: number.describe('of work side by side, as it stands'),
          unknown: count.describe('steps like none before, which are not in the seconds'),
        })
        .describe('what is to be done'),
      steps: z.array(
        step.extend({
          state: z.enum(['finished', 'running', 'damaged', 'failed', 'saved', 'waiting']),
          progress: z.looseObject({ done: count, total: count, unit: text }).optional(),
          reason: text.optional(),
          job: z
            .looseObject({
              id: text,
              state: z
                .enum(['running', 'waiting', 'failed', 'ended'])
                .describe('the last two: no other goes on with it'),
              reason: text.describe('why it waits, or how it ended'),
              nodes: text.optional(),
            })
            .optional()
            .describe('its job on a cluster'),
          seconds: number.optional(),
          weights: text.optional().describe('sha256 of a finished lesson'),
          health: z.array(text).optional(),
        }),
      ),
    }),
  },
  step: {
    of: 'a step, and what has come of it',
    schema: step.extend({
      outcome: z.enum(['finished', 'finished-before', 'failed', 'not-ready', 'held', 'interrupted']),
      seconds: number.optional().describe('of work, where it is over'),
      reason: text.optional().describe('of one that failed'),
      missing: z.array(step).optional().describe('what it needs and has not, where it is not ready'),
      holder: z
        .looseObject({ pid: count, host: text, since: text })
        .optional()
        .describe('who works on it, where it is held'),
    }),
  },
  cancel: {
    of: "a study's jobs on a cluster that were ended",
    schema: z.looseObject({ study: text, cancelled: z.array(text) }),
  },
  serve: { of: 'where the page is, once the server listens', schema: z.looseObject({ url: text }) },
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
    schema: z.looseObject({ study: text, figures: z.array(figure) }),
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
    schema: z.looseObject({
      prediction: text,
      id: z.union([text, number]).optional().describe('of the row; absent of lines'),
      labels: z.array(text).optional().describe('of a task with labels'),
      unknown: z.array(text).optional().describe('pieces of the answer that are no label'),
      confidences: z.record(text, number).optional().describe('by class, where they were not left out'),
      predictions: z
        .array(text)
        .optional()
        .describe('with --num-return-sequences of 2 or more: that many answers, the best first'),
      scores: z
        .array(number)
        .optional()
        .describe(
          'of `predictions`, with beams: the log-probability of each, over its length to the power of --length-penalty',
        ),
    }),
  },
  tokenize: {
    of: 'token ids of a text; with --decode the text',
    lines: true,
    schema: z.union([z.looseObject({ ids: z.array(count) }), z.looseObject({ text })]),
  },
  extend: {
    of: 'what a finished model was taught on to be',
    schema: z.looseObject({
      chain: text.describe('the line to write into the study'),
      seed: count,
      key,
      folder: text,
      tests: z.array(z.looseObject({ task: text, key, metrics: z.array(metricScores) })),
    }),
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
export const outputSchemas: ReadonlyMap<string, OutputSchema> = new Map(
  Object.entries({ ...files, ...commands, ...measureOutputs }),
)
