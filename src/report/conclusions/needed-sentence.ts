import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import { isOneSeed } from '../results/verdict.ts'

type Found = Pick<Comparison, 'needed' | 'seeds' | 'rows' | 'df' | 'difference' | 'splits'>

/**
 * What would show a difference of the size that was found: `about 5 more seeds of each or 800 more test rows would be
 * needed to show it`, in the words of what is possible, with what would not be enough.
 */
export function neededSentence(found: Found): string {
  const { needed, difference, seeds, rows, splits } = found
  if (difference === 0) return 'they score alike, so that there is nothing to show'
  if (splits !== undefined) return splitsSentence(needed.seeds, splits)
  if (isOneSeed(found)) return seedsFromOne(needed.seeds)
  const have = Math.min(seeds.arm, seeds.baseline)
  const ways = [
    ...(needed.seeds === undefined ? [] : [`${moreOf('seed', Math.max(1, needed.seeds - have))} of each`]),
    ...(needed.rows === undefined ? [] : [moreOf('test row', Math.max(1, needed.rows - rows))]),
  ]
  if (ways.length === 0)
    return 'so small a difference is more than this can show, even with a hundred seeds or a hundred times the rows'
  const words = `about ${ways.join(' or ')} would be needed to show it`
  if (needed.seeds === undefined) return `${words} (more seeds alone would not be enough)`
  return needed.rows === undefined ? `${words} (more test rows alone would not be enough)` : words
}

/** Every split has a seed of its own. */
function splitsSentence(needed: number | undefined, splits: number): string {
  if (splits === 1) {
    return 'three splits at least, with a seed each, would be needed to know how much they scatter'
  }
  if (needed === undefined) {
    return 'so small a difference is more than this can show, even with a hundred splits of these rows: more rows are needed'
  }
  const more = Math.max(1, needed - splits)
  return `about ${moreOf('split', more)} with a seed each would be needed to show it`
}

/** How many seeds are needed where there is one. */
function seedsFromOne(seeds: number | undefined): string {
  return seeds === undefined
    ? 'two seeds of each at least would be needed to know how much seeds scatter, and more test rows besides'
    : `${seeds} seeds of each would be needed, if seeds scatter as much as test rows do${seeds > 2 ? ' (two at least, to know how much)' : ''}`
}

function moreOf(what: 'seed' | 'split' | 'test row', count: number): string {
  return `${about(count)} more ${what}${count === 1 ? '' : 's'}`
}

/** Two digits, as an estimate from a few seeds has no more. */
function about(count: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1)
  return (Math.ceil(count / unit) * unit).toLocaleString('en-US')
}
