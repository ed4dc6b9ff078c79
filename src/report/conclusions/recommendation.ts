import { plural } from '../../base/plural.ts'
import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import type { ScoreColumn } from '../results/arms.ts'
import type { Cost } from '../results/cost.ts'
import { gain, goodness } from '../results/score-direction.ts'
import { isBetter, isOneSeed, verdictOf } from '../results/verdict.ts'
import { detectableWords, formatDifference, formatMinutes, formatP, formatScore } from '../words/format-score.ts'
import { answerLine, cheapestOf, type RecommendationVerdict } from './answer-line.ts'
import { asPrinted } from './as-printed.ts'
import type { Candidate, Evidence } from './evidence.ts'
import { tellsNothing } from './excluded-arms.ts'
import { neededSentence } from './needed-sentence.ts'
import { warningsOf } from './warnings.ts'

/** An answer to "which start for this task?". */
export interface Recommendation {
  readonly task: string
  readonly verdict: RecommendationVerdict
  /** The chain to take; absent where none can be named. */
  readonly take: string | undefined
  /** The largest corrected p that the answer rests on; absent where it rests on no difference that was shown. */
  readonly p: number | undefined
  /** The answer in one line, then what it rests on, in plain words. */
  readonly sentences: readonly string[]
  readonly warnings: readonly string[]
  readonly evidence: Evidence
}

/**
 * Answers from the numbers alone, by these rules (docs/CONCLUSIONS.md explains them):
 *
 * 1. Something is not finished: no answer (`incomplete`).
 * 2. No candidate is left as all were excluded: `nothing-learnt`; one start alone: nothing to choose (`no-choice`).
 * 3. A start is better than the reference when the difference is separable and for the better. If any is: take the one
 *    with the best mean; of those better ones that are not separable from it, the one with the fewest updates in all
 *    (`other-start`).
 * 4. None is better and all others are separably worse: take the reference (`fresh-start`).
 * 5. What is not separable was taught with one seed: no answer, as nothing is known of another (`one-seed`).
 * 6. Else take the cheapest of the reference and those that are not separable from it (`not-separable`).
 */
export function recommend(evidence: Evidence): Recommendation {
  const named = asPrinted(evidence)
  const { take, ...found } = decide(named)
  const chain = take && evidence.candidates[named.candidates.indexOf(take)]!.chain
  return { task: evidence.task, take: chain, ...found, warnings: warningsOf(named), evidence }
}

type Decision = Pick<Recommendation, 'verdict' | 'p' | 'sentences'> & { readonly take: Candidate | undefined }

function decide(evidence: Evidence): Decision {
  const { candidates, missing, column, excluded, learntBesides, toTry } = evidence
  const [reference, ...others] = candidates
  const answer = (
    verdict: RecommendationVerdict,
    reasons: readonly string[] = [],
    take?: Candidate,
    deciding: readonly Candidate[] = [],
  ): Decision => ({
    verdict,
    take,
    p: deciding.length === 0 ? undefined : Math.max(...deciding.map(({ comparison }) => comparison!.p)),
    sentences: [answerLine(verdict, take, evidence), ...reasons.filter((reason) => reason !== '')],
  })
  if (missing.length > 0) return answer('incomplete', missing)
  if (reference === undefined || column === undefined) {
    return excluded.length > 0
      ? answer(
          'nothing-learnt',
          tellsNothing(excluded) ? [] : toTry.slice(learntBesides.length > 0 ? 0 : 1).map((advice) => `Or ${advice}`),
        )
      : answer('incomplete')
  }
  if (others.length === 0) return answer('no-choice')
  const better = others.filter(({ comparison }) => isBetter(comparison, column))
  if (better.length > 0) {
    const take = cheapestOfBest(better, column)
    return answer('other-start', otherStart(take, better, evidence), take, [take])
  }
  const worse = others.filter(({ comparison }) => comparison?.separable === true)
  const reasons = againstAll(evidence)
  if (worse.length === others.length) {
    return answer('fresh-start', [...reasons, ...costSentences(worse[0]!, reference)], reference, worse)
  }
  const tied = others.filter((one) => !worse.includes(one))
  if (tied.some(({ comparison }) => comparison !== undefined && isOneSeed(comparison)))
    return answer('one-seed', reasons)
  return answer('not-separable', reasons, cheapestOf([reference, ...tied]))
}

