import { describe, expect, it } from 'vitest'
import { exampleOrder } from './order.ts'
import { sampledOrder } from './sampled-order.ts'

const lengths = Int32Array.from({ length: 40 }, (_, i) => (i === 26 ? 90 : 10 + (i % 7)))
const lesson = { batch: 4, epochs: 3, order: 'file', seed: 1 } as const

describe('sampledOrder()', () => {
  it('begins with the longest batch and goes on through the whole lesson', () => {
    const { steps, stepsPerEpoch, batchAt } = sampledOrder(exampleOrder(lesson, lengths), lengths, 3)
    expect([steps, stepsPerEpoch]).toEqual([4, 10])
    const first = [0, 1, 2, 3].map((step) => batchAt(step)[0])
    // Updates 6, 5, 15 and 25 of 30, of 10 an epoch.
    expect(first).toEqual([24, 20, 20, 20])
  })

  it('takes a batch with one long row for longer than one with more tokens', () => {
    const rows = Int32Array.of(10, 10, 10, 10, 1, 30, 1, 1)
    const order = exampleOrder({ ...lesson, epochs: 1 }, rows)
    expect([...sampledOrder(order, rows, 2).batchAt(0)]).toEqual([4, 5, 6, 7])
  })

  it('has no more updates than the lesson, besides the first', () => {
    const whole = exampleOrder(lesson, lengths)
    const sampled = sampledOrder(whole, lengths, 1000)
    expect(sampled.steps).toBe(31)
    for (let step = 0; step < 30; step++) expect(sampled.batchAt(step + 1)).toEqual(whole.batchAt(step))
  })
})
