import { plural } from '../../base/plural.ts'
import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import type { NeededSample } from '../../metrics/statistics/sample-size.ts'
import type { ScoreColumn } from '../results/arms.ts'
import { alpha } from '../results/compared-arms.ts'
import type { Cost } from '../results/cost.ts'
import { gain, goodness } from '../results/score-direction.ts'
import { formatDifference, formatMinutes, formatP, formatScore } from '../words/format-score.ts'
import { type Candidate, type Evidence, isBetter } from './evidence.ts'

/** An answer to "which start for this task?". */
export interface Recommendation {
  readonly task: string
  readonly verdict: 'other-start' | 'fresh-start' | 'not-separable' | 'no-choice' | 'incomplete'
  /** The chain to take; absent where none can be named. */
  readonly take: string | undefined
  /**
   * `high`: shown over test rows and over seeds; `moderate`: over test rows, and all seeds agree; `one-seed`: over test
   * rows, nothing is known of seeds.
   */
  readonly confidence: 'high' | 'moderate' | 'one-seed' | undefined
  /** The answer, then what it rests on, in plain words. */
  readonly sentences: readonly string[]
  readonly warnings: readonly string[]
  readonly evidence: Evidence
}

/**
 * Answers from the numbers alone, by these rules (docs/CONCLUSIONS.md explains them):
 *
 * 1. Something is not finished: no answer (`incomplete`).
 * 2. Fewer than two starts: nothing to choose (`no-choice`).
 * 3. A start is better than the reference when the difference is separable (corrected p below 0.05, all seeds agree) and
 *    for the better. If any is: take the one with the best mean; of those better ones that are not separable from it, the
 *    one with the fewest updates in all (`other-start`).
 * 4. None is better and all others are separably worse: take the reference (`fresh-start`).
 * 5. Else nothing can be named, and what would be needed is (`not-separable`).
 */
export function recommend(evidence: Evidence): Recommendation {
  const { task, candidates, missing, column } = evidence
  const [reference, ...others] = candidates
  const answer = (
    verdict: Recommendation['verdict'],
    sentences: readonly string[],
    take?: Candidate,
    deciding: readonly (Comparison | undefined)[] = [],
  ): Recommendation => ({
    task,
    verdict,
    take: take?.chain,
    confidence: deciding.length === 0 ? undefined : confidenceOf(deciding),
    sentences,
    warnings: warningsOf(evidence),
    evidence,
  })
  if (missing.length > 0 || reference === undefined || column === undefined) {
    const what =
      missing.length === 0
        ? 'nothing is finished'
        : `${plural(missing.length, 'run')} of it ${missing.length === 1 ? 'is' : 'are'} not finished`
    return answer('incomplete', [`No answer for ${task} yet: ${what}`, ...missing])
  }
  if (others.length === 0) {
    const score = formatScore(reference.score.mean, column.best)
    return answer('no-choice', [
      `Nothing to choose for ${task}: ${reference.start} is the only start that it was taught from (${column.name} ${score})`,
    ])
  }
  const better = others.filter(({ comparison }) => isBetter(comparison, column))
  if (better.length > 0) {
    const take = cheapestOfBest(better, column)
    return answer('other-start', otherStart(take, better, evidence), take, [take.comparison])
  }
  const tied = others.filter(({ comparison }) => comparison?.separable !== true)
  if (tied.length === 0) {
    const comparisons = others.map(({ comparison }) => comparison)
    return answer('fresh-start', freshStart(others, evidence), reference, comparisons)
  }
  return answer('not-separable', notSeparable(tied, evidence))
}

/** The best by mean, or a better one that is not separable from it and takes fewer updates. */
function cheapestOfBest(better: readonly Candidate[], column: ScoreColumn): Candidate {
  const best = bestOf(better, column)
  const level = better.filter((one) => one === best || one.againstBest?.separable === false)
  const updates = ({ cost }: Candidate): number => cost?.all.updates ?? Number.POSITIVE_INFINITY
  return level.reduce((a, b) => (updates(b) < updates(a) ? b : a), best)
}

function bestOf(better: readonly Candidate[], column: ScoreColumn): Candidate {
  const good = ({ score }: Candidate): number => goodness(column, score.mean)
  return better.reduce((a, b) => (good(b) > good(a) ? b : a))
}

