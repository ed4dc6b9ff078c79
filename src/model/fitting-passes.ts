import { Fault } from '../base/fault.ts'
import type { Architecture, Example } from './family.ts'

/**
 * Cuts a batch into passes: of `size` examples each, and of fewer where a tensor of the pass would be larger than the engine
 * takes. Whatever the cuts, the passes come to the same update.
 *
 * @param bound of the memory of a pass; an example alone is not asked about
 * @throws {Fault} when one example is too long by itself
 */
export function fittingPasses(
  { architecture, model: { mostElements } }: Fitting,
  examples: readonly Example[],
  size = examples.length,
  bound?: { fits(examples: readonly Example[]): boolean },
): { begin: number; end: number }[] {
  const fits = (begin: number, end: number): boolean =>
    mostElements === Number.POSITIVE_INFINITY || architecture.largestTensor(examples.slice(begin, end)) <= mostElements
  const isWithin = (begin: number, end: number): boolean => bound?.fits(examples.slice(begin, end)) ?? true
  const passes: { begin: number; end: number }[] = []
  for (let begin = 0; begin < examples.length; ) {
    let end = Math.min(examples.length, begin + size)
    while (end > begin + 1 && !(fits(begin, end) && isWithin(begin, end))) end--
    if (!fits(begin, end)) throw tooLong(examples[begin]!, architecture.largestTensor([examples[begin]!]), mostElements)
    passes.push({ begin, end })
    begin = end
  }
  return passes
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
