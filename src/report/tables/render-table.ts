import { refuseArguments } from '../../base/fault.ts'
import { plural } from '../../base/plural.ts'
import type { ScoreColumn, Splits } from '../results/arms.ts'
import type { Floor } from '../results/floor.ts'
import { isOneSeed, verdictOf } from '../results/verdict.ts'
import { countsText } from '../words/counts-text.ts'
import { csvLines } from '../words/csv-cell.ts'
import { bareP, formatDetectable, formatDifference, formatMinutes, formatScore } from '../words/format-score.ts'
import { healthMark } from '../words/health-mark.ts'
import { markdownCells } from '../words/markdown-cells.ts'
import { markdownText } from '../words/markdown-text.ts'
import { printedName } from '../words/printed-name.ts'
import { healthLines } from './health-lines.ts'
import { type TableRow, type TaskTable, tableKind } from './task-table.ts'

/** What a way of printing leaves out of a table. */
export interface TableParts {
  readonly minutes: boolean
  /** The mark of chains that something is wrong with. */
  readonly marks: boolean
}

/** A table as cells of text, a header first: the common ground of every way of printing it. */
export function tableCells(
  table: TaskTable,
  { minutes, marks }: TableParts = { minutes: true, marks: true },
): string[][] {
  const withPaper = table.columns.filter(({ name }) => table.rows.some(({ paper }) => Object.hasOwn(paper, name)))
  const header = [
    'chain',
    ...table.columns.flatMap((column) => {
      const name = printedName(table.names, column.name)
      return withPaper.includes(column) ? [name, 'paper'] : [name]
    }),
    'updates',
    'minutes',
  ]
  const rows = table.rows.map((row) => [
    printedName(table.names, row.chain) + (marks && row.health.length > 0 ? ` ${healthMark}` : ''),
    ...table.columns.flatMap((column) => {
      const own = scoreCell(row, column)
      if (!withPaper.includes(column)) return [own]
      const paper = row.paper[column.name]
      return [own, paper === undefined ? '' : paper.toFixed(decimalsOf(table, column.name))]
    }),
    row.seeds.length === 0 ? '–' : updatesCell(row),
    row.seeds.length === 0 ? '–' : formatMinutes(row.minutes),
  ])
  const cells = [header, ...rows, ...table.floors.map((floor) => floorCells(floor, table.columns, withPaper))]
  return minutes ? cells : cells.map((row) => row.slice(0, -1))
}

/** `120 of 400` where a lesson stopped early. */
function updatesCell({ updates, plannedUpdates }: TableRow): string {
  const made = String(Math.round(updates))
  return plannedUpdates === undefined ? made : `${made} of ${Math.round(plannedUpdates)}`
}

function floorCells(
  { name, scores }: Floor,
  columns: readonly ScoreColumn[],
  withPaper: readonly ScoreColumn[],
): string[] {
  const cells = columns.flatMap((column) => {
    const score = formatScore(scores[column.name]!, column.best)
    return withPaper.includes(column) ? [score, ''] : [score]
  })
  return [name, ...cells, '–', '–']
}

/** `11.54 ±0.20`: the mean and half of its t interval; `–` where no seed is finished. */
function scoreCell({ seeds, mean, interval }: TableRow, column: ScoreColumn): string {
  if (seeds.length === 0) return '–'
  const score = formatScore(mean[column.name]!, column.best)
  if (interval === undefined) return score
  const { low, high } = interval[column.name]!
  return `${score} ±${formatScore((high - low) / 2, column.best)}`
}

/** How the rows compare with their fresh starts on the first column, as cells; only the header when none does. */
export function comparisonCells(table: TaskTable): string[][] {
  const {
    columns: [column],
    rows,
  } = table
  const header = ['chain', 'against', 'difference', '95 % interval', 'p (Holm)', 'detectable', 'verdict']
  if (column === undefined) return [header]
  const signed = (value: number): string => formatDifference(value, column.best)
  const compared = rows.flatMap(({ chain, baseline, comparison }) => {
    if (baseline === undefined || comparison === undefined) return []
    const { difference, interval, p, detectable } = comparison
    return [
      [
        printedName(table.names, chain),
        printedName(table.names, baseline),
        signed(difference),
        `${signed(interval.low)} to ${signed(interval.high)}`,
        bareP(p),
        formatDetectable(detectable, column.best),
        verdictOf(comparison, column),
      ],
    ]
  })
  return [header, ...compared]
}

