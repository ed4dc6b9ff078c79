import { listOf, plural } from '../../base/plural.ts'
import type { ScoreColumn } from '../results/arms.ts'
import { isBetter, isOneSeed } from '../results/verdict.ts'
import { detectableWords, formatDifference, formatP, formatScore } from '../words/format-score.ts'
import type { Candidate, Evidence } from './evidence.ts'
import { neededWords } from './needed-sentence.ts'

/**
 * A task's answer in one line for somebody who must decide: what to take, by how much, how sure, at what cost.
 *
 * @param take the candidate to take, where the verdict names one
 */
export function answerLine(verdict: RecommendationVerdict, take: Candidate | undefined, evidence: Evidence): string {
  return `${evidence.task}: ${answers[verdict](evidence, take!)}`
}

/** What the rules from numbers to answers come to. */
export type RecommendationVerdict =
  | 'other-start'
  | 'fresh-start'
  | 'not-separable'
  | 'one-seed'
  | 'no-choice'
  | 'incomplete'
  | 'nothing-learnt'

/** The fewest updates in all; of equals the first. */
export function cheapestOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((a, b) => (updatesOf(b) < updatesOf(a) ? b : a))
}

type Answer = (evidence: Evidence, take: Candidate) => string

const answers: Readonly<Record<RecommendationVerdict, Answer>> = {
  'other-start': otherStart,
  'fresh-start': (evidence, take) => `${takeWords(take)}; ${worseClause(evidence, take)}`,
  'not-separable': notSeparable,
  'one-seed': oneSeed,
  'no-choice': ({ candidates: [only], column, excluded }) => {
    const score = `${column!.name} ${formatScore(only!.score.mean, column!.best)}`
    if (excluded.length > 0) return `nothing to choose: only ${only!.chain} has learnt it yet (${score})`
    return `nothing to choose: ${only!.start} is the only start that it was taught from (${score})`
  },
  incomplete: ({ missing }) =>
    missing.length === 0
      ? 'no answer yet: nothing is finished'
      : `no answer yet: ${plural(missing.length, 'run')} of it ${isOrAre(missing.length)} not finished`,
  'nothing-learnt': ({ excluded, toTry }) => {
    const advice = toTry[0] === undefined ? '' : `; ${toTry[0]}`
    const [first] = excluded
    if (excluded.length === 1) return `nothing has been learnt yet: ${first!.chain} ${first!.reason}${advice}`
    return `nothing has been learnt yet: none of the ${excluded.length} chains is above what needs no learning, with answers in order${advice}`
  },
}

function otherStart(evidence: Evidence, take: Candidate): string {
  const { column, candidates } = evidence
  const { difference, interval, p } = take.comparison!
  const show = (value: number): string => formatDifference(value, column!.best)
  const others = candidates.slice(1).filter((one) => one !== take)
  const rest = others.length === 0 ? '' : `; ${othersClause(others, evidence)}`
  return `${takeWords(take)}, better than ${name(candidates[0]!)} by ${size(difference, column!)} (${formatP(p)}, 95 % interval ${show(interval.low)} to ${show(interval.high)})${costClause([take], candidates[0]!, ', for ')}${rest}`
}

/** `the other is worse`, `of the 3 others 1 is better too, 1 is worse and 1 is not shown to differ from base -> x` */
function othersClause(others: readonly Candidate[], { candidates, column }: Evidence): string {
  const better = others.filter(({ comparison }) => isBetter(comparison, column!)).length
  const worse = others.filter(isShown).length - better
  const tied = others.length - better - worse
  const parts = [
    { count: better, what: 'better too' },
    { count: worse, what: 'worse' },
    { count: tied, what: `not shown to differ from ${candidates[0]!.chain}` },
  ].filter(({ count }) => count > 0)
  if (others.length === 1) return `the other is ${parts[0]!.what}`
  if (parts.length === 1) return `the ${others.length} others are ${parts[0]!.what}`
  return `of the ${others.length} others ${listOf(parts.map(({ count, what }) => `${count} ${isOrAre(count)} ${what}`))}`
}

function isShown({ comparison }: Candidate): boolean {
  return comparison?.separable === true
}

/** `the 3 others are worse (by 4.10 to 9.30 bleu, p <= 0.004) and cost 705 updates instead of 376` */
function worseClause({ candidates, column }: Evidence, take: Candidate): string {
  const worse = candidates.slice(1).filter(isShown)
  const all = worse.length === candidates.length - 1
  const [first] = worse
  const subject =
    worse.length > 1
      ? `${all ? 'the ' : ''}${worse.length} others are`
      : `${all ? 'the other start, ' : ''}${first!.chain}${all ? ',' : ''} is`
  const sizes = worse.map(({ comparison }) => Math.abs(comparison!.difference)).sort((a, b) => a - b)
  const [least, most] = [sizes[0]!, sizes.at(-1)!].map((one) => formatScore(one, column!.best))
  const by = least === most ? least : `${least} to ${most}`
  const p = Math.max(...worse.map(({ comparison }) => comparison!.p))
  const sure = worse.length > 1 ? formatP(p).replace('=', '<=') : formatP(p)
  const cost = costClause(worse, take, ` and ${worse.length > 1 ? 'cost' : 'costs'} `)
  return `${subject} worse (by ${by} ${column!.name}, ${sure})${cost}`
}

