import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { JsonNode, parseJsonFile } from '../parts/json-node.ts'
import { textNormalizer } from './normalizers.ts'

const file = new URL('../../../test/fixtures/tokenizers/en/tokenizer.json', import.meta.url)
const precompiled = JSON.parse(readFileSync(file, 'utf8')).normalizer

const normalize = (settings: unknown, text: string, fromFirst: number): [string, number] => {
  const node = parseJsonFile(JSON.stringify({ normalizer: settings }), 'x').get('normalizer')
  const result = textNormalizer(node, 'x')({ text, fromFirst })
  return [result.text, result.fromFirst]
}

// Which of the characters still stand where the first one stood: what `prepend_scheme: "first"` asks.
it('textNormalizer() knows what became of the first character: Precompiled', () => {
  expect(normalize(precompiled, 'ab', 1)).toEqual(['ab', 1])
  expect(normalize(precompiled, 'ab', 0)).toEqual(['ab', 0])
  expect(normalize(precompiled, '\u00b8b', 1)).toEqual([' \u0327b', 2])
  expect(normalize(precompiled, '\u0001ab', 1)).toEqual(['ab', 1])
  expect(normalize(precompiled, '\u0001', 1)).toEqual(['', 0])
  expect(normalize(precompiled, 'e\u0301b', 1)).toEqual(['\u00e9b', 1])
  expect(normalize(precompiled, '\ufb01x', 1)).toEqual(['fix', 2])
})

it('textNormalizer() knows what became of the first character: Strip, Replace, Prepend, Nmt', () => {
  expect(normalize({ type: 'Strip', strip_left: true, strip_right: true }, ' ab ', 1)).toEqual(['ab', 0])
  expect(normalize({ type: 'Strip', strip_left: true, strip_right: true }, 'ab ', 1)).toEqual(['ab', 1])
  const replace = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' }
  expect(normalize(replace, '   ab', 1)).toEqual(['▁ab', 0])
  expect(normalize(replace, 'a   b', 1)).toEqual(['a▁b', 1])
  expect(normalize({ type: 'Replace', pattern: { String: 'a' }, content: 'xy' }, 'ab', 1)).toEqual(['xyb', 2])
  expect(normalize({ type: 'Prepend', prepend: '▁' }, 'ab', 1)).toEqual(['▁ab', 2])
  expect(normalize({ type: 'Prepend', prepend: '▁' }, '', 0)).toEqual(['', 0])
  expect(normalize({ type: 'Nmt' }, '\u0001ab\u200b', 1)).toEqual(['ab ', 0])
})

it('textNormalizer() leaves characters alone that Unicode 9 did not have', () => {
  // U+32FF is of Unicode 12.1, U+16D67 twice would be composed since Unicode 16.
  expect(normalize({ type: 'NFKC' }, '㋿ﬁ\u{16d67}\u{16d67}e\u0301', 1)[0]).toBe('㋿fi\u{16d67}\u{16d67}\u00e9')
})

it('textNormalizer() refuses steps that make a text out of proportion, in whatever order they stand', () => {
  const replace = { type: 'Replace', pattern: { String: 'a' }, content: 'aaaaaaaaaa' }
  const nested = { type: 'Sequence', normalizers: [replace, { type: 'Sequence', normalizers: Array(9).fill(replace) }] }
  const prepended = { type: 'Sequence', normalizers: Array(40).fill({ type: 'Prepend', prepend: 'x'.repeat(50_000) }) }
  for (const tree of [nested, prepended]) {
    const grow = textNormalizer(new JsonNode(tree, 'normalizer', 'x'), 'x')
    expect(() => grow({ text: 'a', fromFirst: 1 })).toThrow(/normalizers\[\d+\].* makes a text of more than 1048576/)
  }
})

it('textNormalizer() refuses a pattern that does not end in good time, and takes it where it does', () => {
  const tree = { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' }
  const guarded = textNormalizer(new JsonNode(tree, 'normalizer', 'x'), 'x')
  expect(guarded({ text: 'baa', fromFirst: 1 }).text).toBe('b')
  expect(() => guarded({ text: `${'a'.repeat(50)}!`, fromFirst: 1 })).toThrow(
    /"x" as the pattern "\(a\+\)\+.* \(normalizer.pattern.Regex\)/,
  )
})
