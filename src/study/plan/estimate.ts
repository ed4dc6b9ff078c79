import { Fault } from '../../base/fault.ts'
import { wantedRows } from '../../data/table/split.ts'
import { usualDevice } from '../../lesson/device.ts'
import { costSettings, type TeachSettings } from '../../lesson/teach-settings.ts'
import { updatesAnEpoch, updatesBetweenEvaluations, updatesOf } from '../../lesson/updates.ts'
import type { StepKey } from '../keys.ts'
import type { EvaluateStep } from '../steps/kinds/evaluate.ts'
import type { PrefixTestStep } from '../steps/kinds/prefix-test.ts'
import type { PrepareMixtureStep, PrepareStep, RowCounts } from '../steps/kinds/prepare.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import type { Weights } from '../steps/weights.ts'
import type { Store } from '../store/store.ts'
import type { SplitName, SplitRequest } from '../study.ts'
import type { Plan } from './plan.ts'

/** What a short trial of a lesson has shown on this machine. */
export interface LessonMeasurement {
  /** From the start of its process to the first update, and from the last to its end. */
  readonly overheadSeconds: number
  readonly secondsPerUpdate: number
  /** Of one validation row. */
  readonly secondsPerValidationRow: number
  /** Of one answer to a validation row; absent where none are given. */
  readonly secondsPerAnswer?: number
  /** To write the model's folder. */
  readonly saveSeconds?: number
  readonly peakMemoryBytes: number
  /** Of the taught model's folder. */
  readonly modelBytes: number
  readonly parameters: number
  /** What the optimizer keeps besides them. Default: two moments. */
  readonly optimizerBytes?: number
}

export interface TestMeasurement {
  readonly overheadSeconds: number
  readonly secondsPerRow: number
  readonly peakMemoryBytes: number
}

/** What a step is expected to take; absent values are not known. */
export interface StepEstimate {
  readonly updates?: number
  readonly secondsPerUpdate?: number
  readonly seconds?: number
  readonly peakMemoryBytes?: number
  /** Of its results; while it is taught, its state comes on top. */
  readonly diskBytes?: number
  readonly stateBytes?: number
}

/** How often a lesson stops to evaluate its validation rows. */
function evaluationsOf(settings: TeachSettings, anEpoch: number): number {
  return Math.ceil(updatesOf(settings, anEpoch) / updatesBetweenEvaluations(settings.evaluate_every, anEpoch))
}

export function estimateLesson(
  step: TeachStep,
  counts: ReadonlyMap<StepKey, RowCounts>,
  measured?: LessonMeasurement,
): StepEstimate {
  const rows = counts.get(step.data)
  if (rows?.train === undefined) return {}
  const anEpoch = updatesAnEpoch(rows.train, step.settings.batch)
  const updates = updatesOf(step.settings, anEpoch)
  if (measured === undefined) return { updates }
  const { overheadSeconds, secondsPerUpdate, secondsPerValidationRow, secondsPerAnswer = 0, saveSeconds = 0 } = measured
  const { peakMemoryBytes, modelBytes, parameters, optimizerBytes = parameters * 8 } = measured
  const answered = (step.answers?.parts ?? []).map(({ data }) =>
    Math.min(step.answers!.rows ?? Infinity, counts.get(data)?.validation ?? 0),
  )
  const answers = answered.reduce((sum, count) => sum + count, 0)
  const best = step.settings.keep === 'best' && (rows.validation ?? 0) > 0
  const evaluations = evaluationsOf(step.settings, anEpoch)
  const validation =
    evaluations * ((rows.validation ?? 0) * secondsPerValidationRow + answers * secondsPerAnswer) +
    // About every other evaluation is the best so far; the last one's weights are where they are.
    (best ? (evaluations - 1) * 0.5 * saveSeconds : 0)
  return {
    updates,
    secondsPerUpdate,
    seconds: overheadSeconds + updates * secondsPerUpdate + validation,
    peakMemoryBytes,
    diskBytes: modelBytes,
    // Parameters in float32, what the optimizer keeps, and the best parameters so far.
    stateBytes: parameters * 4 * (best ? 2 : 1) + optimizerBytes,
  }
}

export function estimateTest(rows: RowCounts | undefined, measured?: TestMeasurement): StepEstimate {
  if (rows?.test === undefined || measured === undefined) return {}
  const { overheadSeconds, secondsPerRow, peakMemoryBytes } = measured
  return { seconds: overheadSeconds + rows.test * secondsPerRow, peakMemoryBytes }
}

