import { tableStem } from '../save-report.ts'
import { boldRows } from '../tables/bold-rows.ts'
import { findingOf } from '../tables/finding.ts'
import { healthLines } from '../tables/health-lines.ts'
import { comparisonCells, leakCells, leakLine, tableCells, tableLegend } from '../tables/render-table.ts'
import type { TaskTable } from '../tables/task-table.ts'
import { gridOf } from './page-answers.ts'
import type { PageFiles, PageTable } from './page-data.ts'

/** @param files of all tables, by name */
export function pageTables(tables: readonly TaskTable[], files: PageFiles): PageTable[] {
  return tables.map((table, index) => {
    const bold = boldRows(table)
    const stem = tableStem(table, index)
    return {
      title: table.title,
      task: table.task,
      stem,
      scores: gridOf(tableCells(table)),
      bold: table.rows.flatMap((row, at) => (bold.includes(row) ? [at] : [])),
      floorsFrom: table.rows.length,
      comparisons: gridOf(comparisonCells(table)),
      leaks: gridOf(leakCells(table)),
      leakLine: leakLine(table),
      finding: findingOf(table),
      notes: tableLegend(table),
      differences: table.differences,
      health: healthLines(table),
      files: Object.keys(files).flatMap((name) => fileOf(name, stem) ?? []),
    }
  })
}

function fileOf(name: string, stem: string): PageTable['files'][number] | undefined {
  const label = labels[name.startsWith(stem) ? name.slice(stem.length) : '']
  return label === undefined ? undefined : { label, name }
}

const labels: Readonly<Record<string, string>> = {
  '.csv': 'CSV',
  '-summary.csv': 'CSV, means',
  '.tex': 'LaTeX',
  '.md': 'Markdown',
  '-labels.csv': 'CSV, labels',
  '-confusion.csv': 'CSV, confusion',
}
