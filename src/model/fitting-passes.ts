import { Fault } from '../base/fault.ts'
import type { Architecture, Example } from './family.ts'

/** Which examples may be computed in one pass; an example alone is not asked about. */
export interface PassBound {
  /** Of examples that fit, any part fits. */
  fits(examples: readonly Example[]): boolean
}

/**
 * Cuts a batch into passes: of `size` examples each, and of fewer where a tensor of the pass would be larger than the engine
 * takes, or where a bound asks for it; then they have as many tokens each as they can have alike. Attention is computed over rows
 * as long as the longest of their pass, so that examples of like lengths are put together, the longest first. Whatever the cuts,
 * the passes come to the same update, to rounding and but for which activations are dropped.
 *
 * @returns which examples each pass has, by their places in the batch; where all fit into one pass, in the batch's order
 * @throws {Fault} when one example is too long by itself
 */
export function fittingPasses(
  weights: Fitting,
  examples: readonly Example[],
  size = examples.length,
  bound?: PassBound,
): number[][] {
  const limits = { weights, size, bound }
  if (examples.length === 0) return []
  if (examples.length <= size && isPass(limits, examples)) return [[...examples.keys()]]
  const order = longestFirst(examples)
  const sorted = order.map((at) => examples[at]!)
  const passes = alikePasses(limits, sorted)
  return passes.map(({ begin, end }) => order.slice(begin, end))
}

/** What a pass may be. */
interface Limits {
  readonly weights: Fitting
  /** Examples. */
  readonly size: number
  readonly bound: PassBound | undefined
}

interface ExampleRange {
  readonly begin: number
  readonly end: number
}

/** Places in the batch, by the length of the side that has more tokens in all, then by that of the other. */
function longestFirst(examples: readonly Example[]): number[] {
  const isTargetLonger = tokensOf(examples, 'source') < tokensOf(examples, 'target')
  const [first, second] = isTargetLonger ? (['target', 'source'] as const) : (['source', 'target'] as const)
  const compare = (a: Example, b: Example) => b[first].length - a[first].length || b[second].length - a[second].length
  return [...examples.keys()].sort((a, b) => compare(examples[a]!, examples[b]!))
}

/** As few passes as can be, where a bound asks for them of as many tokens each as can be. */
function alikePasses(limits: Limits, examples: readonly Example[]): ExampleRange[] {
  const fewest = largestPasses(limits, examples)
  if (limits.bound === undefined || fewest.length < 2) return fewest
  const even = (tokensOf(examples, 'source') + tokensOf(examples, 'target')) / fewest.length
  for (const share of sharesTried) {
    const alike = largestPasses(limits, examples, share * even)
    if (alike.length <= fewest.length) return alike
  }
  return fewest
}

/** Of the tokens that a pass has where all have as many. */
const sharesTried = [1, 1.03, 1.1, 1.3, 1.6]

/** Each pass as large as it may be, of at most so many tokens. */
function largestPasses(
  limits: Limits,
  examples: readonly Example[],
  mostTokens = Number.POSITIVE_INFINITY,
): ExampleRange[] {
  const passes: ExampleRange[] = []
  for (let begin = 0; begin < examples.length; ) {
    let last = begin + 1
    for (let tokens = lengthOf(examples[begin]!); last < Math.min(examples.length, begin + limits.size); last++) {
      tokens += lengthOf(examples[last]!)
      if (tokens > mostTokens) break
    }
    const end = largestWhere(begin + 1, last, (end) => isPass(limits, examples.slice(begin, end)))
    if (!isComputable(limits, examples.slice(begin, end))) throw tooLong(examples[begin]!, limits.weights)
    passes.push({ begin, end })
    begin = end
  }
  return passes
}

/** An example alone is asked of no bound. */
function isPass(limits: Limits, examples: readonly Example[]): boolean {
  return isComputable(limits, examples) && (examples.length < 2 || (limits.bound?.fits(examples) ?? true))
}

function isComputable({ weights: { architecture, model } }: Limits, examples: readonly Example[]): boolean {
  return model.mostElements === Number.POSITIVE_INFINITY || architecture.largestTensor(examples) <= model.mostElements
}

type Side = keyof Example

function tokensOf(examples: readonly Example[], side: Side): number {
  return examples.reduce((sum, example) => sum + example[side].length, 0)
}

function lengthOf({ source, target }: Example): number {
  return source.length + target.length
}

/** The largest number up to `most` for which something holds that holds for all below it as well; `least` where it holds for none. */
function largestWhere(least: number, most: number, holds: (number: number) => boolean): number {
  if (least === most || holds(most)) return most
  let [low, high] = [least, most]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

interface Fitting {
  readonly architecture: Pick<Architecture, 'largestTensor'>
  /** Where it is computed. */
  readonly model: { readonly mostElements: number }
}

function tooLong(example: Example, { architecture, model }: Fitting): Fault {
  const { source, target } = example
  const gib = (count: number): string => `${((count * 4) / 2 ** 30).toFixed(1)} GiB`
  const needed = gib(architecture.largestTensor([example]))
  return new Fault(
    `Cannot compute an example of ${source.length} source and ${target.length} target tokens on this device as a tensor of ${needed} is needed and its largest is ${gib(model.mostElements)}: limit the lengths more (max_source, max_target), or compute on "cpu"`,
  )
}
