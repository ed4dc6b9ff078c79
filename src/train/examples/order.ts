import { seededRandom } from '../../base/random.ts'
import type { LessonSettings } from '../../lesson/lesson-settings.ts'
import { batchesSortedTogether, updatesAnEpoch, updatesOf } from '../../lesson/updates.ts'

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
 * first, as transformers' LengthGroupedSampler does (`group_by_length`). With groups, each is ordered so and cut into
 * batches by itself, and the batches of all groups are shuffled (`file`: they stand in the file's order).
 *
 * @param lengths source tokens of each example
 * @param groups the group of each example, where a batch shall hold one group only
 */
export function exampleOrder(
  settings: Pick<LessonSettings, 'batch' | 'epochs' | 'steps' | 'order' | 'seed'>,
  lengths: Int32Array,
  groups?: Int32Array,
): ExampleOrder {
  const { batch, order, seed } = settings
  const members = groups === undefined ? [] : membersOf(groups)
  const stepsPerEpoch =
    groups === undefined
      ? updatesAnEpoch(lengths.length, batch)
      : members.reduce((sum, { length }) => sum + updatesAnEpoch(length, batch), 0)
  const steps = updatesOf(settings, stepsPerEpoch)
  let known: { epoch: number; batches: Int32Array[] } | undefined
  const batchesOf = (epoch: number): Int32Array[] => {
    if (known?.epoch !== epoch) {
      const batches =
        groups === undefined
          ? batchesIn(epochOrder(order, lengths, batch, [seed, epoch]), batch)
          : groupedBatches(order, lengths, members, batch, [seed, epoch])
      known = { epoch, batches }
    }
    return known.batches
  }
  return {
    stepsPerEpoch,
    steps,
    batchAt: (step) => batchesOf(Math.floor(step / stepsPerEpoch))[step % stepsPerEpoch]!,
  }
}

function batchesIn(examples: Int32Array, batch: number): Int32Array[] {
  return Array.from({ length: updatesAnEpoch(examples.length, batch) }, (_, index) =>
    examples.slice(index * batch, (index + 1) * batch),
  )
}

/** The examples of each group, in the file's order. */
function membersOf(groups: Int32Array): Int32Array[] {
  const members: number[][] = []
  for (const [example, group] of groups.entries()) {
    members[group] ??= []
    members[group].push(example)
  }
  return members.map((examples) => Int32Array.from(examples))
}

function groupedBatches(
  order: LessonSettings['order'],
  lengths: Int32Array,
  members: readonly Int32Array[],
  batch: number,
  seed: readonly number[],
): Int32Array[] {
  const batches = members.flatMap((examples, group) => {
    const own = epochOrder(
      order,
      examples.map((example) => lengths[example]!),
      batch,
      [...seed, group],
    )
    return batchesIn(
      own.map((at) => examples[at]!),
      batch,
    )
  })
  if (order === 'file') return batches.sort((a, b) => a[0]! - b[0]!)
  return Array.from(seededRandom([...seed, members.length]).permutation(batches.length), (at) => batches[at]!)
}

function epochOrder(order: LessonSettings['order'], lengths: Int32Array, batch: number, seed: number[]): Int32Array {
  const count = lengths.length
  if (order === 'file') return Int32Array.from({ length: count }, (_, i) => i)
  const shuffled = seededRandom(seed).permutation(count)
  if (order === 'shuffle') return shuffled
  const stretch = batchesSortedTogether(count, batch) * batch
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

/** Makes each batch once for whoever asks in order, be it before its update and again for it. @param make gives a batch by its update */
export function batchOnce<T>(make: (step: number) => T): (step: number) => T {
  let last: { readonly step: number; readonly batch: T } | undefined
  return (step) => {
    if (last?.step !== step) last = { step, batch: make(step) }
    return last.batch
  }
}
