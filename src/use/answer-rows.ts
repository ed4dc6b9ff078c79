import { join } from 'node:path'
import { readAllJsonLines, writeJsonLines } from '../base/json-lines.ts'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import type { DeviceName } from '../lesson/device.ts'
import type { Prediction } from '../lesson/protocol.ts'
import { type LabelCandidate, labelCandidates, labelLogOdds } from '../tasks/label-candidates.ts'
import { parseLabelAnswer, parseSingleLabelAnswer } from '../tasks/labels.ts'
import { likelihoodsInChild, predictInChild } from '../train/child.ts'
import type { Asking, UsableModel } from './usable-model.ts'
import type { UsableTask } from './usable-task.ts'

/** A model's answer to a row. */
export interface ModelAnswer extends Prediction {
  /** Of a task with labels: those in the answer, and pieces that are no label. */
  readonly labels?: readonly string[]
  readonly unknown?: readonly string[]
  /** What the model makes of each class, in order; only where it was asked for. */
  readonly logOdds?: readonly number[]
}

export interface AnsweringOptions {
  /** Whether the log-odds of labels are wanted, which takes a pass over the row for each class. */
  readonly logOdds: boolean
  /** Whether a warning tells that sources were cut. */
  readonly tellsCut?: true
  readonly signal?: AbortSignal
  /** Told what is odd about the model's files. */
  readonly onWarning?: (sentence: string) => void
  readonly onProgress?: (progress: { done: number; total: number; unit: 'answers' }) => void
}

/** Asks a model for answers to sources, in their order. @throws {Fault} when the model cannot be used */
export async function answerRows(
  model: UsableModel,
  asking: Asking,
  sources: readonly string[],
  options: AnsweringOptions,
): Promise<ModelAnswer[]> {
  const folder = temporaryFolder('reteach-answers-')
  try {
    const answers = (await ask(model, asking, sources, folder, options)).map((answer) => withLabels(model, answer))
    if (!options.logOdds || model.task.texts.kind !== 'labels') return answers
    const logOdds = await askOdds(model, asking, sources, answers, folder, options)
    return answers.map((answer, row) => ({ ...answer, logOdds: logOdds[row]! }))
  } finally {
    clearAway(folder)
  }
}

async function ask(
  { folder: model }: UsableModel,
  asking: Asking,
  sources: readonly string[],
  folder: string,
  options: AnsweringOptions,
): Promise<Prediction[]> {
  const [file, out] = [join(folder, 'sources.jsonl'), join(folder, 'answers.jsonl')]
  await writeJsonLines(
    file,
    sources.map((source) => ({ source })),
  )
  await predictInChild(
    {
      model,
      sources: file,
      out,
      ...requestOf(asking),
      generation: asking.generation,
      ...(options.tellsCut && { tellsCut: true as const }),
    },
    follow(options),
  )
  return await readAllJsonLines<Prediction>(out)
}

async function askOdds(
  { folder: model, task: { texts } }: UsableModel,
  asking: Asking,
  sources: readonly string[],
  answers: readonly ModelAnswer[],
  folder: string,
  options: AnsweringOptions,
): Promise<number[][]> {
  if (texts.kind !== 'labels') throw new Error('Cannot tell the labels of a task without labels')
  const [rows, out] = [join(folder, 'candidates.jsonl'), join(folder, 'likelihoods.jsonl')]
  const candidates = answers.map(({ labels = [] }) => labelCandidates(labels, texts.labels, texts.single))
  await writeJsonLines(
    rows,
    sources.map((source, row) => ({ source, targets: candidates[row]!.map(({ target }) => target) })),
  )
  await likelihoodsInChild({ model, rows, out, ...requestOf(asking) }, follow(options))
  const found = await readAllJsonLines<number[]>(out)
  const odds = (sets: readonly LabelCandidate[], row: number): number[] =>
    labelLogOdds(sets, found[row]!, texts.labels.classes)
  return candidates.map(odds)
}

function withLabels({ task }: UsableModel, answer: Prediction): ModelAnswer {
  return { ...answer, ...readLabelText(task, answer.prediction) }
}

/** The labels in an answer, and pieces that are none; nothing of a task without labels. */
export function readLabelText({ texts }: UsableTask, answer: string): Pick<ModelAnswer, 'labels' | 'unknown'> {
  if (texts.kind !== 'labels') return {}
  return texts.single ? parseSingleLabelAnswer(answer, texts.labels) : parseLabelAnswer(answer, texts.labels)
}

function requestOf({ prefix, maxSource, batch, threads, device }: Asking): {
  prefix: string
  maxSource?: number
  batch: number
  threads?: number
  device?: DeviceName
} {
  return {
    prefix,
    batch,
    ...(maxSource === undefined ? {} : { maxSource }),
    ...(threads === undefined ? {} : { threads }),
    ...(device === undefined ? {} : { device }),
  }
}

function follow({ signal, onProgress, onWarning }: AnsweringOptions): Parameters<typeof predictInChild>[1] {
  return {
    ...(signal === undefined ? {} : { signal }),
    onEvent: (event) => {
      if (event.type === 'warning') onWarning?.(event.message)
      else onProgress?.({ done: event.done, total: event.total, unit: 'answers' })
    },
  }
}
