import type { DataReport, LengthStatistics, SplitReport } from '../../data/audit/data-report.ts'
import type { MixtureReport } from '../../study/steps/mixture-report.ts'
import { columnLines } from './column-lines.ts'
import { heldOutLeaks, leakTable } from './data-report-lines.ts'
import { styles } from './own-styles.ts'

type TaskReport = DataReport['tasks'][number]

/** A data report on one screen: a line a split, a line for the labels of a task and for a mixture, the most leaked pairs. */
export function dataSummaryLines(report: DataReport, mixtures: readonly MixtureReport[]): string[] {
  return [
    ...sizes(report),
    '',
    ...report.tasks.flatMap(labelLine),
    ...mixtures.map(mixtureLine),
    ...leaks(report),
    styles.dim('--all: lengths as every start cuts, a bar a label, examples of leaked rows'),
  ]
}

function sizes({ tasks }: DataReport): string[] {
  const splits = tasks.flatMap(({ name, splits }) => splits.map((split) => ({ name, split })))
  const odd = oddities.filter(({ count }) => splits.some(({ split }) => count(split) > 0))
  const rows = splits.map(({ name, split }) => {
    const { source, target } = Object.values(split.lengths)[0] ?? {}
    const counts = odd.map(({ count }) => String(count(split)))
    return [`${name} ${split.name}`, String(split.rows), lengthCell(source), lengthCell(target), ...counts]
  })
  const start = splits.flatMap(({ split }) => Object.keys(split.lengths))[0]
  const none = oddities.filter((one) => !odd.includes(one)).map(({ name }) => name)
  return [
    ...columnLines([['', 'rows', 'source', 'target', ...odd.map(({ name }) => name)], ...rows]),
    ...(start === undefined
      ? []
      : [styles.dim(`Tokens as ${start} cuts: half and 95 % of the rows have so many, and the limit`)]),
    ...(none.length === 0 ? [] : [styles.dim(`No row is ${none.join(', ')}`)]),
  ]
}

/** What a row should not be; a column each where any is. */
const oddities: readonly { name: string; count: (split: SplitReport) => number }[] = [
  { name: 'empty', count: ({ emptySources, emptyTargets }) => emptySources + emptyTargets },
  { name: 'repeated', count: ({ duplicates }) => duplicates },
  { name: 'of two targets', count: ({ contradictions }) => contradictions },
]

function lengthCell(lengths: LengthStatistics | undefined): string {
  if (lengths === undefined) return ''
  const { median, p95, limit, cut } = lengths
  return `${median}, ${p95} of ${limit}${cut === 0 ? '' : ` (${cut} cut)`}`
}

const shownLabels = 12

function labelLine({ name, labels }: TaskReport): string[] {
  if (labels === undefined) return []
  const byRows = labels.byLabel.toSorted((a, b) => b.rows - a.rows)
  const shown = byRows.slice(0, shownLabels).map(({ label, rows }) => `${label} ${rows}`)
  const more = byRows.length > shownLabels ? ` and ${byRows.length - shownLabels} more` : ''
  const counts = labels.byNumber.map((rows, number) => `${rows} with ${number}`)
  return [`Labels of ${name}: ${shown.join(', ')}${more}; rows: ${counts.join(', ')}`]
}

function mixtureLine({ name, by, parts }: MixtureReport): string {
  const drawn = parts.map(({ task, rows, drawn, share }) => {
    return `${drawn} of ${rows} rows of ${task} (${(100 * share).toFixed(1)} %)`
  })
  return `${name}, ${parts.map(({ ratio }) => ratio).join(' : ')} by ${by}: ${drawn.join(', ')}`
}

const shownLeaks = 8

function leaks({ leaks }: DataReport): string[] {
  const shown = heldOutLeaks(leaks).toSorted((a, b) => b.share - a.share)
  const title = styles.bold('Rows in more than one split')
  if (shown.length === 0) return [`${title}: none`]
  const more = shown.length - shownLeaks
  return [title, ...leakTable(shown.slice(0, shownLeaks)), ...(more > 0 ? [`and ${more} more pairs of splits`] : [])]
}
