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

it.each([
  [
    'A\u0308rger',
    '\u00c4rger',
    ': "\u00c4rger" looks the same but is composed otherwise (Unicode NFC, the other NFD): write both alike, best in NFC',
  ],
  // Each syllable has three letters of its own.
  ['\u110b\u1173\u11b7\u1109\u1175\u11a8', '\uc74c\uc2dd', 'Unicode NFC, the other NFD'],
  [
    'Slow\u00a0Service',
    'Slow Service',
    ': "Slow Service" looks the same but differs in what cannot be seen (the other has U+00A0): write both alike',
  ],
  ['Cost', 'Co\u200bst\ufeff', '(it has U+200B and U+FEFF)'],
  ['pre\u2011tax', 'pre-tax', '(the other has U+2011)'],
])('didYouMean() says in what %j differs from %j, which looks the same', (name, known, hint) => {
  // One that is nearer by its letters comes first.
  expect(didYouMean(name, [name.slice(1), known])).toContain(hint)
})

it('didYouMean() is a question where a name looks otherwise', () => {
  expect(didYouMean('a\u0308rger', ['\u00c4rger'])).toBe(': did you mean "\u00c4rger"?')
})
