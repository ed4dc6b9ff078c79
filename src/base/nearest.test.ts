import { expect, it } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

it.each([
  ['titel', ['title', 'text'], 'title'],
  ['SOURCE', ['source'], 'source'],
  ['learning-rat', ['learning_rate', 'batch'], 'learning_rate'],
  ['x', ['xs', 'y'], 'xs'],
  ['labels', ['label', 'text'], 'label'],
])('%s is near to one of %j', (name, candidates, found) => {
  expect(nearest(name, candidates)).toBe(found)
})

it.each([
  ['a', ['b']],
  ['a', ['b', 'cd']],
  ['id', ['xy', 'q']],
  ['title', ['reviews']],
  ['', ['a']],
])('%j is near to none of %j', (name, candidates) => {
  expect(nearest(name, candidates)).toBeUndefined()
  expect(didYouMean(name, candidates)).toBe('')
})
