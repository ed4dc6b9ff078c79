import { expect, test } from 'vitest'
import { fittingPasses } from './fitting-passes.ts'

const example = (target: number) => ({ source: new Int32Array(3), target: new Int32Array(target) })
/** Of a model whose largest tensor has ten elements a target token. */
function weights(mostElements: number) {
  const largestTensor = (examples: readonly { target: Int32Array }[]) =>
    10 * examples.reduce((sum, { target }) => sum + target.length, 0)
  return { architecture: { largestTensor }, model: { mostElements } }
}

test('fittingPasses() cuts by the number of examples, and by target tokens where a tensor would not fit', () => {
  const examples = [4, 4, 9, 1, 1, 1].map(example)
  const ends = (most: number, size?: number) => fittingPasses(weights(most), examples, size).map(({ end }) => end)
  expect(ends(Number.POSITIVE_INFINITY)).toEqual([6])
  expect(ends(Number.POSITIVE_INFINITY, 4)).toEqual([4, 6])
  expect(ends(100)).toEqual([2, 4, 6])
  expect(ends(100, 1)).toEqual([1, 2, 3, 4, 5, 6])
  expect(ends(170)).toEqual([3, 6])
  expect(fittingPasses(weights(10), [])).toEqual([])
})

test('fittingPasses() cuts where a pass would be beyond a bound, but asks nothing of a single example', () => {
  const bound = {
    fits: (some: readonly { target: Int32Array }[]) => some.reduce((sum, { target }) => sum + target.length, 0) <= 5,
  }
  const ends = (size?: number) =>
    fittingPasses(weights(Number.POSITIVE_INFINITY), [2, 3, 1, 9, 4].map(example), size, bound).map(({ end }) => end)
  expect(ends()).toEqual([2, 3, 4, 5])
  expect(ends(1)).toEqual([1, 2, 3, 4, 5])
})

test('fittingPasses() makes passes within a bound as alike as they can be, and leaves sizes that are asked for', () => {
  const most = (tokens: number) => ({
    fits: (some: readonly { target: Int32Array }[]) =>
      some.reduce((sum, { target }) => sum + target.length, 0) <= tokens,
  })
  const ends = (targets: readonly number[], tokens: number, size?: number) =>
    fittingPasses(weights(Number.POSITIVE_INFINITY), targets.map(example), size, most(tokens)).map(({ end }) => end)
  expect(ends([1, 1, 1, 1, 1], 4)).toEqual([3, 5])
  expect(ends(new Array<number>(16).fill(1), 7)).toEqual([6, 12, 16])
  expect(ends([1, 1, 1, 1, 1, 1], 5, 4)).toEqual([3, 6])
  expect(ends([1, 1, 1, 4], 4)).toEqual([3, 4])
  expect(
    fittingPasses(weights(Number.POSITIVE_INFINITY), [1, 1, 1, 1, 1].map(example), 4).map(({ end }) => end),
  ).toEqual([4, 5])
})

test('fittingPasses() asks about few of the cuts that a large batch may have', () => {
  let asked = 0
  const fits = (some: readonly unknown[]) => {
    asked++
    return some.length <= 100
  }
  const passes = fittingPasses(weights(Number.POSITIVE_INFINITY), new Array<number>(1024).fill(1).map(example), 1024, {
    fits,
  })
  expect(passes.map(({ begin, end }) => end - begin)).toEqual([...new Array<number>(10).fill(94), 84])
  expect(asked).toBeLessThan(150)
})

test('fittingPasses() says which example is too long for the device', () => {
  expect(() => fittingPasses(weights(80), [4, 9].map(example))).toThrow('an example of 3 source and 9 target tokens')
})
