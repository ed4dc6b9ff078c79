import { expect, test } from 'vitest'
import { fittingPasses, type PassBound } from './fitting-passes.ts'

const example = (target: number, source = 3) => ({ source: new Int32Array(source), target: new Int32Array(target) })
/** Of a model whose largest tensor has ten elements a target token. */
function weights(mostElements: number) {
  const largestTensor = (examples: readonly { target: Int32Array }[]) =>
    10 * examples.reduce((sum, { target }) => sum + target.length, 0)
  return { architecture: { largestTensor }, model: { mostElements } }
}

interface Options {
  readonly most?: number
  readonly size?: number
  readonly bound?: PassBound
}

/** The passes of a batch of such target lengths, each example as its length. */
function passesOf(targets: readonly number[], { most = Number.POSITIVE_INFINITY, size, bound }: Options): number[][] {
  const passes = fittingPasses(
    weights(most),
    targets.map((target) => example(target)),
    size,
    bound,
  )
  expect(passes.flat().toSorted((a, b) => a - b)).toEqual([...targets.keys()])
  return passes.map((places) => places.map((at) => targets[at]!))
}

/** At most so many target tokens. */
const upTo = (most: number): PassBound => ({
  fits: (some) => some.reduce((sum, { target }) => sum + target.length, 0) <= most,
})

test('fittingPasses() leaves a batch in its order where one pass takes it', () => {
  expect(passesOf([4, 1, 9, 1], {})).toEqual([[4, 1, 9, 1]])
  expect(passesOf([4, 9], { size: 2, most: 130, bound: upTo(13) })).toEqual([[4, 9]])
  expect(passesOf([], {})).toEqual([])
})

test('fittingPasses() cuts by the number of examples and by target tokens where a tensor would not fit, the longest first', () => {
  const targets = [4, 5, 9, 1, 1, 1]
  expect(passesOf(targets, { size: 4 })).toEqual([
    [9, 5, 4, 1],
    [1, 1],
  ])
  expect(passesOf(targets, { most: 100 })).toEqual([[9], [5, 4, 1], [1, 1]])
  expect(passesOf(targets, { most: 100, size: 1 })).toEqual([[9], [5], [4], [1], [1], [1]])
})

test('fittingPasses() sorts by the side that has more tokens in all, then by the other, and else as they come', () => {
  const examples = [example(9, 3), example(2, 8), example(4, 7), example(5, 8), example(2, 8)]
  expect(fittingPasses(weights(Number.POSITIVE_INFINITY), examples, 2)).toEqual([[3, 1], [4, 2], [0]])
  const turned = examples.map(({ source, target }) => ({ source: target, target: source }))
  expect(fittingPasses(weights(Number.POSITIVE_INFINITY), turned, 2)).toEqual([[3, 1], [4, 2], [0]])
})

test('fittingPasses() cuts where a pass would be beyond a bound, but asks nothing of a single example', () => {
  expect(passesOf([2, 3, 1, 9, 4], { bound: upTo(5) })).toEqual([[9], [4], [3], [2, 1]])
  expect(passesOf([2, 3, 1, 9, 4], { bound: upTo(5), size: 1 })).toEqual([[9], [4], [3], [2], [1]])
})

test('fittingPasses() makes passes within a bound of as many tokens as they can have alike', () => {
  const lengths = (targets: readonly number[], most: number, size?: number) =>
    passesOf(targets, { bound: upTo(most), ...(size !== undefined && { size }) }).map(({ length }) => length)
  expect(lengths([1, 1, 1, 1, 1], 4)).toEqual([3, 2])
  expect(lengths(new Array<number>(16).fill(1), 7)).toEqual([6, 6, 4])
  expect(lengths([1, 1, 1, 1, 1, 1], 5, 4)).toEqual([3, 3])
  expect(passesOf([20, 1, 22, 2, 1, 21, 1, 1], { bound: upTo(68) })).toEqual([
    [22, 21],
    [20, 2, 1, 1, 1, 1],
  ])
  expect(passesOf([1, 1, 1, 4], { bound: upTo(4) })).toEqual([[4], [1, 1, 1]])
  expect(passesOf([1, 1, 1, 1, 1], { size: 4 })).toEqual([[1, 1, 1, 1], [1]])
})

test('fittingPasses() asks about few of the cuts that a large batch may have', () => {
  let asked = 0
  const fits = (some: readonly unknown[]) => {
    asked++
    return some.length <= 100
  }
  const passes = passesOf(new Array<number>(1024).fill(1), { bound: { fits }, size: 1024 })
  expect(passes).toHaveLength(11)
  expect(Math.min(...passes.map(({ length }) => length))).toBeGreaterThan(60)
  expect(asked).toBeLessThan(200)
})

test('fittingPasses() says which example is too long for the device', () => {
  expect(() => fittingPasses(weights(80), [example(4), example(9)])).toThrow(
    'an example of 3 source and 9 target tokens',
  )
})
