import type { ExampleArm, ExampleRow, ExampleSet } from '../report/page/example-data.ts'

/** How the answers of a chain stand to a row: with several seeds in view right or wrong are all of them, or neither. */
export type Outcome = 'right' | 'wrong' | 'mixed'

/** Which rows are wanted. */
export interface ExampleFilter {
  /** Part of the source, the reference or an answer, whatever its case and width; empty: any. */
  readonly text: string
  /** A number of {@link ExampleSet.classes} that the row has or that is answered; absent: any. */
  readonly label: number | undefined
  /** What is asked of two chains. */
  readonly first: ChainWish
  readonly second: ChainWish
  readonly relation: Relation
}

export interface ChainWish {
  readonly chain: string
  readonly outcome: Outcome | 'any'
}

/** How the answers of the first chain stand to those of the second. */
export type Relation = 'any' | 'differ' | 'same' | 'first better' | 'second better'

/** Chains of a set, in order. */
export function chainsOf({ arms }: ExampleSet): string[] {
  return [...new Set(arms.map(({ chain }) => chain))]
}

/** Arms of a chain with the seed in view; with `undefined` all of them, as where the chain does not have that seed. */
export function armsInView({ arms }: ExampleSet, chain: string, seed: number | undefined): ExampleArm[] {
  const own = arms.filter((arm) => arm.chain === chain)
  const chosen = own.filter((arm) => arm.seed === seed)
  return seed === undefined || chosen.length === 0 ? own : chosen
}

/** Numbers of the rows that a filter leaves. */
export function filterRows(set: ExampleSet, seed: number | undefined, filter: ExampleFilter): number[] {
  const { first, second, relation, label } = filter
  const wanted = normal(filter.text)
  const [a, b] = [first, second].map(({ chain }) => armsInView(set, chain, seed)) as [ExampleArm[], ExampleArm[]]
  const shown = chainsOf(set).flatMap((chain) => armsInView(set, chain, seed))
  return set.rows.flatMap((row, at) => {
    const fits =
      (first.outcome === 'any' || outcomeOf(row, a, at) === first.outcome) &&
      (second.outcome === 'any' || outcomeOf(row, b, at) === second.outcome) &&
      (relation === 'any' || relates(relation, row, at, a, b, set)) &&
      (label === undefined || hasLabel(row, label, shown, at)) &&
      (wanted === '' || textsOf(row, shown, at).some((text) => normal(text).includes(wanted)))
    return fits ? [at] : []
  })
}

/** @param at the number of the row */
function outcomeOf({ answers }: ExampleRow, arms: readonly ExampleArm[], at: number): Outcome {
  const right = arms.filter(({ given }) => answers[given[at]!]?.right === true).length
  if (right === arms.length && right > 0) return 'right'
  return right === 0 ? 'wrong' : 'mixed'
}

/** How often two chains are right and wrong together. */
export interface OutcomeCounts {
  readonly both: number
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly neither: number
}

export function countOutcomes(set: ExampleSet, seed: number | undefined, first: string, second: string): OutcomeCounts {
  const [a, b] = [armsInView(set, first, seed), armsInView(set, second, seed)]
  const counts = { both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 }
  for (const [at, row] of set.rows.entries()) {
    const [one, other] = [outcomeOf(row, a, at), outcomeOf(row, b, at)]
    if (one === 'right' && other === 'right') counts.both++
    else if (one === 'right' && other === 'wrong') counts.onlyFirst++
    else if (one === 'wrong' && other === 'right') counts.onlySecond++
    else if (one === 'wrong' && other === 'wrong') counts.neither++
  }
  return counts
}

function relates(
  relation: Relation,
  row: ExampleRow,
  at: number,
  a: readonly ExampleArm[],
  b: readonly ExampleArm[],
  { score: { lowIsBetter } }: ExampleSet,
): boolean {
  const texts = (arms: readonly ExampleArm[]): string => [...new Set(arms.map(({ given }) => given[at]))].sort().join()
  if (relation === 'same') return texts(a) === texts(b)
  if (relation === 'differ') return texts(a) !== texts(b)
  const difference = (meanScore(row, at, a) - meanScore(row, at, b)) * (lowIsBetter ? -1 : 1)
  return relation === 'first better' ? difference > 0 : difference < 0
}

function meanScore({ answers }: ExampleRow, at: number, arms: readonly ExampleArm[]): number {
  return arms.reduce((sum, { given }) => sum + (answers[given[at]!]?.score ?? 0), 0) / arms.length
}

function hasLabel(
  { labels = [], answers }: ExampleRow,
  label: number,
  arms: readonly ExampleArm[],
  at: number,
): boolean {
  return labels.includes(label) || arms.some(({ given }) => answers[given[at]!]?.labels?.includes(label) === true)
}

function textsOf({ source, reference, answers }: ExampleRow, arms: readonly ExampleArm[], at: number): string[] {
  return [source, reference, ...arms.map(({ given }) => answers[given[at]!]?.text ?? '')]
}

function normal(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
