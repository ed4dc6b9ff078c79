import type { CleaningRule } from './clean.ts'
import { clean } from './clean.ts'
import type { LabelReading, LabelSpec } from './labels.ts'
import { labelOfCell, labelsOfCell, labelTarget, parseLabelAnswer, parseSingleLabelAnswer } from './labels.ts'

/**
 * A metric that a task asks for. Each request gives its own columns in a table, so that Chinese is scored twice:
 * `[{ metric: 'bleu', tokenize: 'zh' }, { metric: 'bleu', tokenize: '13a' }]`.
 */
export type MetricRequest =
  | {
      readonly metric: 'bleu'
      readonly tokenize: '13a' | 'zh' | 'intl' | 'char' | 'none'
      readonly lowercase?: boolean
    }
  | { readonly metric: 'chrf'; readonly wordOrder: number }
  | { readonly metric: 'rouge'; readonly stemmer: boolean }
  | { readonly metric: 'labels'; readonly f1: 'macro' | 'micro' | 'samples' | 'weighted'; readonly zeroDivision: 0 | 1 }

/** Longest source and target in tokens, `</s>` counted; what is longer is cut. */
export interface TokenLimits {
  readonly source: number
  readonly target: number
}

/** How answers are written when a task is tested; names and meaning as in transformers' generation_config. */
export interface GenerationSettings {
  /** Longest answer in tokens, the decoder's start token included. */
  readonly maxLength?: number
  readonly maxNewTokens?: number
  readonly minNewTokens?: number
  readonly repetitionPenalty?: number
  readonly noRepeatNgramSize?: number
  readonly numBeams?: number
}

interface TaskBase {
  readonly name: string
  /** Put before every source, with its own trailing space. */
  readonly prefix: string
  /** The prefix while teaching, where it differs from the one while testing (the paper's code does that once). */
  readonly teachPrefix?: string
  /** Applied to the source before the prefix is added, and to text targets, in this order. */
  readonly clean: readonly CleaningRule[]
  readonly metrics: readonly MetricRequest[]
  readonly limits: TokenLimits
  readonly generation: GenerationSettings
}

/** The target is the text itself. */
export interface TextTask extends TaskBase {
  readonly kind: 'text'
}

/** The target is written from a data cell that names any number of labels (`labels`) or exactly one (`label`). */
export interface LabelTask extends TaskBase {
  readonly kind: 'labels' | 'label'
  readonly labels: LabelSpec
}

/**
 * A task is data: how a row's two strings become what the model reads and what it shall write. Reading the strings out
 * of files is the work of data/, turning them into token ids that of tokenizer/.
 */
export type Task = TextTask | LabelTask

/** What the model reads for a row: prefix and cleaned source. `use` matters only for tasks with a `teachPrefix`. */
export function sourceText(task: Task, source: string, use: 'teach' | 'test'): string {
  const prefix = use === 'teach' ? (task.teachPrefix ?? task.prefix) : task.prefix
  return prefix + clean(source, task.clean)
}

/**
 * What the model shall write for a row of a text task.
 *
 * @param target the data's target as it is
 */
export function textTarget(task: TextTask, target: string): string {
  return clean(target, task.clean)
}

/** Reads a label task's data cell; the caller reports `unknown` with the row's place. */
export function readCell(task: LabelTask, cell: string): LabelReading {
  return task.kind === 'labels' ? labelsOfCell(cell, task.labels) : labelOfCell(cell, task.labels)
}

/** What the model shall write for a row of a label task, from the labels that `readCell` found. */
export function labelsTarget(task: LabelTask, labels: readonly string[]): string {
  return labelTarget(labels, task.labels)
}

/** Reads a model's answer to a label task; `unknown` is to be counted and shown. */
export function readAnswer(task: LabelTask, answer: string): LabelReading {
  return task.kind === 'labels' ? parseLabelAnswer(answer, task.labels) : parseSingleLabelAnswer(answer, task.labels)
}