/** Scores without leaked rows as cells; only the header when nothing leaks. */
export function leakCells(table: TaskTable): string[][] {
  const { columns, rows } = table
  const header = ['chain', 'leaked rows', 'exactly', ...columns.map(({ name }) => printedName(table.names, name))]
  const known = rows.filter(({ leaked }) => leaked !== undefined)
  if (!known.some(({ leaked }) => leaked!.rows > 0)) return [header]
  const cells = known.map(({ chain, leaked }) => [
    printedName(table.names, chain),
    countsText(leaked!.seeds.map(({ rows }) => rows)),
    countsText(leaked!.seeds.map(({ exact }) => exact)),
    ...columns.map(({ name, best }) => formatScore(leaked!.mean[name]!, best)),
  ])
  return [header, ...cells]
}

/** What a reader of the table must know of its numbers, a sentence each. */
export function tableLegend(table: TaskTable): string[] {
  const warnings = table.warnings.map((warning) => `${warning}.`)
  return [...scoreLegend(table), ...leakLegend(table), ...comparisonLegend(table), ...warnings, ...table.notes]
}

/** What its scores, updates and floors are. */
export function scoreLegend(table: TaskTable): string[] {
  const seeds = [...new Set(table.rows.map((row) => row.seeds.length).filter((count) => count > 0))].sort(
    (a, b) => a - b,
  )
  const lines: string[] = []
  if (table.splits !== undefined) lines.push(splitsLegend(table.splits, seeds))
  else if (seeds.some((count) => count > 1)) {
    lines.push(`Scores are means over ${seeds.join(' or ')} seeds; ± is half of the mean's 95 % t interval over seeds.`)
  } else if (seeds.length > 0) lines.push('Scores are of one seed: how far another would be from it is not known.')
  if (table.rows.some(({ plannedUpdates }) => plannedUpdates !== undefined)) {
    lines.push('Where fewer updates were made than planned, a lesson stopped early: its evaluations became no better.')
  }
  if (table.floors.length > 0) {
    lines.push(
      `${table.floors.length === 1 ? 'The last row is' : 'The last rows are'} what answers score that no learning was needed for.`,
    )
  }
  return lines
}

function splitsLegend({ count }: Splits, seeds: readonly number[]): string {
  const means = `Scores are means over ${seeds.join(' or ')} of ${count} splits of one data set, each with training rows, test rows and a seed of its own`
  return seeds.some((done) => done > 1)
    ? `${means}; ± is half of the mean's 95 % interval over splits, which is wider as splits share rows.`
    : `${means}.`
}

/** The rule of the verdicts in one line; none where nothing is compared. */
export function comparisonLegend(table: TaskTable): string[] {
  const {
    columns: [column],
    rows,
    examples,
    splits,
  } = table
  const compared = rows.flatMap(({ comparison }) => comparison ?? [])
  const [first] = compared
  if (column === undefined || first === undefined) return []
  const several = compared.some((one) => !isOneSeed(one))
  const sameRows = `${plural(examples, 'test row')}${splits === undefined ? '' : ' of each split'}`
  const what = `Differences are in ${printedName(table.names, column.name)}, from the chain under "against" on the same ${sameRows}.`
  const df = [...new Set(compared.map((one) => one.df))].filter((one) => one !== undefined)
  const rule =
    splits !== undefined && several
      ? `Better or worse: p < 0.05 in one t test that takes splits, with their seeds and rows, as samples, corrected for the rows that they share (df ${df.join(' or ')})${holmWords(first.comparisons)}.`
      : several
        ? `Better or worse: p < 0.05 in one test that takes seeds and rows both as samples${holmWords(first.comparisons)}.`
        : `They are tested over rows alone, p < 0.05${holmWords(first.comparisons)}: with one seed nothing is known of another, so none is better or worse.`
  const mixed =
    several && compared.some(isOneSeed) ? 'With one seed rows alone are tested: nothing is known of another seed.' : ''
  const interval = `The interval is the same test's by itself${first.comparisons > 1 ? ', without the correction: it may leave out 0 where p is not below 0.05' : ''}.`
  const detectable =
    '"Detectable" is the smallest true difference that four of five such studies would show; one above the best score is more than this can show.'
  return [[what, rule, mixed, interval, detectable].filter((part) => part !== '').join(' ')]
}

function holmWords(comparisons: number): string {
  return comparisons === 1 ? '' : `, corrected by Holm over ${comparisons} comparisons`
}

/** What is known of leaks, in a line before {@link leakCells}. */
export function leakLine({ rows, examples }: TaskTable): string | undefined {
  const known = rows.flatMap(({ leaked }) => leaked ?? [])
  if (known.length === 0) return undefined
  if (known.every((leaked) => leaked.rows === 0)) {
    const none = examples === 1 ? 'The one test row is not' : `None of the ${examples} test rows is`
    return `${none} among what the chains' lessons were taught, exactly or nearly.`
  }
  return `Scores without the test rows (of ${examples}) that are among what the chain's lessons were taught, exactly or nearly:`
}

