import type { ExampleOrder } from './order.ts'

/**
 * Of a lesson's updates only some, for those who ask what it takes: the one with the longest batch first, which takes the most
 * memory, then others spread evenly over the lesson.
 *
 * @param lengths source tokens of each example
 * @param count how many besides the first, if the lesson has as many
 */
export function sampledOrder(order: ExampleOrder, lengths: Int32Array, count: number): ExampleOrder {
  const spread = Math.min(count, order.steps)
  const updates = [
    longestBatch(order, lengths),
    ...Array.from({ length: spread }, (_, index) => Math.floor(((index + 0.5) * order.steps) / spread)),
  ]
  return { ...order, steps: updates.length, batchAt: (step) => order.batchAt(updates[step]!) }
}

/** Later epochs draw batches of the same examples, hardly longer ones. */
const searchedEpochs = 10

function longestBatch(order: ExampleOrder, lengths: Int32Array): number {
  let [longest, most] = [0, 0]
  for (let update = 0; update < Math.min(order.steps, searchedEpochs * order.stepsPerEpoch); update++) {
    const batch = order.batchAt(update)
    const tokens = batch.reduce((sum, example) => sum + lengths[example]!, 0)
    const width = batch.reduce((widest, example) => Math.max(widest, lengths[example]!), 0)
    // Attention is as large as the longest example for all of them, the rest as all tokens.
    const size = tokens + batch.length * width
    if (size > most) [longest, most] = [update, size]
  }
  return longest
}