function notSeparable(evidence: Evidence, take: Candidate): string {
  const { candidates, column } = evidence
  const reference = candidates[0]!
  const tied = candidates.slice(1).filter((one) => !isShown(one))
  const worse = candidates.length - 1 - tied.length
  const dearer = [reference, ...tied].filter((one) => one !== take)
  const names = dearer.length > 3 ? `${dearer.length} others` : listOf(dearer.map(name))
  const cost = costClause(dearer, take, ` and ${dearer.length > 1 ? 'cost' : 'costs'} `, ' at the same cost')
  const parts = [
    takeWords(take),
    ...(worse > 0 ? [worseClause(evidence, take)] : []),
    `${names} ${isOrAre(dearer.length)} not shown to be better${cost}`,
    ...couldHaveShown(tied, column!),
  ]
  return parts.join('; ')
}

/** What seeds and rows would have shown, and what the largest difference that was found would take. */
function couldHaveShown(tied: readonly Candidate[], { best, name: unit }: ScoreColumn): string[] {
  const largest = largestOf(tied)?.comparison
  if (largest === undefined) return []
  const { detectable, difference, splits } = largest
  const shown = detectableWords(detectable, best, {
    none: `with these ${splits === undefined ? 'seeds and rows' : 'splits'} no difference would have shown`,
    from: (least) => `differences from ${least} ${unit} on would have shown`,
  })
  if (difference === 0) return [shown]
  return [`${shown}; for the ${formatDifference(difference, best)} that was found ${neededWords(largest)}`]
}

function oneSeed(evidence: Evidence): string {
  const { candidates, column } = evidence
  const others = candidates.slice(1)
  const largest = largestOf(others.filter(({ comparison }) => comparison !== undefined && isOneSeed(comparison)))!
  const comparison = largest.comparison!
  const found = `${formatDifference(comparison.difference, column!.best)} ${column!.name}, ${formatP(comparison.p)}`
  const rows = comparison.differs
    ? `on these rows ${largest.chain} differs from ${name(candidates[0]!)} (${found}); nothing is known of another seed`
    : `on these rows no difference is shown (largest: ${largest.chain}, ${found}), and nothing is known of another seed`
  const cheapest = cheapestOf(candidates)
  const until = Number.isFinite(updatesOf(cheapest))
    ? `; until then ${cheapest.chain} costs least: ${updatesText(cheapest)} updates`
    : ''
  return `one seed only: ${rows}; ${neededWords(comparison)}${until}`
}

function largestOf(candidates: readonly Candidate[]): Candidate | undefined {
  const sizeOf = ({ comparison }: Candidate): number => Math.abs(comparison?.difference ?? -1)
  return candidates.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0]
}

/** `start from mt5 -> res (mt5 -> res -> a2t)`, `take the fresh start (mt5 -> a2t)` */
function takeWords({ chain, start, fresh, cost }: Candidate): string {
  if (fresh) return `take the fresh start ${start}`
  if (chain !== start) return `start from ${start} (${chain})`
  return cost?.all.updates === 0 ? `take ${chain} as it is` : `teach ${chain}`
}

function name({ chain, fresh, start }: Candidate): string {
  return fresh ? `the fresh start ${start}` : chain
}

function size(difference: number, { best, name: unit, lowIsBetter }: ScoreColumn): string {
  return `${formatScore(Math.abs(difference), best)} ${unit}${lowIsBetter ? ', which is lower' : ''}`
}

/** `705 updates instead of 376`, with what leads to it; nothing where a cost is not known. */
function costClause(of: readonly Candidate[], to: Candidate, lead: string, same = ''): string {
  const counts = [...new Set(of.map(updatesOf))].sort((a, b) => a - b)
  if (counts.length === 0 || !counts.every(Number.isFinite) || !Number.isFinite(updatesOf(to))) return ''
  const [least, most] = [Math.round(counts[0]!), Math.round(counts.at(-1)!)]
  if (least === most && least === Math.round(updatesOf(to))) return same
  return `${lead}${least === most ? least : `${least} to ${most}`} updates instead of ${updatesText(to)}`
}

function updatesOf({ cost }: Candidate): number {
  return cost?.all.updates ?? Number.POSITIVE_INFINITY
}

function updatesText(candidate: Candidate): string {
  return String(Math.round(updatesOf(candidate)))
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are'
}
