import { expect, test } from 'vitest'
import { Matches } from './matches.ts'
import { UniqueTexts } from './unique-texts.ts'

const splitsOf = (...splits: string[][]) => splits.map((texts, at) => ({ task: 'a', split: String(at), texts }))

test('Matches keeps the most similar partner of each text, in whatever order they are found', () => {
  const texts = new UniqueTexts(splitsOf(['first', 'second', 'third'], ['held']), () => {})
  const held = 3
  for (const order of [
    [0.75, 0.875, 0.8],
    [0.875, 0.8, 0.75],
  ]) {
    const matches = new Matches(texts)
    for (const [text, similarity] of order.entries()) matches.add(text, held, similarity)
    const row = order.indexOf(0.875)
    const inTrain = matches.leaks(3).find(({ of }) => of === 1)
    expect(inTrain).toEqual({
      of: 1,
      in: 0,
      exact: [],
      near: [0],
      examples: [{ row: 0, other: row, similarity: 0.875 }],
    })
  }
})

test('Matches shows the most similar rows, of equals the first ones', () => {
  const texts = new UniqueTexts(splitsOf(['train'], ['a', 'b', 'c', 'd']), () => {})
  const matches = new Matches(texts)
  for (const [row, similarity] of [0.75, 0.875, 0.75, 0.875].entries()) matches.add(0, row + 1, similarity)
  const examples = (most: number) =>
    matches
      .leaks(most)
      .find(({ of }) => of === 1)!
      .examples.map(({ row }) => row)
  expect(examples(3)).toEqual([1, 3, 0])
  expect(examples(0)).toEqual([])
})
