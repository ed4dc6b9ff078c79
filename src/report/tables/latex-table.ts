import { printedName } from '../words/printed-name.ts'
import { boldRows } from './bold-rows.ts'
import {
  comparisonCells,
  comparisonLegend,
  leakCells,
  leakLine,
  scoreLegend,
  stepLines,
  type TableParts,
  tableCells,
} from './render-table.ts'
import type { TableRow, TaskTable } from './task-table.ts'

/** What a document must load for {@link latexTable}. */
export const latexPackages = [
  '% In the preamble: \\usepackage{booktabs} and \\usepackage{siunitx}.',
  '% A table that is too wide: put \\small, or \\resizebox{\\linewidth}{!}{...} of graphicx around its tabular.',
].join('\n')

/**
 * A table as journals take it: a `table` each for scores, differences and scores without leaked rows, with caption and label,
 * in the booktabs style, numbers in columns of siunitx. Scores of chains that are better whatever the seed are bold.
 *
 * @param label what the labels begin with: `tab:res`, `tab:res-differences`, `tab:res-leaks`
 */
export function latexTable(table: TaskTable, parts: TableParts, label: string): string {
  const [comparisons, leaks, leak] = [comparisonCells(table), leakCells(table), leakLine(table)]
  const bold = boldRows(table)
  const boldNote =
    bold.length > 0 ? [`Bold: better than ${bold.some(isFresh) ? 'all others' : 'the fresh start'}, p < 0.05.`] : []
  const boldCells = table.rows.map((row) => bold.includes(row))
  const compared = table.rows.filter(({ baseline, comparison }) => baseline !== undefined && comparison !== undefined)
  const separable = compared.map(({ comparison }) => comparison!.separable)
  const names = [
    table.title,
    ...table.rows.map(({ chain }) => printedName(table.names, chain)),
    ...tableCells(table, parts)[0]!,
  ]
  return [
    comment(table.title),
    ...(names.some((name) => beyondLatin.test(name))
      ? ['% It has letters that pdflatex lacks: use xelatex or lualatex, with a font that has them.']
      : []),
    environment(withPlainFloors(tableCells(table, parts), table), {
      caption: [`${table.title}.`, ...scoreLegend(table), ...boldNote],
      label,
      bold: boldCells,
    }),
    ...(comparisons.length > 1
      ? [
          environment(comparisons, {
            caption: [`${table.title}: differences.`, ...comparisonLegend(table)],
            label: `${label}-differences`,
            bold: separable,
          }),
        ]
      : []),
    ...(leaks.length > 1
      ? [environment(leaks, { caption: [`${table.title}.`, leak ?? ''], label: `${label}-leaks`, bold: [] })]
      : []),
    ...table.notes.map(comment),
    ...stepLines(table).map(comment),
  ].join('\n')
}

/** Letters that pdflatex does not have: what it has is Western, and signs that are set below. */
const beyondLatin = /[^\s\u0020-\u017f\u2010-\u2026→±×≥≤]/u

/** A constant answer in letters that few documents can set is named for what it is. */
function withPlainFloors(cells: string[][], { rows }: TaskTable): string[][] {
  return cells.map(([name, ...others], index) =>
    index > rows.length && beyondLatin.test(name!) ? ['always one answer', ...others] : [name!, ...others],
  )
}

function isFresh({ baseline }: TableRow): boolean {
  return baseline === undefined
}

interface Environment {
  /** Sentences. */
  readonly caption: readonly string[]
  readonly label: string
  /** By row, whether its first number is bold. */
  readonly bold: readonly boolean[]
}

