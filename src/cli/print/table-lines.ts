import { differenceLines } from '../../report/tables/difference-lines.ts'
import { findingOf } from '../../report/tables/finding.ts'
import { healthLines } from '../../report/tables/health-lines.ts'
import { labelLine } from '../../report/tables/label-table.ts'
import { comparisonCells, leakCells, leakLine, tableCells, tableLegend } from '../../report/tables/render-table.ts'
import type { TaskTable } from '../../report/tables/task-table.ts'
import { healthMark } from '../../report/words/health-mark.ts'
import { columnLines } from './column-lines.ts'
import { styles } from './own-styles.ts'

/** A table for the terminal: scores, comparisons, scores without leaked rows, what differs, and the finding. */
export function tableLines(table: TaskTable): string[] {
  const [comparisons, leaks, leak] = [comparisonCells(table), leakCells(table), leakLine(table)]
  const signatures = [...new Map(table.columns.map(({ metric, signature }) => [metric, signature]))]
  return [
    styles.bold(table.title),
    ...columnLines(tableCells(table)),
    ...(comparisons.length > 1 ? ['', ...columnLines(comparisons)] : []),
    ...(leak === undefined ? [] : ['', leak]),
    ...(leaks.length > 1 ? columnLines(leaks) : []),
    ...healthLines(table).map((line) => (line.startsWith(healthMark) ? styles.yellow(line) : line)),
    '',
    ...tableLegend(table).map((sentence) => styles.dim(sentence)),
    ...signatures.map(([metric, signature]) => styles.dim(`${metric}: ${signature}`)),
    ...[(table.labels && labelLine(table.labels, table.names)) ?? []].flat(),
    ...differenceLines(table.differences),
    findingOf(table),
  ]
}
