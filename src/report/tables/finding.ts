import { refuseArguments } from '../../base/fault.ts'
import { plural } from '../../base/plural.ts'
import type { ScoreColumn } from '../results/arms.ts'
import { goodness } from '../results/score-direction.ts'
import { isOneSeed, verdictOf } from '../results/verdict.ts'
import { detectableWords, formatDifference, formatP, formatScore } from '../words/format-score.ts'
import { printedName } from '../words/printed-name.ts'
import { type TableRow, type TaskTable, tableKind } from './task-table.ts'

/**
 * One plain sentence of what a table shows, from its numbers alone, on its first score:
 *
 * - rows that are separable from their fresh start are named as better or worse, with difference and p; with one seed
 *   they only differ on these rows;
 * - rows that are not are named with the largest difference among them, and the smallest that this test could have shown;
 * - without a fresh start to compare with, the sentence says so and claims nothing;
 * - rows that are no better than what needs no learning are named in a sentence of their own.
 */
export function findingOf(table: TaskTable): string {
  refuseArguments({ table }, { table: tableKind })
  const named = asPrinted(table)
  return [whatDiffers(named), ...notAboveFloor(named)].join(' ')
}

function asPrinted(table: TaskTable): TaskTable {
  const printed = (name: string): string => printedName(table.names, name)
  return {
    ...table,
    task: printed(table.task),
    rows: table.rows.map((row) => ({
      ...row,
      chain: printed(row.chain),
      baseline: row.baseline && printed(row.baseline),
    })),
  }
}

/** `Not shown to be above the floor (always "none", 0.2565): base -> res, base -> a2t -> res.` */
function notAboveFloor({ rows, columns: [column] }: TaskTable): string[] {
  const below = rows.filter(({ floor }) => floor?.above === false)
  const [first] = below
  if (first === undefined || column === undefined) return []
  const { floor, score } = first.floor!
  return [
    `Not shown to be above the floor (${floor}, ${formatScore(score, column.best)}): ${below.map(({ chain }) => chain).join(', ')}.`,
  ]
}

function whatDiffers(table: TaskTable): string {
  const [column] = table.columns
  const finished = table.rows.filter(({ seeds }) => seeds.length > 0)
  if (column === undefined || finished.length === 0) return `On ${table.task}, nothing is finished yet.`
  const compared = finished.filter(({ comparison }) => comparison !== undefined)
  const head = `On ${table.task} (${printedName(table.names, column.name)})`
  if (compared.length === 0) {
    const good = ({ mean }: TableRow): number => goodness(column, mean[column.name]!)
    const best = finished.reduce((a, b) => (good(b) > good(a) ? b : a))
    const score = formatScore(best.mean[column.name]!, column.best)
    if (finished.length === 1) return `${head}, ${best.chain} reaches ${score}; there is nothing to compare it with.`
    return `${head}, ${best.chain} has the ${column.lowIsBetter ? 'lowest' : 'highest'} score, ${score}; without a fresh start to compare with nothing can be said about the order.`
  }
  const differing = compared.filter(({ comparison }) => comparison!.differs)
  const others = compared.filter(({ comparison }) => !comparison!.differs)
  const parts = differing
    .toSorted((a, b) => Math.abs(b.comparison!.difference) - Math.abs(a.comparison!.difference))
    .map((row) => differingClause(row, column))
  if (others.length > 0) parts.push(tiedClause(others, column, differing.length > 0))
  if (compared.some(({ comparison }) => isOneSeed(comparison!))) parts.push('nothing is known of another seed')
  const seeds = new Set(compared.map((row) => row.seeds.length))
  const unit = table.splits === undefined ? 'seed' : 'split'
  const evidence = `${plural(table.examples, 'test row')}, ${[...seeds].join(' or ')} ${unit}${seeds.size === 1 && seeds.has(1) ? '' : 's'}`
  return `${head}, ${parts.join('; ')} (${evidence}).`
}

function differingClause({ chain, baseline, comparison }: TableRow, column: ScoreColumn): string {
  const { difference, p } = comparison!
  const size = formatScore(Math.abs(difference), column.best)
  return isOneSeed(comparison!)
    ? `${chain} differs from ${baseline} on these rows (${formatDifference(difference, column.best)}, ${formatP(p)})`
    : `${chain} is ${verdictOf(comparison!, column)} than ${baseline} by ${size} (${formatP(p)})`
}

function tiedClause(rows: readonly TableRow[], column: ScoreColumn, afterOthers: boolean): string {
  const largest = rows.reduce((a, b) =>
    Math.abs(b.comparison!.difference) > Math.abs(a.comparison!.difference) ? b : a,
  )
  const { difference, p, detectable } = largest.comparison!
  const size = `${formatDifference(difference, column.best)}, ${formatP(p)}`
  const shown = detectableWords(detectable, column.best, {
    none: 'no difference would have shown',
    from: (least) => `a difference of about ${least} would have shown`,
  })
  if (rows.length === 1) return `${largest.chain} is not separable from ${largest.baseline} (${size}; ${shown})`
  const subject = afterOthers ? 'the other chains are' : 'no chain is'
  const not = afterOthers ? 'not separable' : 'separable'
  return `${subject} ${not} from the fresh start (largest difference: ${largest.chain}, ${size}; ${shown})`
}
