import { formatScore } from './format-score.ts'
import type { ScoreColumn, TableRow, TaskTable } from './task-table.ts'

/** A table as cells of text, a header first: the common ground of every way of printing it. */
export function tableCells(table: TaskTable): string[][] {
  const withPaper = table.columns.filter(({ name }) => table.rows.some(({ paper }) => Object.hasOwn(paper, name)))
  const header = [
    'chain',
    ...table.columns.flatMap((column) => (withPaper.includes(column) ? [column.name, 'paper'] : [column.name])),
    'updates',
    'minutes',
  ]
  const rows = table.rows.map((row) => [
    row.chain,
    ...table.columns.flatMap((column) => {
      const own = scoreCell(row, column)
      if (!withPaper.includes(column)) return [own]
      const paper = row.paper[column.name]
      return [own, paper === undefined ? '' : String(paper)]
    }),
    row.seeds.length === 0 ? '–' : String(Math.round(row.updates)),
    row.seeds.length === 0 ? '–' : row.minutes.toFixed(row.minutes < 10 ? 2 : 1),
  ])
  return [header, ...rows]
}

/** `11.54 ±0.20`; `–` where no seed is finished. */
function scoreCell(row: TableRow, column: ScoreColumn): string {
  if (row.seeds.length === 0) return '–'
  const score = formatScore(row.mean[column.name]!, column.best)
  const deviation = row.deviation === undefined ? '' : ` ±${formatScore(row.deviation[column.name]!, column.best)}`
  return score + deviation
}

/** A table as Markdown. */
export function markdownTable(table: TaskTable): string {
  const [header, ...rows] = tableCells(table) as [string[], ...string[][]]
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = `|${header.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

/** A table as a LaTeX `tabular` in the booktabs style. */
export function latexTable(table: TaskTable): string {
  const [header, ...rows] = tableCells(table) as [string[], ...string[][]]
  const line = (cells: readonly string[]): string => `  ${cells.map(latexText).join(' & ')} \\\\`
  return [
    `% ${table.title.replace(/\s+/gu, ' ')}`,
    `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
    '  \\toprule',
    line(header),
    '  \\midrule',
    ...rows.map(line),
    '  \\bottomrule',
    '\\end{tabular}',
  ].join('\n')
}

/** One line for each chain and seed, with every digit and the key of the step that holds answers and scores. */
export function csvTable(table: TaskTable): string {
  const names = table.columns.map(({ name }) => name)
  const header = ['task', 'chain', 'seed', ...names, 'updates', 'seconds', 'evaluation']
  const lines = table.rows.flatMap(({ chain, seeds }) =>
    seeds.map(({ seed, scores, updates, seconds, evaluation }) => [
      table.task,
      chain,
      seed,
      ...names.map((name) => scores[name]!),
      updates,
      seconds,
      evaluation,
    ]),
  )
  return [header, ...lines].map((cells) => `${cells.map((cell) => csvCell(String(cell))).join(',')}\n`).join('')
}

function csvCell(text: string): string {
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const latexSigns: Readonly<Record<string, string>> = {
  '->': '$\\rightarrow$',
  '±': '$\\pm$',
  '–': '--',
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
}

function latexText(text: string): string {
  return text.replace(/->|[±–\\~^&%$#_{}]/gu, (sign) => latexSigns[sign] ?? `\\${sign}`)
}
