import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import { isOneSeed } from '../results/verdict.ts'

type Found = Pick<Comparison, 'needed' | 'seeds' | 'rows' | 'df' | 'difference'>

/**
 * What would show a difference of the size that was found: `about 800 more test rows or 5 more seeds of each would be
 * needed to show it`, in the words of what is possible.
 */
export function neededSentence(found: Found): string {
  const { needed, seeds, rows, difference } = found
  if (difference === 0) return 'they score alike, so that there is nothing to show'
  if (isOneSeed(found as Comparison)) return seedsFromOne(needed.seeds)
  const have = Math.min(seeds.arm, seeds.baseline)
  const ofSeeds = needed.seeds === undefined ? undefined : moreSeeds(Math.max(1, needed.seeds - have))
  const ofRows = needed.rows === undefined ? undefined : `${about(Math.max(1, needed.rows - rows))} more test rows`
  if (ofSeeds !== undefined && ofRows !== undefined)
    return `about ${ofSeeds} of each or ${ofRows} would be needed to show it`
  if (ofSeeds !== undefined)
    return `about ${ofSeeds} of each would be needed to show it (more test rows alone would not be enough)`
  if (ofRows !== undefined) return `about ${ofRows} would be needed to show it (more seeds alone would not be enough)`
  return 'to show it takes more than this can show, with many times the seeds or rows too'
}

/** How many seeds are needed where there is one. */
function seedsFromOne(seeds: number | undefined): string {
  return seeds === undefined
    ? 'two seeds of each at least would be needed to know how much seeds scatter, and more test rows besides'
    : `${seeds} seeds of each would be needed, if seeds scatter as much as test rows do${seeds > 2 ? ' (two at least, to know how much)' : ''}`
}

function moreSeeds(count: number): string {
  return `${about(count)} more ${count === 1 ? 'seed' : 'seeds'}`
}

/** Two digits, as an estimate from a few seeds has no more. */
function about(count: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1)
  return (Math.ceil(count / unit) * unit).toLocaleString('en-US')
}
