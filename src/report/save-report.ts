import { join } from 'node:path'
import { writeFileAtomic, writeJsonFile } from '../base/atomic-file.ts'
import type { Conclusions } from './conclusions/conclusions.ts'
import { markdownConclusions } from './conclusions/render-conclusions.ts'
import { figureSection, type SavedFigure } from './save-figures.ts'
import { differenceLines } from './tables/difference-lines.ts'
import { findingOf } from './tables/finding.ts'
import { confusionCsv, labelCsv, labelMarkdown } from './tables/label-table.ts'
import { latexPackages, latexTable } from './tables/latex-table.ts'
import { csvSummary, csvTable, markdownTable, type TableParts } from './tables/render-table.ts'
import type { TaskTable } from './tables/task-table.ts'
import { markdownText } from './words/markdown-text.ts'

/** What a study's report is made of. */
export interface Report {
  readonly name: string
  readonly tables: readonly TaskTable[]
  readonly conclusions: Conclusions
  readonly figures: readonly SavedFigure[]
  /** What its tables in LaTeX have. */
  readonly latex: TableParts
}

/**
 * Writes `tables.md` (answers, tables, what the answers rest on, figures), `tables.tex`, `tables.json`, `conclusions.json`
 * and each table's own files.
 *
 * @throws {Fault} if the folder cannot be written
 */
export function saveReport(report: Report, folder: string): void {
  const { tables, conclusions, latex } = report
  const of = (name: string): string => join(folder, name)
  writeFileAtomic(of('tables.md'), wholePage(report))
  writeFileAtomic(of('tables.tex'), `${[latexPackages, ...latexTables(tables, latex)].join('\n\n')}\n`)
  for (const [name, content] of Object.entries(tableFiles(report))) writeFileAtomic(of(name), content)
  writeJsonFile(of('tables.json'), withFindings(tables))
  writeJsonFile(of('conclusions.json'), conclusions)
}

/**
 * Every table's own files by name: two as CSV, one each as Markdown and LaTeX; of a task with labels two more. The page of a
 * study saves the same bytes.
 */
export function tableFiles({ tables, latex }: Pick<Report, 'tables' | 'latex'>): Record<string, string> {
  const inLatex = latexTables(tables, latex)
  const files = tables.flatMap((table, index): [string, string][] => {
    const stem = tableStem(table, index)
    const { labels } = table
    return [
      [`${stem}.csv`, csvTable(table)],
      [`${stem}-summary.csv`, csvSummary(table)],
      [`${stem}.md`, tableSection(table)],
      [`${stem}.tex`, `${latexPackages}\n\n${inLatex[index]}\n`],
      ...(labels === undefined
        ? []
        : ([
            [`${stem}-labels.csv`, labelCsv(table.task, labels)],
            [`${stem}-confusion.csv`, confusionCsv(table.task, labels)],
          ] as [string, string][])),
    ]
  })
  return Object.fromEntries(files)
}

function wholePage({ name, tables, conclusions, figures }: Report): string {
  const answers = conclusions.recommendations.map((one) => `- ${markdownText(one.sentences[0]!)}`).join('\n')
  const page = [
    ...(answers === '' ? [] : [`${answers}\n`]),
    ...tables.map(tableSection),
    `${markdownConclusions(conclusions)}\n`,
    figureSection(figures),
  ].join('\n')
  return `# ${markdownText(name)}\n\n${page}`
}

function tableSection(table: TaskTable): string {
  return `## ${markdownText(table.title)}\n\n${markdownTable(table)}\n\n${markdownLines(differenceLines(table.differences))}\n\n${markdownText(findingOf(table))}\n${labelSection(table)}`
}

/** What the names of a table's files begin with. */
export function tableStem({ task }: TaskTable, index: number): string {
  return `table-${index + 1}-${task}`
}

function labelSection({ labels, names }: TaskTable): string {
  if (labels === undefined || labels.chains.length === 0) return ''
  return `\n${labelMarkdown(labels, names)}\n`
}

/** The first of the lines may be the heading of the others, which are items of a list. */
function markdownLines(lines: readonly string[]): string {
  return lines
    .map((line) => (line.startsWith('- ') ? `- ${markdownText(line.slice(2))}` : markdownText(line)))
    .join('\n')
}

/** Labels must be told apart: a second table of a task has its number. */
function latexTables(tables: readonly TaskTable[], parts: TableParts): string[] {
  return tables.map((table, index) => {
    const number = tables.slice(0, index + 1).filter(({ task }) => task === table.task).length
    return latexTable(table, parts, `tab:${table.task}${number === 1 ? '' : `-${number}`}`)
  })
}

/** Tables as JSON tells them, each with its finding. */
export function withFindings(tables: readonly TaskTable[]): (TaskTable & { finding: string })[] {
  return tables.map((table) => ({ ...table, finding: findingOf(table) }))
}