function confidenceOf(deciding: readonly (Comparison | undefined)[]): Recommendation['confidence'] {
  const known = deciding.filter((one) => one !== undefined)
  if (known.some(({ overSeeds }) => overSeeds === undefined)) return 'one-seed'
  return known.every(({ overSeeds }) => overSeeds!.p < alpha) ? 'high' : 'moderate'
}

function otherStart(take: Candidate, better: readonly Candidate[], evidence: Evidence): string[] {
  const reference = evidence.candidates[0]!
  const column = evidence.column!
  const comparison = take.comparison!
  const show = (value: number): string => formatScore(value, column.best)
  const good = ({ score }: Candidate): number => goodness(column, score.mean)
  const level = better.filter((one) => one !== take && good(one) > good(take))
  const further = `${show(gain(column, comparison.difference))} ${column.lowIsBetter ? 'lower' : 'higher'}`
  const rest = evidence.candidates.slice(1).filter((one) => one !== take && !level.includes(one))
  return [
    `${takeStart(take, evidence.task)}: its ${column.name} is ${further} than that of ${reference.chain} (${show(take.score.mean)} against ${show(reference.score.mean)}; ${differenceEvidence(comparison, evidence)})`,
    ...level.map(
      (one) =>
        `${one.chain} scores ${show(one.score.mean)}, which cannot be told from it on these data (${formatP(one === undefined ? 1 : levelP(one, take, bestOf(better, column)))}), and takes more updates`,
    ),
    ...rest.map((one) => `${againstReference(one, evidence)}`),
    seedSentence([take]),
    ...costSentences(take, reference),
    ...convergenceSentence(take),
  ].filter((sentence) => sentence !== '')
}

/** Of two better candidates that cannot be told apart; the comparison stands with the one that is not the best. */
function levelP(one: Candidate, take: Candidate, best: Candidate): number {
  return (one === best ? take.againstBest?.p : one.againstBest?.p) ?? 1
}

function freshStart(others: readonly Candidate[], evidence: Evidence): string[] {
  const reference = evidence.candidates[0]!
  const gained = ({ comparison }: Candidate): number => gain(evidence.column!, comparison!.difference)
  const worse = others.toSorted((a, b) => gained(b) - gained(a))
  const what = others.length === 1 ? 'the other start is worse' : `the ${others.length} other starts are worse`
  return [
    `${takeStart(reference, evidence.task)}: ${what}`,
    ...worse.map((one) => againstReference(one, evidence)),
    seedSentence(worse),
    ...worse.slice(0, 1).flatMap((one) => costSentences(one, reference)),
  ].filter((sentence) => sentence !== '')
}

function notSeparable(tied: readonly Candidate[], evidence: Evidence): string[] {
  const reference = evidence.candidates[0]!
  const size = ({ comparison }: Candidate): number => Math.abs(comparison?.difference ?? 0)
  const [first, ...rest] = tied.toSorted((a, b) => size(b) - size(a))
  const others = evidence.candidates.slice(1).filter((one) => !tied.includes(one))
  const cheapest = [reference, ...tied].reduce((a, b) => (totalUpdates(b) < totalUpdates(a) ? b : a))
  const cost = Number.isFinite(totalUpdates(cheapest))
    ? `Until then ${cheapest.chain} costs least: ${Math.round(totalUpdates(cheapest))} updates in all`
    : ''
  const names = listOf(tied.map(({ chain }) => chain))
  const needed =
    size(first!) === 0
      ? ''
      : `; ${neededOf(first!, evidence)} to show the ${tied.length === 1 ? '' : 'largest '}difference`
  return [
    `Not separable with these data for ${evidence.task}: ${names} cannot be told from ${reference.chain}${needed}`,
    ...[first!, ...rest].map((one) => `${againstReference(one, evidence)}; ${detectableText(one, evidence)}`),
    ...others.map((one) => againstReference(one, evidence)),
    cost,
  ].filter((sentence) => sentence !== '')
}

function totalUpdates({ cost }: Candidate): number {
  return cost?.all.updates ?? Number.POSITIVE_INFINITY
}

/** `For a2t, start from mt5 -> res (mt5 -> res -> a2t)` */
function takeStart({ chain, start, fresh, cost }: Candidate, task: string): string {
  if (chain !== start) return `For ${task}, start ${fresh ? 'fresh ' : ''}from ${start} (${chain})`
  return cost?.all.updates === 0 ? `For ${task}, take ${chain} as it is` : `For ${task}, teach ${chain}`
}

