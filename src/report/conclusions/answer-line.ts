import stringWidth from 'string-width'
import { plural } from '../../base/plural.ts'
import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import type { ScoreColumn } from '../results/arms.ts'
import { isBetter, isOneSeed, verdictOf } from '../results/verdict.ts'
import { detectableWords, formatDifference, formatP, formatScore } from '../words/format-score.ts'
import { shortName } from '../words/short-name.ts'
import type { Candidate, Evidence } from './evidence.ts'
import { tellsNothing } from './excluded-arms.ts'

/** The most columns of an answer: two lines of a terminal, with the mark of a list before it. */
export const answerWidth = 150

/**
 * A task's answer in one line of at most {@link answerWidth} columns for somebody who must decide: what to take, by how
 * much, how sure, at what cost. What does not fit, and what it rests on, is for the sentences below it.
 *
 * @param take the candidate to take, where the verdict names one
 */
export function answerLine(verdict: RecommendationVerdict, take: Candidate | undefined, evidence: Evidence): string {
  let line = ''
  for (const most of nameWidths) {
    const called = (name: string): string => shortName(name, most)
    line = fitted([said(`${called(evidence.task)}: `), ...answers[verdict]({ ...evidence, called }, take!)])
    if (stringWidth(line) <= answerWidth) break
  }
  return line
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

/** How long a name may be where an answer has no room for whole ones. */
const nameWidths = [Number.POSITIVE_INFINITY, 40, 28, 20, 12] as const

/** A piece of an answer, in its place. */
interface Piece {
  readonly text: string
  /** What is left out last has the least; 0 is never left out. */
  readonly rank: number
}

function said(text: string, rank = 0): Piece {
  return { text, rank }
}

/** The pieces that fit, the least rank first. */
function fitted(pieces: readonly Piece[]): string {
  let left = answerWidth
  const kept = new Set<Piece>()
  for (const piece of pieces.toSorted((a, b) => a.rank - b.rank)) {
    const width = stringWidth(piece.text)
    if (piece.rank > 0 && width > left) continue
    kept.add(piece)
    left -= width
  }
  return pieces.map((piece) => (kept.has(piece) ? piece.text : '')).join('')
}

/** @param called a name as the answer writes it */
type Told = Evidence & { readonly called: (name: string) => string }

const answers: Readonly<Record<RecommendationVerdict, (told: Told, take: Candidate) => Piece[]>> = {
  'other-start': otherStart,
  'fresh-start': freshStart,
  'not-separable': notSeparable,
  'one-seed': oneSeed,
  'no-choice': ({ candidates: [only], column, excluded, called }) => {
    const score = said(` (${called(column!.name)} ${formatScore(only!.score.mean, column!.best)})`, 1)
    if (excluded.length > 0) return [said(`nothing to choose: only ${called(only!.chain)} has learnt it yet`), score]
    return [said(`nothing to choose: ${called(only!.start)} is the only start that it was taught from`), score]
  },
  incomplete: ({ missing, failed }) => [said(`no answer yet: ${whatIsMissing(missing.length, failed)}`)],
  'nothing-learnt': nothingLearnt,
}

/** `2 runs of it failed, 1 is not finished` */
function whatIsMissing(runs: number, failed: number): string {
  if (runs === 0) return 'nothing is finished'
  const waiting = runs - failed
  if (failed === 0) return `${plural(runs, 'run')} of it ${isOrAre(runs)} not finished`
  const rest = waiting === 0 ? '' : `, ${waiting} ${isOrAre(waiting)} not finished`
  return `${plural(failed, 'run')} of it failed${rest}`
}

/** `take base -> y -> x, better than the fresh start by 0.2000 exact (p < 0.001), for 80 updates instead of 40` */
function otherStart(told: Told, take: Candidate): Piece[] {
  const { candidates, column } = told
  const reference = candidates[0]!
  const { difference, p } = take.comparison!
  const better = candidates.filter((one) => one !== take && isBetter(one.comparison, column!)).length
  return [
    said(`${takeWords(take, told)}, better than ${nameOf(reference, told)} by ${size(difference, told)}`),
    said(` (${formatP(p)})`, 1),
    said(costClause([take], reference, ', for '), 2),
    said(better === 0 ? '' : `; ${better === 1 ? '1 other is' : `${better} others are`} better too`, 4),
    leakClause([take], told),
  ]
}

/** `take the fresh start (base -> x): the 3 others are worse by 4.10 to 9.30 bleu (p <= 0.004) and cost …` */
function freshStart(told: Told, take: Candidate): Piece[] {
  const others = told.candidates.slice(1)
  const cost = costClause(others, take, ` and ${others.length > 1 ? 'cost' : 'costs'} `)
  const [subject, ...sizes] = worseClause(others, told)
  return [said(`${takeWords(take, told)}: `), subject!, ...sizes, said(cost, 2), leakClause(others, told)]
}

/** `take the fresh start (base -> x): 2 others are not shown to be better and cost 904 updates instead of 528; …` */
function notSeparable(told: Told, take: Candidate): Piece[] {
  const [reference, ...others] = told.candidates
  const worse = others.filter(isShown)
  const tied = others.filter((one) => !isShown(one))
  const rest = [reference!, ...tied].filter((one) => one !== take)
  const costs = ` and ${rest.length > 1 ? 'cost' : 'costs'} `
  const unshown = `${subjectOf(rest, worse.length === 0, told)} not shown to be better`
  return [
    said(`${takeWords(take, told)}: ${unshown}`),
    said(costClause(rest, take, costs, `${costs}the same`), 2),
    ...(worse.length === 0 ? [] : [said('; '), ...worseClause(worse, told)]),
    said(couldHaveShown(tied, told), 3),
    leakClause(others, told),
  ]
}

/** What is worse, and by how much, in two pieces. */
function worseClause(worse: readonly Candidate[], told: Told): Piece[] {
  const { candidates, column, called } = told
  const sizes = worse.map(({ comparison }) => Math.abs(comparison!.difference)).sort((a, b) => a - b)
  const [least, most] = [sizes[0]!, sizes.at(-1)!].map((one) => formatScore(one, column!.best))
  const by = least === most ? least : `${least} to ${most}`
  const p = formatP(Math.max(...worse.map(({ comparison }) => comparison!.p)))
  const sure = worse.length > 1 ? p.replace('=', '<=') : p
  return [
    said(`${subjectOf(worse, worse.length === candidates.length - 1, told)} worse`),
    said(` by ${by} ${called(column!.name)} (${sure})`, 1),
  ]
}

/** `base -> mixed is`, `2 others are`, `the 2 others are` */
function subjectOf(of: readonly Candidate[], all: boolean, told: Told): string {
  const [first] = of
  return of.length === 1 ? `${nameOf(first!, told)} is` : `${all ? 'the ' : ''}${of.length} others are`
}

function isShown({ comparison }: Candidate): boolean {
  return comparison?.separable === true
}

/** The least difference that every comparison would have shown. */
function couldHaveShown(tied: readonly Candidate[], { column, called }: Told): string {
  const detectable = Math.max(...tied.map(({ comparison }) => comparison?.detectable ?? Number.NaN))
  if (Number.isNaN(detectable)) return ''
  return `; ${detectableWords(detectable, column!.best, {
    none: 'no difference would have shown',
    from: (least) => `differences from ${least} ${called(column!.name)} on would have shown`,
  })}`
}

/** Where the verdicts are others without the test rows that were taught. */
function leakClause(deciding: readonly Candidate[], { column }: Told): Piece {
  const verdict = (comparison: Comparison | undefined) => comparison && verdictOf(comparison, column!)
  const turned = deciding.flatMap(({ comparison, leaks }) =>
    leaks?.comparison !== undefined && verdict(leaks.comparison) !== verdict(comparison) ? [leaks.rows] : [],
  )
  const rows = Math.max(...turned)
  return said(turned.length === 0 ? '' : `; not so without ${plural(rows, 'leaked test row')}`)
}

/** `no answer from one seed: base -> y -> x differs from the fresh start on these rows (+0.5000 exact, p < 0.001); …` */
function oneSeed(told: Told): Piece[] {
  const { candidates, column, called } = told
  const tested = candidates.filter(({ comparison }) => comparison !== undefined && isOneSeed(comparison))
  const largest = tested.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a))
  const { difference, p, differs, needed, splits } = largest.comparison!
  const found = ` (${formatDifference(difference, column!.best)} ${called(column!.name)}, ${formatP(p)})`
  const advice = splits === 1 ? 'make 3 splits at least' : `teach ${seedsToTeach(needed.seeds)}`
  return [
    said('no answer from one seed: '),
    said(
      differs
        ? `${called(largest.chain)} differs from ${nameOf(candidates[0]!, told)} on these rows`
        : 'no difference is shown on these rows either',
    ),
    said(differs ? found : '', 1),
    said(`; ${advice}`),
  ]
}

