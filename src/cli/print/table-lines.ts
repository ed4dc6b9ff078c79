import pc from 'picocolors'
import { healthLines, healthMark } from '../../report/results/row-health.ts'
import { findingOf } from '../../report/tables/finding.ts'
import { comparisonCells, leakCells, leakLine, tableCells, tableLegend } from '../../report/tables/render-table.ts'
import type { TaskTable } from '../../report/tables/task-table.ts'
import { columns } from './column-lines.ts'

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