/** Some of the test rows, once for each of the other prefixes. */
export function estimatePrefixTest(
  { others, rows: wanted }: PrefixTestStep,
  rows: RowCounts | undefined,
  measured?: TestMeasurement,
): StepEstimate {
  if (rows?.test === undefined) return {}
  const once = estimateTest({ test: Math.min(wanted, rows.test) }, measured)
  return once.seconds === undefined ? {} : { ...once, seconds: once.seconds * others.length }
}

/** Rows of every `prepare` step: counted where it is finished, else what the study itself says. */
export function rowCounts(plan: Plan, store: Store): ReadonlyMap<StepKey, RowCounts> {
  const counts = new Map<StepKey, RowCounts>()
  for (const step of plan.steps.values()) {
    if (step.kind !== 'prepare') continue
    if (store.isDone('prepare', step.key)) {
      counts.set(step.key, store.result('prepare', step.key).rows)
    } else counts.set(step.key, step.mixture === undefined ? statedRows(step) : mixedRows(step, counts))
  }
  return counts
}

/** Numbers of rows as the study asks for them; shares count only where the whole is known. */
function statedRows({ task }: PrepareStep): RowCounts {
  const { rows, split, parts } = task.data
  const divided = rows === undefined ? {} : dividedRows(rows.table.take, split)
  const counts = (['train', 'validation', 'test'] as const).map((part) => {
    const own = parts[part]
    return [part, own === undefined ? divided[part] : own.table.take] as const
  })
  return Object.fromEntries(counts.filter(([, count]) => count !== undefined))
}

function dividedRows(whole: number | undefined, { train, validation, test }: SplitRequest): RowCounts {
  if (whole === undefined) {
    const stated = Object.entries({ train, validation, test })
    return Object.fromEntries(stated.filter(([, size]) => size !== undefined && (size === 0 || size >= 1)))
  }
  try {
    return wantedRows(whole, { train: train ?? 'rest', validation, test })
  } catch (error) {
    // The step that divides the rows says why they cannot be.
    if (error instanceof Fault) return {}
    throw error
  }
}

function mixedRows(
  { parts, mixture, draw: { tokens, batch = 1 } }: PrepareMixtureStep,
  counts: ReadonlyMap<StepKey, RowCounts>,
): RowCounts {
  const mixed: Partial<Record<SplitName, number>> = {}
  // How many rows make so many tokens is known once they are cut.
  if (tokens !== undefined) return mixed
  for (const part of ['train', 'validation'] as const) {
    const sizes = parts.map(({ data }) => counts.get(data)?.[part])
    if (sizes.some((size) => size === undefined)) continue
    // Validation rows are not taught in batches.
    const unit = part === 'train' ? batch : 1
    const scales = parts.map(({ ratio }, index) => Math.floor(sizes[index]! / unit) / ratio)
    const scale = mixture.repeat ? Math.max(...scales) : Math.min(...scales)
    mixed[part] = parts.reduce((sum, { ratio }) => sum + unit * Math.floor(scale * ratio + 1e-9), 0)
  }
  return mixed
}

/** Steps whose measurements hold for each other share this key: same architecture, data and shape of batches. */
export function shapeOf(step: TeachStep | EvaluateStep, plan: Plan): string {
  if (step.kind === 'evaluate') {
    return JSON.stringify([
      'evaluate',
      rootOf(step.model, plan),
      step.data,
      step.task.prefix,
      step.task.limits,
      step.task.generate,
      ...(step.task.device === usualDevice ? [] : [step.task.device]),
    ])
  }
  return JSON.stringify([
    'teach',
    rootOf(step.start, plan),
    step.data,
    step.prefix,
    step.spans,
    costSettings(step.settings),
    ...(step.answers === undefined
      ? []
      : [step.answers.parts.map(({ task, data }) => [data, task.prefix, task.limits, task.generate])]),
  ])
}

/** The start that weights come from in the end. */
export function rootWeights(weights: Weights, plan: Plan): Exclude<Weights, { kind: 'step' }> {
  if (weights.kind !== 'step') return weights
  const step = plan.steps.get(weights.key) as TeachStep
  return rootWeights(step.start, plan)
}

function rootOf(weights: Weights, plan: Plan): unknown {
  const root = rootWeights(weights, plan)
  // The seed of a start from scratch changes no time.
  return root.kind === 'scratch' ? [root.config, root.tokenizer] : root.folder
}
