import { confusionHeader, confusionRows, type LabelOutcomes } from '../results/label-outcomes.ts'
import { csvLines } from '../words/csv-cell.ts'
import { markdownCells } from '../words/markdown-cells.ts'
import { markdownText } from '../words/markdown-text.ts'
import { type PrintedNames, printedName } from '../words/printed-name.ts'

/** What has come of each label of a task, by chain. */
export interface LabelTable {
  readonly classes: readonly string[]
  readonly chains: readonly LabelOutcomes[]
}

/** Scores of each label, and what was given instead of it, folded away: a block a chain. */
export function labelMarkdown({ chains }: LabelTable, names?: PrintedNames): string {
  return chains
    .flatMap((outcomes) => [
      `<details><summary>Labels of ${markdownText(printedName(names, outcomes.chain))}</summary>`,
      markdownCells(scoreCells(outcomes)),
      confusionSentence(outcomes.seeds),
      markdownCells(confusionCells(outcomes)),
      '</details>',
    ])
    .join('\n\n')
}

/** One line for the terminal: the labels that are answered worst by the chain that answers them best. */
export function labelLine({ chains }: LabelTable, names?: PrintedNames): string | undefined {
  const [best] = chains.toSorted((a, b) => meanF1(b) - meanF1(a))
  if (best === undefined) return undefined
  const worst = best.labels.filter(({ support }) => support > 0).toSorted((a, b) => a.f1 - b.f1)
  const told = worst.slice(0, 3).map(({ label, f1, support }) => `${label} ${f1.toFixed(2)} (${support} rows)`)
  return `Hardest labels of ${printedName(names, best.chain)} by F1: ${told.join(', ')}; all labels, and what was given instead: tables.md`
}

function meanF1({ labels }: LabelOutcomes): number {
  return labels.reduce((sum, { f1 }) => sum + f1, 0) / labels.length
}

/** One line for each chain and label. */
export function labelCsv(task: string, { chains }: LabelTable): string {
  const header = ['task', 'chain', 'seeds', 'label', 'precision', 'recall', 'f1', 'support']
  const lines = chains.flatMap(({ chain, seeds, labels }) =>
    labels.map(({ label, precision, recall, f1, support }) => [
      ...[task, chain, seeds, label],
      ...[precision, recall, f1, support],
    ]),
  )
  return csvLines([header, ...lines])
}

/** One line for each chain, label of the rows and label of the answers that are met together. */
export function confusionCsv(task: string, { chains }: LabelTable): string {
  return csvLines([confusionHeader, ...confusionRows(task, chains)])
}

function scoreCells({ labels }: LabelOutcomes): string[][] {
  const header = ['label', 'precision', 'recall', 'F1', 'rows with it']
  const share = (value: number): string => value.toFixed(4)
  return [
    header,
    ...labels.map(({ label, precision, recall, f1, support }) => [
      label,
      ...[precision, recall, f1].map(share),
      String(support),
    ]),
  ]
}

function confusionCells({ names, confusion }: LabelOutcomes): string[][] {
  const text = (count: number): string => (count === 0 ? '·' : String(count))
  return [['label of the row', ...names], ...confusion.map((row, r) => [names[r]!, ...row.map(text)])]
}

function confusionSentence(seeds: number): string {
  const over = seeds === 1 ? '' : `, ${seeds} seeds together`
  return `Test rows${over}: on the diagonal the label is in the row and in the answer; beside it the row's label is missing in the answer, which has the column's instead.`
}
