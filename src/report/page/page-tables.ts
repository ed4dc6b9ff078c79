import { tableStem } from '../save-report.ts'
import { boldRows } from '../tables/bold-rows.ts'
import { findingOf } from '../tables/finding.ts'
import { healthLines } from '../tables/health-lines.ts'
import { comparisonCells, leakCells, leakLine, tableCells, tableLegend } from '../tables/render-table.ts'
import type { TaskTable } from '../tables/task-table.ts'
import { gridOf } from './page-answers.ts'
import type { PageFiles, PageSection, PageTable } from './page-data.ts'

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

/** What is told below tables, for all of them together: what is not alike, answers that are not in order, leaked rows. */
export function tableSections(tables: readonly PageTable[]): PageSection[] {
  const told = (of: (table: PageTable) => readonly string[]): string[] =>
    tables.flatMap((table) => of(table).map((sentence) => `${table.title}: ${sentence}`))
  const leaked = tables.flatMap(({ title, leaks }) => leaks.rows.map((row) => [title, ...row.slice(0, 3)]))
  const sections = [
    { title: 'What is not alike besides the start', sentences: told(({ differences }) => differences) },
    { title: 'Answers that are not in order', sentences: told(({ health }) => health) },
    {
      title: 'Test rows that were taught',
      sentences: told(({ leaks, leakLine: line }) => (leaks.rows.length > 0 || line === undefined ? [] : [line])),
      grid: leaked.length === 0 ? undefined : { header: ['table', 'chain', 'leaked rows', 'exactly'], rows: leaked },
    },
  ]
  return sections
    .filter(({ sentences, grid }) => sentences.length > 0 || grid !== undefined)
    .map(({ title, sentences, grid }) => ({ title, sentences, grid, notes: [] }))
}
