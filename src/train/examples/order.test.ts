import { describe, expect, test } from 'vitest'
import { exampleOrder } from './order.ts'

const lengths = Int32Array.from({ length: 10 }, (_, i) => ((i * 7) % 10) + 1)
const epochOf = (order: ReturnType<typeof exampleOrder>, epoch: number): number[] =>
  Array.from({ length: order.stepsPerEpoch }, (_, at) => [...order.batchAt(epoch * order.stepsPerEpoch + at)]).flat()

test('exampleOrder() keeps the order of the file, ends an epoch with a smaller batch and goes round again', () => {
  const order = exampleOrder({ batch: 4, steps: 7, order: 'file', seed: 1 }, lengths)
  expect(order.stepsPerEpoch).toBe(3)
  expect(order.steps).toBe(7)
  expect([...order.batchAt(2)]).toEqual([8, 9])
  expect([...order.batchAt(3)]).toEqual([0, 1, 2, 3])
})

test('exampleOrder() shuffles every example once an epoch, anew in each and by the seed', () => {
  const order = exampleOrder({ batch: 3, epochs: 2, order: 'shuffle', seed: 5 }, lengths)
  expect(order.steps).toBe(8)
  const [first, second] = [epochOf(order, 0), epochOf(order, 1)]
  expect([...first].sort((a, b) => a - b)).toEqual([...lengths.keys()])
  expect(first).not.toEqual(second)
  expect(epochOf(exampleOrder({ batch: 3, epochs: 2, order: 'shuffle', seed: 5 }, lengths), 1)).toEqual(second)
  expect(epochOf(exampleOrder({ batch: 3, epochs: 2, order: 'shuffle', seed: 6 }, lengths), 0)).not.toEqual(first)
})

describe('exampleOrder() with groups', () => {
  // Examples 0, 3, 6, 9 are of the first group, the other six of the second.
  const groups = Int32Array.from({ length: 10 }, (_, i) => (i % 3 === 0 ? 0 : 1))
  const settings = { batch: 2, epochs: 2, seed: 7 } as const
  const batchesOf = (order: ReturnType<typeof exampleOrder>, epoch: number): number[][] =>
    Array.from({ length: order.stepsPerEpoch }, (_, at) => [...order.batchAt(epoch * order.stepsPerEpoch + at)])
  const groupsIn = (batch: readonly number[]): number => new Set(batch.map((example) => groups[example])).size

  test.each(['shuffle', 'length', 'file'] as const)('keeps each batch within its group, order %s', (order) => {
    const laid = exampleOrder({ ...settings, order }, lengths, groups)
    expect(laid.stepsPerEpoch).toBe(5)
    expect(laid.steps).toBe(10)
    for (const epoch of [0, 1]) {
      const batches = batchesOf(laid, epoch)
      expect(batches.map(groupsIn)).toEqual([1, 1, 1, 1, 1])
      expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()])
    }
  })

  test('shuffles rows and batches anew in each epoch, and gives any update by itself', () => {
    const many = Int32Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? 0 : 1))
    const order = (): ReturnType<typeof exampleOrder> =>
      exampleOrder({ batch: 4, epochs: 3, order: 'shuffle', seed: 7 }, many, many)
    const [first, second] = [batchesOf(order(), 0), batchesOf(order(), 1)]
    const kinds = (batches: readonly number[][]): number[] => batches.map(([example]) => many[example!]!)
    expect(kinds(first).filter((kind) => kind === 0)).toHaveLength(10)
    expect(kinds(first)).not.toEqual(kinds(second))
    expect(new Set(first.map((batch) => batch.join()))).not.toEqual(new Set(second.map((batch) => batch.join())))
    expect([...order().batchAt(50 + 17)]).toEqual(second[17])
  })

  test('ends each group with a smaller batch, in the order of the file', () => {
    const laid = exampleOrder({ batch: 3, epochs: 1, order: 'file', seed: 1 }, lengths, groups)
    expect(batchesOf(laid, 0)).toEqual([[0, 3, 6], [1, 2, 4], [5, 7, 8], [9]])
  })
})

test('exampleOrder() gives any update without those before it, as a resumed lesson needs', () => {
  const settings = { batch: 2, epochs: 3, order: 'shuffle', seed: 9 } as const
  const played = exampleOrder(settings, lengths)
  const all = Array.from({ length: played.steps }, (_, step) => [...played.batchAt(step)])
  expect([...exampleOrder(settings, lengths).batchAt(12)]).toEqual(all[12])
})

test('exampleOrder() by length sorts stretches longest first and begins with the longest of all', () => {
  const many = Int32Array.from({ length: 1000 }, (_, i) => ((i * 389) % 997) + 1)
  const order = exampleOrder({ batch: 4, epochs: 1, order: 'length', seed: 3 }, many)
  const epoch = epochOf(order, 0)
  expect([...epoch].sort((a, b) => a - b)).toEqual([...many.keys()])
  expect(many[epoch[0]!]).toBe(Math.max(...many))
  const spread = (batch: Int32Array): number => {
    const found = [...batch].map((example) => many[example]!)
    return Math.max(...found) - Math.min(...found)
  }
  // 50 batches of 4 a stretch, lengths spread over 1 to 997: neighbours differ by about 5, so a batch by about 15.
  const spreads = Array.from({ length: order.stepsPerEpoch }, (_, step) => spread(order.batchAt(step)))
  expect(spreads.filter((value) => value < 60).length).toBeGreaterThan(spreads.length * 0.9)
})

test('exampleOrder() makes a part of an epoch of a fractional number of epochs', () => {
  expect(exampleOrder({ batch: 4, epochs: 1.5, order: 'file', seed: 1 }, lengths).steps).toBe(5)
})
