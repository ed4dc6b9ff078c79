import { expect, test } from 'vitest'
import { sayOnce } from './say-once.ts'

test('sayOnce() says the same sentence once, and each other one', () => {
  const said: string[] = []
  const say = sayOnce((sentence) => void said.push(sentence))
  for (const sentence of ['a', 'b', 'a', 'a', 'c']) say(sentence)
  expect(said).toEqual(['a', 'b', 'c'])
})