function sizeOf({ comparison }: Candidate): number {
  return Math.abs(comparison!.difference)
}

/** More than one says how much seeds scatter; how many show the difference is a first guess. */
function seedsToTeach(needed: number | undefined): string {
  if (needed === undefined) return '2 seeds of each at least, and test more rows'
  return needed > 2 ? `about ${needed} seeds of each` : '2 seeds of each at least'
}

function nothingLearnt(told: Told): Piece[] {
  const { excluded, learntBesides, toTry, called } = told
  if (tellsNothing(excluded)) {
    return [
      said('no answer: what needs no learning is right on every test row'),
      said(', so that the task tells no chain from another', 1),
      said('; test it on rows with other answers', 2),
    ]
  }
  const [first, ...more] = learntBesides
  if (first !== undefined) {
    const others = more.length === 0 ? '' : ` and ${plural(more.length, 'other')}`
    return [
      said('no answer yet: with its own settings nothing has been learnt'),
      said(`, while ${called(first)}${others} ${more.length === 0 ? 'has' : 'have'} learnt it`, 1),
      said('; teach all chains alike', 2),
    ]
  }
  return [
    said('nothing has been learnt yet'),
    said(`: ${whyNothing(told)}`, 2),
    ...(toTry[0] === undefined ? [] : [said(`; ${toTry[0]}`, 1)]),
  ]
}