/** `mt5 -> res is 0.30 higher than mt5 (…)`, with the evidence. */
function againstReference({ chain, comparison }: Candidate, evidence: Evidence): string {
  const reference = evidence.candidates[0]!
  const column = evidence.column!
  const { best } = column
  if (comparison === undefined) return `${chain} has no seed in common with ${reference.chain}`
  const { difference, separable } = comparison
  const size = formatScore(Math.abs(difference), best)
  const what = separable
    ? `${chain} is ${gain(column, difference) > 0 ? 'better' : 'worse'} than ${reference.chain} by ${size}`
    : `${chain} cannot be told from ${reference.chain}`
  const told = separable ? '' : `difference ${formatDifference(difference, best)}, `
  return `${what} (${told}${differenceEvidence(comparison, evidence)})`
}

function differenceEvidence(
  { interval, p, seeds, seedsAgree }: Comparison,
  { candidates, column, examples }: Evidence,
) {
  const show = (value: number): string => formatDifference(value, column!.best)
  const others = candidates.length - 1
  const corrected = others > 1 ? ` after Holm's correction over ${others} comparisons` : ''
  const agree = seeds === 1 ? 'one seed' : `${seeds} seeds, which ${seedsAgree ? 'agree' : 'disagree'}`
  return `95 % interval ${show(interval.low)} to ${show(interval.high)}, ${formatP(p)}${corrected}, ${examples} test rows, ${agree}`
}

/** What is known of chance in the seeds, for differences that are separable. */
function seedSentence(deciding: readonly Candidate[]): string {
  const shaky = deciding.filter(({ comparison }) => (comparison?.overSeeds?.p ?? 0) >= alpha)
  const [weakest] = shaky.toSorted((a, b) => b.comparison!.overSeeds!.p - a.comparison!.overSeeds!.p)
  if (deciding.some(({ comparison }) => comparison !== undefined && comparison.overSeeds === undefined)) return ''
  if (weakest === undefined)
    return 'The seeds differ too little among themselves to be the cause (paired t test over seeds)'
  const { overSeeds, seeds } = weakest.comparison!
  const more = weakest.neededSeeds === undefined ? undefined : Math.max(1, weakest.neededSeeds - seeds)
  const ofSeeds = more === undefined ? 'more seeds' : `at least ${about(more)} more ${more === 1 ? 'seed' : 'seeds'}`
  return `Over so few seeds, chance in the seed is not ruled out, though they agree (${weakest.chain}: paired t test over ${seeds} seeds, ${formatP(overSeeds!.p)}): ${ofSeeds} would be needed to tell`
}

function neededOf({ needed, comparison }: Candidate, { examples }: Evidence): string {
  if (comparison === undefined || needed === undefined) return 'the same seeds of both would be needed'
  return neededSentence(needed, comparison.seeds, examples)
}

/** What this comparison could have shown, and what one of the size that was found would take. */
function detectableText(candidate: Candidate, evidence: Evidence): string {
  const { comparison } = candidate
  if (comparison === undefined) return neededOf(candidate, evidence)
  const shown = `differences from ${formatScore(comparison.detectable, evidence.column!.best)} on would have shown on these rows`
  return comparison.difference === 0
    ? `they score alike; ${shown}`
    : `${shown}; ${neededOf(candidate, evidence)} to show this one`
}

/** `about 800 more test examples or 5 more seeds would be needed`, in the words of what is possible. */
export function neededSentence({ examples, seeds, timesBoth }: NeededSample, haveSeeds: number, have: number): string {
  const moreExamples = examples === undefined ? undefined : Math.max(1, examples - have)
  const moreSeeds = seeds === undefined ? undefined : Math.max(1, seeds - haveSeeds)
  const ofExamples = moreExamples === undefined ? undefined : `${about(moreExamples)} more test examples`
  const ofSeeds = moreSeeds === undefined ? undefined : `${about(moreSeeds)} more ${moreSeeds === 1 ? 'seed' : 'seeds'}`
  if (haveSeeds === 1) {
    const first = ofExamples === undefined ? 'more test examples' : ofExamples
    return `about ${first} would be needed, if all seeds were like this one: what another seed would give is not known, and one or two more tell`
  }
  if (ofExamples !== undefined && ofSeeds !== undefined) return `about ${ofExamples} or ${ofSeeds} would be needed`
  if (ofExamples !== undefined) return `about ${ofExamples} would be needed (more seeds alone would not be enough)`
  if (ofSeeds !== undefined) return `about ${ofSeeds} would be needed (more test examples alone would not be enough)`
  const times = timesBoth === undefined ? 'many' : about(Math.ceil(timesBoth))
  return `about ${times} times as many test examples and seeds together would be needed (neither alone would be enough)`
}

