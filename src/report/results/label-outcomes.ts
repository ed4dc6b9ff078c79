import { readAllJsonLines } from '../../base/json-lines.ts'
import { labelConfusion, noLabel } from '../../metrics/label-confusion.ts'
import { type LabelScore, type MultiLabelOptions, multiLabelScores } from '../../metrics/labels.ts'
import { mean } from '../../metrics/statistics/mean.ts'
import type { PredictionRow } from '../../study/steps/score-answers.ts'
import type { Store } from '../../study/store/store.ts'
import type { StudyTask } from '../../study/study.ts'
import type { Arm } from './arms.ts'

/** What has come of each label in a chain's tests. */
export interface LabelOutcomes {
  readonly chain: string
  /** Finished seeds. */
  readonly seeds: number
  /** Means over seeds; the support too, which is that of the test rows: only splits differ in it. */
  readonly labels: readonly LabelScore[]
  /** Of the rows and columns of `confusion`: the classes, and none. */
  readonly names: readonly string[]
  /** As `labelConfusion` has it, over all seeds together. */
  readonly confusion: readonly (readonly number[])[]
}

/** @returns `undefined` where no seed is finished, or the task has no labels. @throws {Fault} if answers cannot be read */
export async function labelOutcomes(
  { chain, seeds }: Arm,
  { texts, metrics }: StudyTask,
  store: Store,
): Promise<LabelOutcomes | undefined> {
  if (seeds.length === 0 || texts.kind !== 'labels') return undefined
  const { classes } = texts.labels
  // As the scores of all labels together, of which the first decides.
  const options: MultiLabelOptions = { ...metrics[0]?.options, labels: classes }
  const found: Outcomes[] = []
  for (const { evaluation } of seeds) found.push(await outcomesOf(store.predictionsFile(evaluation), options))
  return {
    chain: chain.label,
    seeds: seeds.length,
    labels: classes.map((_, at) => meanScore(found.map(({ labels }) => labels[at]!))),
    names: [...classes, noLabel],
    confusion: sumOf(found.map(({ confusion }) => confusion)),
  }
}

export const confusionHeader = ['task', 'chain', 'seeds', 'label', 'given', 'rows'] as const

/** One line for each chain, label of the rows and label of the answers that are met together. */
export function confusionRows(task: string, chains: readonly LabelOutcomes[]): (string | number)[][] {
  return chains.flatMap(({ chain, seeds, names, confusion }) =>
    confusion.flatMap((row, r) =>
      row.flatMap((count, c) => (count === 0 ? [] : [[task, chain, seeds, names[r]!, names[c]!, count]])),
    ),
  )
}

type Outcomes = Pick<LabelOutcomes, 'labels' | 'confusion'>

async function outcomesOf(predictions: string, options: MultiLabelOptions): Promise<Outcomes> {
  const rows = await readAllJsonLines<PredictionRow>(predictions)
  const given = rows.map(({ predictedLabels }) => predictedLabels ?? [])
  const wanted = rows.map(({ labels }) => labels ?? [])
  const { perLabel } = multiLabelScores(given, wanted, options)
  return { labels: perLabel, confusion: labelConfusion(given, wanted, options.labels) }
}

function meanScore(scores: readonly LabelScore[]): LabelScore {
  const [first] = scores
  return {
    label: first!.label,
    precision: mean(scores.map(({ precision }) => precision)),
    recall: mean(scores.map(({ recall }) => recall)),
    f1: mean(scores.map(({ f1 }) => f1)),
    support: Math.round(mean(scores.map(({ support }) => support))),
  }
}

function sumOf(matrices: readonly (readonly (readonly number[])[])[]): number[][] {
  const [first] = matrices
  return first!.map((row, r) => row.map((_, c) => matrices.reduce((sum, matrix) => sum + matrix[r]![c]!, 0)))
}