/** Whether answers are of no use, or may be but are not shown to be more than what needs no learning. */
function whyNothing({ excluded, called }: Told): string {
  const useless = excluded.filter(({ because }) => because === 'answers').length
  const [first] = excluded
  const whose =
    excluded.length === 1
      ? called(first!.chain)
      : excluded.length === 2
        ? 'both chains'
        : `all ${excluded.length} chains`
  if (useless === excluded.length) return `the answers of ${whose} are of no use`
  if (excluded.length === 1) return `${whose} is not shown to be above what needs no learning`
  if (useless === 0)
    return `${excluded.length === 2 ? 'neither of the chains' : `none of the ${excluded.length} chains`} is shown to be above what needs no learning`
  return `${useless} of ${excluded.length} chains ${useless === 1 ? 'gives' : 'give'} answers of no use, the others are not shown to be above what needs no learning`
}

/** `take the fresh start (mt5 -> a2t)`, `take mt5 -> res -> a2t`, `take mt5 as it is` */
function takeWords(take: Candidate, { called }: Told): string {
  if (take.fresh) return `take the fresh start (${called(take.chain)})`
  const asItIs = take.chain === take.start && take.cost?.all.updates === 0
  return `take ${called(take.chain)}${asItIs ? ' as it is' : ''}`
}

/** The fresh start by that name where there is one only. */
function nameOf(one: Candidate, { candidates, called }: Told): string {
  const isOnlyFresh = one.fresh && candidates.filter(({ fresh }) => fresh).length === 1
  return isOnlyFresh ? 'the fresh start' : called(one.chain)
}

function size(difference: number, { column, called }: Told): string {
  const { best, name, lowIsBetter } = column as ScoreColumn
  return `${formatScore(Math.abs(difference), best)} ${called(name)}${lowIsBetter ? ', which is lower' : ''}`
}

/** `705 updates instead of 376`, with what leads to it; nothing where a cost is not known. */
function costClause(of: readonly Candidate[], to: Candidate, lead: string, same = ''): string {
  const counts = [...new Set(of.map(updatesOf))].sort((a, b) => a - b)
  if (counts.length === 0 || !counts.every(Number.isFinite) || !Number.isFinite(updatesOf(to))) return ''
  const [least, most, own] = [counts[0]!, counts.at(-1)!, updatesOf(to)].map(Math.round)
  if (least === most && least === own) return same
  return `${lead}${least === most ? least : `${least} to ${most}`} updates instead of ${own}`
}

function updatesOf({ cost }: Candidate): number {
  return cost?.all.updates ?? Number.POSITIVE_INFINITY
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are'
}
