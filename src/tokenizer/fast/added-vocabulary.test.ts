import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { fixture } from '../../../test/rig/study-folder.ts'
import { loadTokenizer } from '../../pretrained/tokenizer-folder.ts'

/** The tokenizer of a model with one more token, as `add_tokens` of transformers adds it. */
function withToken(content: string, normalized: boolean): () => number[] {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-added-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(fixture('models/tiny-t5'), folder, { recursive: true })
  const file = join(folder, 'tokenizer.json')
  const json = JSON.parse(readFileSync(file, 'utf8'))
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized, special: false }
  json.added_tokens.push({ id: 9000, content, ...flags })
  writeFileSync(file, JSON.stringify(json))
  return () => [...loadTokenizer(folder).encode('one\ntwo')]
}

/** The tokenizer of a model with more tokens, special or stripping. */
function withTokens(tokens: readonly object[], settings: object = {}): (text: string) => number[] {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-added-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(fixture('models/tiny-t5'), folder, { recursive: true })
  const file = join(folder, 'tokenizer.json')
  const json = JSON.parse(readFileSync(file, 'utf8'))
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false }
  for (const token of tokens) json.added_tokens.push({ id: 9000, ...flags, ...token })
  writeFileSync(file, JSON.stringify(json))
  const config = join(folder, 'tokenizer_config.json')
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), ...settings }))
  const tokenizer = loadTokenizer(folder)
  return (text) => [...tokenizer.encode(text)]
}

it('a token that the one before it has taken with its white space is not there again', () => {
  const encode = withTokens([
    { content: '\n', lstrip: true, rstrip: true },
    { content: '[A]', rstrip: true },
  ])
  const [newline, mark] = [encode('\n')[0]!, encode('[A]')[0]!]
  const count = (text: string, id: number): number => encode(text).filter((one) => one === id).length
  expect(count('one\n\n\ntwo', newline)).toBe(1)
  expect(encode('one\n\n\ntwo')).toEqual(encode('one\ntwo'))
  expect(encode('one[A]\ntwo')).toEqual(encode('one[A]two'))
  expect(count('one[A]two[A]', mark)).toBe(2)
})

it('special tokens inside a text are cut like text where the settings say so', () => {
  const token = { content: '[S]', special: true }
  const usual = withTokens([token])
  const split = withTokens([token], { split_special_tokens: true })
  const [id] = usual('[S]')
  expect(usual('one [S] two')).toContain(id)
  expect(split('one [S] two')).not.toContain(id)
  expect(split('one two')).toEqual(usual('one two'))
})

it.each(['\n', '\t', '\n\n', '  '])('an added token %j that the normalizer leaves nothing of is refused', (content) => {
  expect(withToken(content, true)).toThrow(`Cannot use the added token ${JSON.stringify(content)} of the tokenizer`)
  expect(withToken(content, true)).toThrow('as its normalizer leaves nothing of it: add it with normalized=False')
})

it('the same token is looked for in the text as it is where it is added so', () => {
  // As the tokenizers library has it, which numbers added tokens anew.
  expect(withToken('\n', false)()).toEqual([5, 251, 514, 60, 13, 36, 1])
})
