import { plural } from '../../base/plural.ts'
import { countsText } from '../words/counts-text.ts'
import { formatDifference, formatP } from '../words/format-score.ts'
import type { Candidate, Evidence } from './evidence.ts'

/** What somebody who takes an answer must know of it, a sentence each. */
export function warningsOf({
  task,
  candidates,
  unfair,
  excluded,
  leftOut,
  leftOpen,
  examples,
  column,
}: Evidence): string[] {
  const warnings = unfair.map((sentence) => `Not alike besides the start: ${sentence}`)
  warnings.push(...leakWarning(candidates, examples, column))
  for (const { chain, health } of candidates) {
    for (const { sentence } of health) warnings.push(`The answers of ${chain} are not in order: ${sentence}`)
  }
  const [reference] = candidates
  if (reference !== undefined && candidates.length > 1 && !reference.fresh) {
    warnings.push(`No start is taught ${task} alone: the starts are compared with ${reference.chain}`)
  }
  const single = candidates.filter(({ seeds }) => seeds.length === 1).map(({ chain }) => chain)
  if (single.length > 0) warnings.push(`One seed only, so that nothing is known of another: ${single.join(', ')}`)
  warnings.push(...excluded.map(({ chain, reason }) => `Takes no part: ${chain} ${reason}`))
  if (leftOut.length > 0) {
    warnings.push(`Left out, as their last lesson has settings of its own: ${leftOut.join(', ')}`)
  }
  warnings.push(...leftOpen.map((sentence) => `Left out: ${sentence}`))
  return warnings
}

/** How many test rows the candidates were taught, and what is left of the differences without them. */
function leakWarning(candidates: readonly Candidate[], examples: number, column: Evidence['column']): string[] {
  const leaking = candidates.filter(({ leaks }) => leaks !== undefined)
  if (leaking.length === 0 || column === undefined) return []
  const counts = leaking.flatMap(({ leaks }) => [leaks!.fewest, leaks!.rows])
  const without = leaking.flatMap(({ chain, leaks, comparison }) => {
    if (leaks!.comparison === undefined || comparison === undefined) return []
    const { difference, p, separable } = leaks!.comparison
    const changed = separable === comparison.separable ? '' : ', which changes what can be said'
    return [`${chain} ${formatDifference(difference, column.best)} (${formatP(p)})${changed}`]
  })
  const rest = without.length === 0 ? '' : `; differences on rows that neither chain was taught: ${without.join(', ')}`
  return [
    `${countsText(counts)} of the ${plural(examples, 'test row')} ${Math.max(...counts) === 1 ? 'is' : 'are'} among what these chains were taught, exactly or nearly${rest}`,
  ]
}