/** Two digits, as an estimate from a few seeds has no more. */
function about(count: number): string {
  if (count > 1e6) return 'more than a million'
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1)
  return (Math.ceil(count / unit) * unit).toLocaleString('en-US')
}

function costSentences(of: Candidate, to: Candidate): string[] {
  const [own, other] = [of.cost, to.cost]
  if (own === undefined || other === undefined) return []
  const sentences = [
    `Cost: ${of.chain} takes ${costText(own.all)} in all, ${more(own.all, other.all)} than ${to.chain} (${costText(other.all)})`,
  ]
  if (own.all.updates !== own.last.updates) {
    sentences.push(
      `Whoever has its start already pays for the last lesson alone: ${costText(own.last)}, ${more(own.last, other.last)}`,
    )
  }
  return sentences
}

function costText({ updates, minutes }: Cost): string {
  return `${Math.round(updates)} updates and ${formatMinutes(minutes)} minutes`
}

function more(of: Cost, to: Cost): string {
  const updates = Math.round(of.updates - to.updates)
  const minutes = of.minutes - to.minutes
  const words = (value: string, sign: number): string => `${value} ${sign < 0 ? 'fewer' : 'more'}`
  const ofUpdates = updates === 0 ? 'as many updates' : `${words(String(Math.abs(updates)), updates)} updates`
  const ofMinutes = `${formatMinutes(Math.abs(minutes))} minutes ${minutes < 0 ? 'less' : 'more'}`
  return `${ofUpdates} and ${ofMinutes}`
}

function convergenceSentence({ chain, convergence }: Candidate): string[] {
  if (convergence === undefined || convergence.chain === convergence.baseline) return []
  const { baseline, refused, seeds, updates, totalUpdates: total } = convergence
  if (refused !== undefined) return []
  if (updates !== undefined) {
    return [
      `It is as good on the validation rows as ${baseline} ever is after ${Math.round(updates.mean)} of ${total} updates of its last lesson`,
    ]
  }
  const reached = seeds.filter((seed) => seed.updates !== undefined).length
  return [
    `${chain} gets to ${baseline}'s best value on the validation rows with ${reached} of ${plural(seeds.length, 'seed')}`,
  ]
}

function warningsOf({ task, candidates, unfair, leftOut, leftOpen, examples, column }: Evidence): string[] {
  const warnings = unfair.map((sentence) => `Not alike besides the start: ${sentence}`)
  warnings.push(...leakWarning(candidates, examples, column))
  for (const { chain, health } of candidates) {
    for (const { sentence } of health) warnings.push(`The answers of ${chain} are not in order: ${sentence}`)
  }
  const [reference] = candidates
  if (reference !== undefined && candidates.length > 1 && !reference.fresh) {
    warnings.push(`No start is taught ${task} alone: the starts are compared with ${reference.chain}`)
  }
  const seeds = new Set(candidates.map((one) => one.seeds.length))
  if (seeds.has(1)) warnings.push(`One seed only: how ${task} would come out with another is not known`)
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
  const counts = [...new Set(leaking.map(({ leaks }) => leaks!.rows))].sort((a, b) => a - b)
  const rows = counts.length === 1 ? String(counts[0]) : `${counts[0]} to ${counts.at(-1)}`
  const without = leaking.flatMap(({ chain, leaks, comparison }) => {
    if (leaks!.comparison === undefined || comparison === undefined) return []
    const { difference, p, separable } = leaks!.comparison
    const changed = separable === comparison.separable ? '' : ', which changes what can be said'
    return [`${chain} ${formatDifference(difference, column.best)} (${formatP(p)})${changed}`]
  })
  const rest = without.length === 0 ? '' : `; differences without them: ${without.join(', ')}`
  return [
    `${rows} of the ${examples} test rows ${counts.at(-1) === 1 ? 'is' : 'are'} among what these chains were taught, exactly or nearly${rest}`,
  ]
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