/** The best by mean, or a better one that is not separable from it and takes fewer updates. */
function cheapestOfBest(better: readonly Candidate[], column: ScoreColumn): Candidate {
  const best = bestOf(better, column)
  const level = better.filter((one) => one === best || one.againstBest?.separable === false)
  return cheapestOf([best, ...level])
}

function bestOf(better: readonly Candidate[], column: ScoreColumn): Candidate {
  const good = ({ score }: Candidate): number => goodness(column, score.mean)
  return better.reduce((a, b) => (good(b) > good(a) ? b : a))
}

/** How every other candidate stands to the reference, the best first. */
function againstAll(evidence: Evidence): string[] {
  const gained = ({ comparison }: Candidate): number =>
    comparison === undefined ? Number.NEGATIVE_INFINITY : gain(evidence.column!, comparison.difference)
  const others = evidence.candidates.slice(1).toSorted((a, b) => gained(b) - gained(a))
  return others.map((one) => againstReference(one, evidence))
}

function otherStart(take: Candidate, better: readonly Candidate[], evidence: Evidence): string[] {
  const column = evidence.column!
  const show = (value: number): string => formatScore(value, column.best)
  const good = ({ score }: Candidate): number => goodness(column, score.mean)
  const level = better.filter((one) => one !== take && good(one) > good(take))
  const rest = evidence.candidates.slice(1).filter((one) => !level.includes(one))
  return [
    ...rest.map((one) => againstReference(one, evidence)),
    ...level.map(
      (one) =>
        `${one.chain} scores ${show(one.score.mean)}, which cannot be told from ${take.chain} (${formatP(levelP(one, take, bestOf(better, column)))}), and takes more updates`,
    ),
    ...costSentences(take, evidence.candidates[0]!),
    ...convergenceSentence(take),
  ]
}

/** Of two better candidates that cannot be told apart; the comparison stands with the one that is not the best. */
function levelP(one: Candidate, take: Candidate, best: Candidate): number {
  return (one === best ? take.againstBest?.p : one.againstBest?.p) ?? 1
}

/** `mt5 -> res is better than mt5 by 0.30 (…)`, with the evidence. */
function againstReference({ chain, comparison }: Candidate, evidence: Evidence): string {
  const reference = evidence.candidates[0]!
  const { column, examples } = evidence
  const { best } = column!
  if (comparison === undefined) return `${chain} and ${reference.chain} cannot be compared`
  const { difference, interval, detectable } = comparison
  const show = (value: number): string => formatDifference(value, best)
  const told = `95 % interval ${show(interval.low)} to ${show(interval.high)}, ${formatP(comparison.p)}${holmText(comparison)}, ${plural(examples, 'test row')}, ${seedsText(comparison)}`
  if (comparison.separable) {
    const size = formatScore(Math.abs(difference), best)
    return `${chain} is ${verdictOf(comparison, column!)} than ${reference.chain} by ${size} (${told})`
  }
  const shown = detectableWords(detectable, best, {
    none: 'no difference would have shown',
    from: (least) => `differences from ${least} on would have shown${isOneSeed(comparison) ? ' on these rows' : ''}`,
  })
  const what =
    isOneSeed(comparison) && comparison.differs
      ? `${chain} differs from ${reference.chain} on these rows; nothing is known of another seed`
      : `${chain} cannot be told from ${reference.chain}`
  return `${what} (difference ${show(difference)}, ${told}); ${shown}; ${neededSentence(comparison)}`
}

function holmText({ comparisons }: Comparison): string {
  return comparisons > 1 ? ` after Holm's correction over ${comparisons} comparisons` : ''
}

function seedsText({ seeds, splits }: Comparison): string {
  const { arm, baseline } = seeds
  if (splits !== undefined) return `${plural(splits, 'split')} with a seed each`
  return arm === baseline ? plural(arm, 'seed') : `${arm} against ${baseline} seeds`
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
  const shown = formatMinutes(Math.abs(minutes))
  if (Number(shown) === 0) return updates === 0 ? 'as many updates and minutes' : `${ofUpdates} in as many minutes`
  const ofMinutes = `${shown} minutes ${minutes < 0 ? 'less' : 'more'}`
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
