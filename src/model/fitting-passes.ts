import { Fault } from '../base/fault.ts'
import type { Architecture, Example } from './family.ts'

/** Which examples may be computed in one pass; an example alone is not asked about. */
export interface PassBound {
  /** Of examples that fit, any part fits. */
  fits(examples: readonly Example[]): boolean
}

/**
 * Cuts a batch into passes: of `size` examples each, and of fewer where a tensor of the pass would be larger than the engine
 * takes, or where a bound asks for it; then they are as alike as they can be. Whatever the cuts, the passes come to the same
 * update, to rounding and but for which activations are dropped.
 *
 * @throws {Fault} when one example is too long by itself
 */
export function fittingPasses(
  weights: Fitting,
  examples: readonly Example[],
  size = examples.length,
  bound?: PassBound,
): ExampleRange[] {
  const fewest = largestPasses(weights, examples, size, bound)
  if (bound === undefined || fewest.length < 2) return fewest
  const alike = largestPasses(weights, examples, Math.ceil(examples.length / fewest.length), bound)
  return alike.length === fewest.length ? alike : fewest
}

interface ExampleRange {
  readonly begin: number
  readonly end: number
}

/** Each pass as large as it may be. */
function largestPasses(
  { architecture, model: { mostElements } }: Fitting,
  examples: readonly Example[],
  size: number,
  bound: PassBound | undefined,
): ExampleRange[] {
  const fits = (begin: number, end: number): boolean =>
    mostElements === Number.POSITIVE_INFINITY || architecture.largestTensor(examples.slice(begin, end)) <= mostElements
  const isWithin = (begin: number, end: number): boolean => bound?.fits(examples.slice(begin, end)) ?? true
  const passes: ExampleRange[] = []
  for (let begin = 0; begin < examples.length; ) {
    const last = Math.min(examples.length, begin + size)
    const end = largestWhere(begin + 1, last, (end) => fits(begin, end) && isWithin(begin, end))
    if (!fits(begin, end)) throw tooLong(examples[begin]!, architecture.largestTensor([examples[begin]!]), mostElements)
    passes.push({ begin, end })
    begin = end
  }
  return passes
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

function tooLong({ source, target }: Example, elements: number, most: number): Fault {
  const gib = (count: number): string => `${((count * 4) / 2 ** 30).toFixed(1)} GiB`
  return new Fault(
    `Cannot compute an example of ${source.length} source and ${target.length} target tokens on this device as a tensor of ${gib(elements)} is needed and its largest is ${gib(most)}: limit the lengths more (max_source, max_target), or compute on "cpu"`,
  )
}
