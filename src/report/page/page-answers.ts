import { asPrinted } from '../conclusions/as-printed.ts'
import type { Conclusions } from '../conclusions/conclusions.ts'
import { printedConclusions } from '../conclusions/printed-conclusions.ts'
import { answerSections, cellText, evidenceSections, type Section } from '../conclusions/render-conclusions.ts'
import type { Transfer } from '../conclusions/transfer.ts'
import { formatP } from '../words/format-score.ts'
import type { PageAnswer, PageGrid, PageSection, PageShare, PageTransfer } from './page-data.ts'

/** The answers as the first screen has them. */
export function pageAnswers(conclusions: Conclusions): PageAnswer[] {
  return answerSections(conclusions).map(({ sentences, warnings, cells }, index) => {
    const { verdict, p, evidence } = conclusions.recommendations[index]!
    const [sentence, ...reasons] = sentences
    return {
      task: asPrinted(evidence).task,
      verdict,
      confidence: p === undefined ? '' : formatP(p),
      sentence: sentence!,
      reasons,
      warnings,
      candidates: cells && gridOf(cells),
    }
  })
}

/** The matrix of transfer and forgetting, with what is told of it in the conclusions. */
export function pageTransfer(conclusions: Conclusions): PageTransfer | undefined {
  const { transfer } = printedConclusions(conclusions)
  if (transfer === undefined) return undefined
  const [matrix, changes] = transferSections(conclusions)
  return {
    tasks: transfer.tasks.map(({ task, column }) => `${task} (${column.name})`),
    rows: transfer.rows.map(({ checkpoint, cells }) => ({ checkpoint, cells: cells.map(cellOf(transfer)) })),
    sentences: matrix?.sentences ?? [],
    notes: matrix?.notes ?? [],
    changes: changes && pageSection(changes),
  }
}

function cellOf({ tasks }: Transfer) {
  return (cell: Transfer['rows'][number]['cells'][number], index: number): PageShare | undefined => {
    if (cell === undefined) return undefined
    const { mean, interval } = cell.share ?? {}
    const half = interval && (interval.high - interval.low) / 2
    return { score: cellText(cell, tasks[index]!.column), share: rounded(mean), half: rounded(half) }
  }
}

function rounded(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Number(share.toFixed(4))
}

/** What the answers rest on besides tables and transfer: how fast lessons learn, learning rates, costs. */
export function pageEvidence(conclusions: Conclusions): PageSection[] {
  const ofTransfer = transferSections(conclusions).map(({ title }) => title)
  return evidenceSections(conclusions)
    .filter(({ title }) => !ofTransfer.includes(title))
    .map(pageSection)
}

function transferSections(conclusions: Conclusions): Section[] {
  return evidenceSections({ ...conclusions, convergence: [], rates: [], costs: [] })
}

function pageSection({ title, sentences, cells, notes = [] }: Section): PageSection {
  return { title, sentences, grid: cells && gridOf(cells), notes }
}

/** @param cells the first row is the header */
export function gridOf(cells: readonly (readonly string[])[]): PageGrid {
  const [header = [], ...rows] = cells
  return { header, rows }
}
