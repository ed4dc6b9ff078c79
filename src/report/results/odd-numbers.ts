import { findLeaks } from '../../data/audit/leaks.ts'
import { unspacedScripts } from '../../metrics/unspaced.ts'
import { writingOf } from '../../tasks/writing-systems.ts'
import type { ScoreColumn } from './arms.ts'
import type { FloorRow } from './floor-answers.ts'

/** Test rows that a chain was taught: all, and those of them that are exactly so. */
interface LeakCounts {
  readonly rows: number
  readonly exact: number
}

/** So many test rows show whether they are like one another. */
const comparedRows = 1000

/**
 * Explains numbers that look wrong and are not, one sentence each, only where what makes them look so holds of the test rows.
 */
export function oddNumbers(
  columns: readonly ScoreColumn[],
  rows: readonly FloorRow[],
  leaked: readonly LeakCounts[],
): string[] {
  return [...samplesF1(columns, rows), ...wordsOfUnspaced(columns, rows), ...templates(rows, leaked)]
}

function samplesF1(columns: readonly ScoreColumn[], rows: readonly FloorRow[]): string[] {
  const column = columns.find(({ field, signature }) => field === 'samples_f1' && signature.includes('zero_division:0'))
  const none = rows.filter(({ labels }) => labels?.length === 0).length
  if (column === undefined || none === 0) return []
  const most = ((rows.length - none) / rows.length).toFixed(4)
  return [
    `${column.name} counts a row without labels as 0 even where the answer rightly has none, as scikit-learn does: ${none} of the ${rows.length} test rows have none, so ${most} is the most that can be reached on all of them.`,
  ]
}

const unspaced = new Set<string>(unspacedScripts)

function wordsOfUnspaced(columns: readonly ScoreColumn[], rows: readonly FloorRow[]): string[] {
  const names = columns
    .filter(({ signature }) => /(^|\|)tok:(13a|intl|none)(\||$)/u.test(signature))
    .map(({ name }) => name)
  if (names.length === 0) return []
  const letters = [...writingOf(rows.map(({ target }) => target).join('\n'))]
  const count = (of: readonly (readonly [string, number])[]): number =>
    of.reduce((sum, [, letters]) => sum + letters, 0)
  const [without, all] = [count(letters.filter(([script]) => unspaced.has(script))), count(letters)]
  if (all === 0 || without / all < 0.5) return []
  return [
    `${names.join(', ')} ${names.length === 1 ? 'takes' : 'take'} all that stands between spaces and signs for one word, and these targets have no spaces between words: low scores are usual, whatever the answers are.`,
  ]
}

/** Test rows that are as much like one another as like what was taught come from few templates. */
function templates(rows: readonly FloorRow[], leaked: readonly LeakCounts[]): string[] {
  const near = Math.max(0, ...leaked.map((leak) => leak.rows - leak.exact))
  if (near === 0 || rows.length === 0) return []
  const texts = rows.slice(0, comparedRows).map(({ source }) => source)
  const half = (of: number): string[] => texts.filter((_, row) => row % 2 === of)
  const splits = [0, 1].map((of) => ({ task: '', split: String(of), texts: half(of) }))
  const alike = findLeaks(splits, { examples: 0 }).reduce((sum, { near }) => sum + near.length, 0)
  if (alike / texts.length < near / rows.length / 2) return []
  return [
    `Rows that are nearly what was taught (up to ${near} of ${rows.length}) are no sign of a leak here: the test rows are as much like one another, as texts made from few templates are.`,
  ]
}
