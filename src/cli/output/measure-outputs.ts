import * as z from 'zod'
import { type OutputSchema, outputParts } from './output-schema.ts'

const { count, key: hash, loss, number, text } = outputParts

const numbers = z.record(text, z.unknown())
const warnings = z.array(text).optional().describe('what is odd about the texts')
const scored = z.looseObject({
  signature: text.describe("beside it the metric's numbers by their names, such as score or macro_f1"),
  scores: z.array(number).optional().describe('one an example, of metrics such as sentence-bleu'),
  beside: z.array(numbers).optional().describe('the same by a variant of the metric'),
  warnings,
})
const interval = z.looseObject({ low: number.nullable(), high: number.nullable() })
const compared = {
  metric: text,
  signature: text,
  level: number.describe('coverage of the intervals'),
  resamples: count,
  seed: count,
  warnings,
  beside: z.array(numbers).optional().describe('the same by a variant of the metric'),
}
const lengths = z.looseObject({
  min: number,
  median: number,
  mean: number,
  p95: number,
  max: number,
  limit: number,
  cut: count.describe('how many are longer than the limit'),
})
const labels = z.looseObject({
  byLabel: z.array(z.looseObject({ label: text, rows: count })),
  byNumber: z.array(count).describe('rows with 0, 1, 2 … labels'),
})
const part = z.looseObject({ task: text, split: text })

/** What commands print with `--json` that measure something: answers, data, a machine, a store. */
export const measureOutputs: Readonly<Record<string, OutputSchema>> = {
  data: {
    of: "what a study's data are like",
    schema: z.looseObject({
      study: text,
      tasks: z.array(
        z.looseObject({
          name: text,
          splits: z.array(
            z.looseObject({
              name: text,
              rows: count,
              emptySources: count,
              emptyTargets: count,
              duplicates: count.describe('rows whose source and target an earlier row has'),
              contradictions: count.describe('rows whose source an earlier row has, with another target'),
              lengths: z
                .record(text, z.looseObject({ source: lengths, target: lengths.optional() }))
                .describe('in tokens, by tokenizer'),
              labels: labels.optional(),
            }),
          ),
          labels: labels.optional().describe('over all splits'),
        }),
      ),
      leaks: z
        .array(
          z.looseObject({
            of: part,
            in: part,
            exact: count,
            near: count,
            share: number,
            examples: z.array(z.looseObject({ text, other: text, similarity: number })),
          }),
        )
        .describe('rows of one split that another has as well'),
      notes: z.array(text).optional().describe('what was not compared'),
      mixtures: z.array(
        z.looseObject({
          name: text,
          by: text,
          seed: count,
          repeat: z.boolean(),
          parts: z.array(z.looseObject({ task: text })),
        }),
      ),
    }),
  },
  rows: {
    of: 'a row of a table, by its columns',
    lines: true,
    schema: z.record(text, z.unknown()),
  },
  score: {
    of: 'scores of answers; with --model those of a task',
    schema: z.union([
      scored,
      z.looseObject({
        task: text,
        examples: count,
        metrics: z.record(text, scored).describe("by the task's names of them"),
        calibration: z.looseObject({}).optional().describe('where confidences decided'),
      }),
    ]),
  },
  compare: {
    of: 'whether systems differ: of files, or with --system of seeds',
    schema: z.union([
      z.looseObject({
        ...compared,
        examples: count,
        samples: count,
        systems: z.array(z.looseObject({ file: text, scores: z.record(text, interval.extend({ score: number })) })),
        comparisons: z.array(
          z.looseObject({
            a: text,
            b: text,
            fields: z
              .record(text, interval.extend({ difference: number, holm_p: number }))
              .describe('by score: that of b less that of a'),
          }),
        ),
      }),
      z.looseObject({
        ...compared,
        rows: count,
        systems: z.array(
          z.looseObject({
            system: text,
            files: z.array(text),
            scores: z.record(text, z.looseObject({ mean: number, seeds: z.array(number) })),
          }),
        ),
        comparisons: z
          .array(
            z.looseObject({
              system: text,
              baseline: text,
              score: text,
              difference: number,
              interval,
              p: number.nullable().describe('corrected by Holm'),
              separable: z.boolean().describe('whatever the seed'),
              differs: z.boolean().describe('on these rows with these seeds'),
              fields: z.record(text, z.looseObject({ difference: number })).describe('the same by every score'),
            }),
          )
          .describe('every system but the first against the first'),
      }),
    ]),
  },
  doctor: {
    of: 'this machine; with --device what a device has proved, with --prune what was removed',
    schema: z.union([
      z.looseObject({
        reteach: text,
        node: text,
        platform: text,
        onnxruntime: z.looseObject({ version: text, providers: z.array(text) }),
        threads: count,
        cpu: text,
        memory: z.looseObject({ total: number, free: number }).describe('bytes'),
        disk: z.looseObject({ total: number, free: number }).describe('bytes, of the current folder'),
        gpu: z.array(text).describe('names of the cards that the system shows'),
        lesson: z
          .looseObject({
            parameters: count,
            updates: count,
            seconds: number,
            updatesPerSecond: number,
            tokensPerSecond: number,
          })
          .optional()
          .describe('absent with --seconds 0'),
      }),
      z.looseObject({
        device: text,
        check: z.looseObject({
          adapter: z.looseObject({ name: text, driver: text, software: z.boolean() }),
          time: text,
          wrong: z.array(text).describe('none: the device is right'),
          rates: z.looseObject({ float32: number, up: number, down: number, largestBuffer: number }),
          lessons: z.record(text, z.looseObject({ parameters: number, secondsPerUpdate: number })).optional(),
        }),
        findings: z.array(z.looseObject({ name: text, difference: loss, tolerance: number })),
        paper: z.looseObject({ updates: number, seconds: number }).describe("the paper's study, were it done there"),
      }),
      z.looseObject({ bytes: count, removed: z.array(z.looseObject({ system: text, bytes: count })) }),
    ]),
  },
  'verify resume': {
    of: 'whether a killed lesson ends as one that was left alone',
    schema: z.looseObject({ same: z.boolean(), kills: count, updates: count, leftAlone: hash, killed: hash }),
  },
  'verify store': {
    of: 'whether what is finished is still what was written',
    schema: z.looseObject({
      store: text,
      steps: count,
      files: count,
      bytes: count,
      findings: z.array(
        z.looseObject({
          path: text.describe("from the store's folder on"),
          what: z.enum(['damaged', 'strangers', 'kept']),
          label: text.optional(),
          faults: z.array(text),
        }),
      ),
      sealed: count.describe('steps that were finished before files were sealed, and are sealed now'),
      unsealed: count,
      setAside: z.array(text).describe("what earlier runs have moved out of a step's place"),
    }),
  },
  schema: { of: 'a JSON Schema, with --json or without', schema: z.looseObject({ $schema: text }) },
}
