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

it.each(['\n', '\t', '\n\n', '  '])('an added token %j that the normalizer leaves nothing of is refused', (content) => {
  expect(withToken(content, true)).toThrow(`Cannot use the added token ${JSON.stringify(content)} of the tokenizer`)
  expect(withToken(content, true)).toThrow('as its normalizer leaves nothing of it: add it with normalized=False')
})

it('the same token is looked for in the text as it is where it is added so', () => {
  // As the tokenizers library has it, which numbers added tokens anew.
  expect(withToken('\n', false)()).toEqual([5, 251, 514, 60, 13, 36, 1])
})
