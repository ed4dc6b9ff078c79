import pc from 'picocolors'
import { findingOf } from '../report/finding.ts'
import { comparisonCells, leakCells, leakLine, tableCells, tableLegend } from '../report/render-table.ts'
import { healthLines, healthMark } from '../report/row-health.ts'
import type { TaskTable } from '../report/task-table.ts'
import { columns } from './columns.ts'

/** A table for the terminal: scores, comparisons, scores without leaked rows, what differs, and the finding. */
export function tableLines(table: TaskTable): string[] {
  const [comparisons, leaks, leak] = [comparisonCells(table), leakCells(table), leakLine(table)]
  const signatures = [...new Map(table.columns.map(({ metric, signature }) => [metric, signature]))]
  return [
    pc.bold(table.title),
    ...columns(tableCells(table)),
    ...(comparisons.length > 1 ? ['', ...columns(comparisons)] : []),
    ...(leak === undefined ? [] : ['', leak]),
    ...(leaks.length > 1 ? columns(leaks) : []),
    ...healthLines(table.rows).map((line) => (line.startsWith(healthMark) ? pc.yellow(line) : line)),
    '',
    ...tableLegend(table).map((sentence) => pc.dim(sentence)),
    ...signatures.map(([metric, signature]) => pc.dim(`${metric}: ${signature}`)),
    ...differenceLines(table.differences),
    findingOf(table),
  ]
}

/** `Not alike besides the start:`, and each difference in a line of its own. */
export function differenceLines(differences: readonly string[]): string[] {
  return differences.length === 0
    ? []
    : ['Not alike besides the start:', ...differences.map((sentence) => `- ${sentence}`)]
}
