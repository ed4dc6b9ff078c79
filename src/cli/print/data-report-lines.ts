import type { DataReport, LeakReport, LengthStatistics, SplitReport } from '../../data/audit/data-report.ts'
import type { MixtureReport } from '../../study/steps/mixture-report.ts'
import { columnLines } from './column-lines.ts'
import { cutText } from './fit/cut-text.ts'
import { styles } from './own-styles.ts'
import { terminalWidth, usualWidth } from './terminal-width.ts'

/** A data report for people: a table of sizes and one of lengths for each task, then the leaks. */
export function dataReportLines({ tasks, leaks }: DataReport): string[] {
  const lines = tasks.flatMap(({ name, splits }) => [styles.bold(name), ...sizes(splits), ...lengths(splits), ''])
  return [...lines, styles.bold('Rows in more than one split'), ...leakLines(leaks)]
}

/** What a mixture draws of its tasks, as a table. */
export function mixtureLines({ name, by, seed, repeat, start, batch, parts }: MixtureReport): string[] {
  const counted = parts.flatMap(({ tokens, updates }) => tokens ?? updates ?? []).length > 0
  const facts = [
    `${parts.map(({ ratio }) => ratio).join(' : ')} by ${by}`,
    ...(start === undefined ? [] : [`cut as ${start} cuts`]),
    ...(batch === undefined ? [] : [`${batch} rows an update`]),
    ...(repeat ? ['rows repeat'] : []),
    `seed ${seed}`,
  ]
  const rows = parts.map(({ task, rows, drawn, leftOut, tokens, updates, share }) => [
    task,
    ...[rows, drawn, leftOut].map(String),
    ...(counted ? [String(tokens ?? updates)] : []),
    `${(100 * share).toFixed(1)} %`,
  ])
  const header = ['', 'rows', 'taught', 'left out', ...(counted ? [by] : []), 'share']
  return ['', `${styles.bold(name)}, ${facts.join(', ')}`, ...columnLines([header, ...rows])]
}

function sizes(splits: readonly SplitReport[]): string[] {
  const header = ['', 'rows', 'empty source', 'empty target', 'repeated', 'same source, other target']
  const rows = splits.map((split) => [
    split.name,
    ...[split.rows, split.emptySources, split.emptyTargets, split.duplicates, split.contradictions].map(String),
  ])
  return columnLines([header, ...rows])
}

function lengths(splits: readonly SplitReport[]): string[] {
  const header = ['tokens', 'least', 'median', 'mean', '95 %', 'most', 'limit', 'cut']
  const rows = splits.flatMap((split) =>
    Object.entries(split.lengths).flatMap(([tokenizer, { source, target }]) => [
      lengthRow(`${split.name} source, ${tokenizer}`, source),
      ...(target === undefined ? [] : [lengthRow(`${split.name} target, ${tokenizer}`, target)]),
    ]),
  )
  return rows.length === 0 ? [] : ['', ...columnLines([header, ...rows])]
}

function lengthRow(name: string, { min, median, mean, p95, max, limit, cut }: LengthStatistics): string[] {
  return [name, ...[min, median, Math.round(mean), p95, max, limit, cut].map(String)]
}

function leakLines(leaks: readonly LeakReport[]): string[] {
  if (leaks.length === 0) return ['none']
  const examples = heldOutLeaks(leaks).flatMap((leak) => [
    '',
    `${splitName(leak.of)} in ${splitName(leak.in)}, for example`,
    ...leak.examples.flatMap(({ text, other, similarity }) =>
      similarity === 1
        ? [`  = ${excerpt(text)}`]
        : [`  ${similarity.toFixed(2)} ${excerpt(text)}`, `       ${excerpt(other)}`],
    ),
  ])
  return [...leakTable(leaks), ...examples]
}

/** The same pair of texts shows both ways round: it matters from a test or validation split. */
export function heldOutLeaks(leaks: readonly LeakReport[]): LeakReport[] {
  return leaks.filter(({ of }) => of.split !== 'train')
}

/** How many rows of a split are in another one, a line a pair. */
export function leakTable(leaks: readonly LeakReport[]): string[] {
  return columnLines([
    ['rows of', 'in', 'equal', 'similar', 'share'],
    ...leaks.map((leak) => [
      splitName(leak.of),
      splitName(leak.in),
      String(leak.exact),
      String(leak.near),
      `${(100 * leak.share).toFixed(1)} %`,
    ]),
  ])
}

function splitName({ task, split }: LeakReport['of']): string {
  return `${task} ${split}`
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return cutText(line, Math.min(100, (terminalWidth() ?? usualWidth) - 7))
}
