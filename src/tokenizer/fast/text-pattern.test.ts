import { expect, test } from 'vitest'
import { JsonNode } from '../parts/json-node.ts'
import { textPattern } from './text-pattern.ts'

const punctuation = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']

/** What is matched of a text. */
function matched(pattern: Readonly<Record<string, string>>, text: string): string[] {
  return textPattern(new JsonNode(pattern, '', 'tokenizer.json'))(text).map(([start, end]) => text.slice(start, end))
}

test('textPattern() takes a string for every character as it is', () => {
  for (const char of punctuation) {
    expect(matched({ String: char }, punctuation.join('a'))).toEqual([char])
    expect(matched({ String: `${char}>` }, `a${char}>b${char}${char}>`)).toEqual([`${char}>`, `${char}>`])
  }
})

test('textPattern() takes escaped punctuation for itself, within brackets and without', () => {
  for (const char of punctuation) {
    expect(matched({ Regex: `\\${char}` }, punctuation.join('a'))).toEqual([char])
    expect(matched({ Regex: `[0\\${char}9]` }, `${punctuation.join('a')}5`)).toEqual([char])
  }
})
