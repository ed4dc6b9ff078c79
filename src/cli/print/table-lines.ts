import pc from 'picocolors'
import { differenceLines } from '../../report/tables/difference-lines.ts'
import { findingOf } from '../../report/tables/finding.ts'
import { healthLines, healthMark } from '../../report/tables/health-lines.ts'
import { labelLine } from '../../report/tables/label-table.ts'
import { comparisonCells, leakCells, leakLine, tableCells, tableLegend } from '../../report/tables/render-table.ts'
import type { TaskTable } from '../../report/tables/task-table.ts'
import { columnLines } from './column-lines.ts'

/** A table for the terminal: scores, comparisons, scores without leaked rows, what differs, and the finding. */
export function tableLines(table: TaskTable): string[] {
  const [comparisons, leaks, leak] = [comparisonCells(table), leakCells(table), leakLine(table)]
  const signatures = [...new Map(table.columns.map(({ metric, signature }) => [metric, signature]))]
  return [
    pc.bold(table.title),
    ...columnLines(tableCells(table)),
    ...(comparisons.length > 1 ? ['', ...columnLines(comparisons)] : []),
    ...(leak === undefined ? [] : ['', leak]),
    ...(leaks.length > 1 ? columnLines(leaks) : []),
    ...healthLines(table).map((line) => (line.startsWith(healthMark) ? pc.yellow(line) : line)),
    '',
    ...tableLegend(table).map((sentence) => pc.dim(sentence)),
    ...signatures.map(([metric, signature]) => pc.dim(`${metric}: ${signature}`)),
    ...[(table.labels && labelLine(table.labels, table.names)) ?? []].flat(),
    ...differenceLines(table.differences),
    findingOf(table),
  ]
}