function environment(cells: readonly (readonly string[])[], { caption, label, bold }: Environment): string {
  const [header, ...rows] = cells
  const columns = header!.map((_, index) => columnOf(rows.map((row) => row[index]!)))
  const firstNumber = columns.findIndex(({ isNumber }) => isNumber)
  const line = (row: readonly string[], isBold: boolean): string => {
    const set = row.map((cell, index) => bodyCell(cell, columns[index]!.isNumber, isBold && index === firstNumber))
    return `    ${set.join(' & ')} \\\\`
  }
  const heads = header!.map((cell, index) =>
    columns[index]!.isNumber ? `{${latexText(cell)}}` : unbracketed(latexText(cell)),
  )
  return [
    '\\begin{table}',
    '  \\centering',
    // The names that both versions 2 and 3 of siunitx know.
    '  \\sisetup{detect-weight=true,mode=text,separate-uncertainty=true,retain-explicit-plus=true}',
    `  \\caption{${latexText(caption.filter((part) => part !== '').join(' '))}}`,
    `  \\label{${label}}`,
    `  \\begin{tabular}{${columns.map(({ letters }) => letters).join('')}}`,
    '    \\toprule',
    `    ${heads.join(' & ')} \\\\`,
    '    \\midrule',
    ...rows.map((row, index) => line(row, bold[index] === true)),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  ].join('\n')
}

/** A number, with its sign and half of its interval where it has them. */
const number = /^([+-]?)(\d+)(?:\.(\d+))?(?: ±(\d+(?:\.\d+)?))?$/u

/** Columns of numbers are set by their decimal points, with room for the longest of them. */
function columnOf(cells: readonly string[]): { letters: string; isNumber: boolean } {
  const found = cells.map((cell) => number.exec(cell)).filter((match) => match !== null)
  const others = cells.filter((cell) => !number.test(cell) && cell !== '' && cell !== '–' && !/^[<>] \d/u.test(cell))
  if (found.length === 0 || others.length > 0)
    return { letters: cells.some((cell) => /^\S+ to \S+$/u.test(cell)) ? 'r' : 'l', isNumber: false }
  const most = (of: (match: RegExpExecArray) => string | undefined): number =>
    Math.max(...found.map((match) => of(match)?.length ?? 0))
  const sign = found.some(([, sign]) => sign !== '') ? (found.some(([, sign]) => sign === '+') ? '+' : '-') : ''
  const decimals = most(([, , , part]) => part)
  const spread = most(([, , , , part]) => part?.replace('.', '').replace(/^0+(?=\d)/u, ''))
  const format = `${sign}${most(([, , part]) => part)}.${decimals}${spread > 0 ? `(${spread})` : ''}`
  return { letters: `S[table-format=${format}]`, isNumber: true }
}

function bodyCell(cell: string, isNumber: boolean, isBold: boolean): string {
  if (!isNumber) return isBold ? `\\textbf{${latexText(cell)}}` : unbracketed(latexText(cell))
  if (!number.test(cell)) return cell === '' ? '' : `{${latexText(cell)}}`
  return `${isBold ? '\\bfseries ' : ''}${cell.replace(' ±', ' +- ')}`
}

const signs: Readonly<Record<string, string>> = {
  '->': '$\\rightarrow$',
  '→': '$\\rightarrow$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '≥': '$\\ge$',
  '≤': '$\\le$',
  '<': '$<$',
  '>': '$>$',
  '|': '$|$',
  '–': '--',
  '…': '\\ldots{}',
  '"': "''",
  '“': '``',
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
}

/** Text as LaTeX reads it: its own signs escaped, a minus before a number that of mathematics. */
function latexText(text: string): string {
  // A quotation mark that opens stands before a word.
  return visible(text)
    .replace(/(?<=^|[\s(])"(?=\S)/gu, '“')
    .replace(
      /->|(?<![\p{L}\p{N}.-])[+-](?=\d)\d*\.?\d*|[→±×≥≤<>|–…“"\\~^&%$#_{}]/gu,
      (sign) => signs[sign] ?? (/^[+-]\d/u.test(sign) ? `$${sign}$` : `\\${sign}`),
    )
}

/** After a row's end LaTeX takes `[` for a length and `*` for a sign not to break the page. */
function unbracketed(text: string): string {
  return /^\s*[[*]/u.test(text) ? `{}${text}` : text
}

function comment(text: string): string {
  return `% ${visible(text)}`
}

/** LaTeX ends at a control character, and others hide what stands behind them. */
function visible(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/\p{Cc}|\p{Bidi_Control}/gu, '\ufffd')
}
