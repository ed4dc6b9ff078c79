import { expect, it } from 'vitest'
import { cutSentence } from './cut-sentence.ts'

it('cutSentence tells which sources are longer than what is read of them', () => {
  expect(cutSentence([64, 3], 64)).toBeUndefined()
  expect(cutSentence([65], 64)).toBe('The source has 65 tokens: the model reads the first 64')
  expect(cutSentence([65, 3, 90], 64)).toBe('2 of 3 sources have more than 64 tokens: the model reads no more of them')
})
