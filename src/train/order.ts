import { seededRandom } from '../base/random.ts'
import type { LessonSettings } from './protocol.ts'

/** Which examples each update takes. Any update can be asked for, in any order: a resumed lesson needs no history. */
export interface ExampleOrder {
  readonly stepsPerEpoch: number
  /** Updates of the whole lesson. */
  readonly steps: number
  /** The examples of an update, numbered from 0; the last update of an epoch may have fewer than a batch. */
  batchAt(step: number): Int32Array
}

/**
 * Lays out a lesson's batches.
 *
 * `shuffle` draws a new permutation each epoch; `length` sorts stretches of 50 batches of that permutation by length, longest
 * first, as transformers' LengthGroupedSampler does (`group_by_length`).
 *
 * @param lengths source tokens of each example
 */
export function exampleOrder(
  settings: Pick<LessonSettings, 'batch' | 'epochs' | 'steps' | 'order' | 'seed'>,
  lengths: Int32Array,
): ExampleOrder {
  const { batch, order, seed } = settings
  const count = lengths.length
  const stepsPerEpoch = Math.ceil(count / batch)
  const steps = settings.steps ?? Math.ceil((settings.epochs ?? 0) * stepsPerEpoch)
  let known: { epoch: number; examples: Int32Array } | undefined
  const examplesOf = (epoch: number): Int32Array => {
    if (known?.epoch !== epoch) known = { epoch, examples: epochOrder(order, lengths, batch, [seed, epoch]) }
    return known.examples
  }
  return {
    stepsPerEpoch,
    steps,
    batchAt(step) {
      const begin = (step % stepsPerEpoch) * batch
      return examplesOf(Math.floor(step / stepsPerEpoch)).slice(begin, begin + batch)
    },
  }
}

function epochOrder(order: LessonSettings['order'], lengths: Int32Array, batch: number, seed: number[]): Int32Array {
  const count = lengths.length
  if (order === 'file') return Int32Array.from({ length: count }, (_, i) => i)
  const shuffled = seededRandom(seed).permutation(count)
  if (order === 'shuffle') return shuffled
  const stretch = Math.max(1, Math.min(Math.floor(count / (batch * 4)), 50)) * batch
  const sorted = new Int32Array(count)
  for (let begin = 0; begin < count; begin += stretch) {
    // Array.prototype.sort is stable, so ties keep the permutation's order.
    const part = Array.from(shuffled.subarray(begin, begin + stretch)).sort((a, b) => lengths[b]! - lengths[a]!)
    sorted.set(part, begin)
  }
  // The longest example comes first, so that a lack of memory shows in the first update.
  const longest = sorted.reduce((best, example, at) => (lengths[example]! > lengths[sorted[best]!]! ? at : best), 0)
  const first = sorted[0]!
  sorted[0] = sorted[longest]!
  sorted[longest] = first
  return sorted
}