/** On which rows scores without leaked rows are; none where nothing leaks. */
function leakLegend(table: TaskTable): string[] {
  return leakCells(table).length === 1
    ? []
    : [
        "Scores without leaked rows are each chain's on the rows that it was not taught itself: between chains the rows may differ." +
          (table.splits === undefined ? ' Answers compare chains on rows that neither was taught.' : ''),
      ]
}

/** A table as Markdown: scores, comparisons, scores without leaked rows, and what the numbers are. */
export function markdownTable(table: TaskTable): string {
  refuseArguments({ table }, { table: tableKind })
  const [comparisons, leaks, leak] = [comparisonCells(table), leakCells(table), leakLine(table)]
  return [
    markdownCells(tableCells(table)),
    ...(comparisons.length > 1 ? [markdownCells(comparisons)] : []),
    ...(leak === undefined ? [] : [leak]),
    ...(leaks.length > 1 ? [markdownCells(leaks)] : []),
    healthLines(table)
      .map((line) => `- ${markdownText(line)}`)
      .join('\n'),
    markdownText(tableLegend(table).join(' ')),
    stepsMarkdown(table),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The store's folders behind a table's numbers, a line for each chain and seed: answers and scores, then lessons. */
export function stepLines({ rows }: TaskTable): string[] {
  return rows.flatMap(({ chain, seeds }) =>
    seeds.map(({ seed, evaluation, lessons }) => {
      const folders = [`evaluate/${evaluation}`, ...lessons.map((key) => `teach/${key}`)]
      return `${chain}, seed ${seed}: ${folders.join(', ')}`
    }),
  )
}

function stepsMarkdown(table: TaskTable): string {
  const lines = stepLines(table).map((line) => `- ${markdownText(line)}`)
  if (lines.length === 0) return ''
  return ['<details><summary>Steps behind the numbers</summary>', lines.join('\n'), '</details>'].join('\n\n')
}

/**
 * One line for each chain and seed, with every digit and the keys of the steps that hold answers and scores, and what
 * the lessons left; then one for each floor.
 */
export function csvTable(table: TaskTable): string {
  const names = table.columns.map(({ name }) => name)
  const without = names.map((name) => `${name} without leaked rows`)
  const header = ['task', 'chain', 'seed', ...names, 'leaked rows', ...without, 'updates', 'seconds']
  const lines = table.rows.flatMap(({ chain, seeds, leaked }) =>
    seeds.map(({ seed, scores, updates, seconds, evaluation, lessons }, index) => [
      table.task,
      chain,
      seed,
      ...names.map((name) => scores[name]!),
      leaked?.seeds[index]?.rows ?? '',
      ...names.map((name) => leaked?.seeds[index]?.scores[name] ?? ''),
      updates,
      seconds,
      evaluation,
      lessons.join(' '),
    ]),
  )
  const floors = table.floors.map(({ name, scores }) => [table.task, name, '', ...names.map((of) => scores[of])])
  const all = [...header, 'evaluation', 'lessons']
  return csvLines([all, ...lines, ...floors.map((cells) => filled(cells, all.length))])
}

/** One line for each chain: means with their intervals over seeds, and the comparison with the fresh start; then the floors. */
export function csvSummary({ task, columns, rows, floors }: TaskTable): string {
  const header = [
    'task',
    'chain',
    'seeds',
    ...columns.flatMap(({ name }) => [name, `${name} low`, `${name} high`]),
    'leaked rows',
    ...columns.map(({ name }) => `${name} without leaked rows`),
    'against',
    `difference in ${columns[0]?.name ?? 'score'}`,
    'difference low',
    'difference high',
    'p Holm',
    'df',
    'detectable',
    'separable',
    'updates',
    'minutes',
  ]
  const lines = rows.map(({ chain, seeds, mean, interval, leaked, baseline, comparison, updates, minutes }) => [
    task,
    chain,
    seeds.length,
    ...columns.flatMap(({ name }) => [mean[name], interval?.[name]?.low, interval?.[name]?.high]),
    leaked?.rows,
    ...columns.map(({ name }) => leaked?.mean[name]),
    baseline,
    comparison?.difference,
    comparison?.interval.low,
    comparison?.interval.high,
    comparison?.p,
    comparison?.df,
    comparison?.detectable,
    comparison?.separable,
    updates,
    minutes,
  ])
  const floorLines = floors.map(({ name, scores }) => {
    return filled([task, name, '', ...columns.flatMap((column) => [scores[column.name], '', ''])], header.length)
  })
  return csvLines([header, ...lines, ...floorLines])
}

function filled<Cell>(cells: readonly Cell[], length: number): (Cell | undefined)[] {
  return Array.from({ length }, (_, index) => cells[index])
}

/** As many decimals as the published number of the column that has most: they lose their zeros in a study file. */
function decimalsOf({ rows }: TaskTable, column: string): number {
  return Math.max(0, ...rows.map(({ paper }) => String(paper[column] ?? '').split('.')[1]?.length ?? 0))
}
