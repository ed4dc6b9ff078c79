import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fastTokenizer, sentencePieceTokenizer } from './tokenizer.ts'

const fixtures = new URL('../../test/fixtures/tokenizers/', import.meta.url)
const jsonLines = <T>(name: string): T[] =>
  readFileSync(new URL(name, fixtures), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

interface Case {
  text: string
  spm: number[]
  spm_decoded: string
  fast: number[]
  fast_decoded: string
  fast_decoded_raw: string
}

for (const folder of ['en', 'multi']) {
  const cases = jsonLines<Case>(`${folder}/cases.jsonl`)

  describe(`sentencePieceTokenizer() on ${folder}`, () => {
    const tokenizer = sentencePieceTokenizer(readFileSync(new URL(`${folder}/spiece.model`, fixtures)))

    it(`encodes ${cases.length} texts as sentencepiece does, </s> added`, () => {
      for (const { text, spm } of cases) expect([text, ...tokenizer.encode(text)]).toEqual([text, ...spm, 1])
    })

    it('decodes them as sentencepiece does', () => {
      for (const { text, spm, spm_decoded } of cases) expect([text, tokenizer.decode(spm)]).toEqual([text, spm_decoded])
    })
  })

  describe(`fastTokenizer() on ${folder}`, () => {
    const tokenizer = fastTokenizer(readFileSync(new URL(`${folder}/tokenizer.json`, fixtures), 'utf8'))

    it(`encodes ${cases.length} texts as tokenizers does`, () => {
      for (const { text, fast } of cases) expect([text, ...tokenizer.encode(text)]).toEqual([text, ...fast])
    })

    it('decodes them as tokenizers does, with and without special tokens', () => {
      for (const { text, fast, fast_decoded, fast_decoded_raw } of cases) {
        expect([text, tokenizer.decode(fast)]).toEqual([text, fast_decoded])
        expect([text, tokenizer.decode(fast, { skipSpecialTokens: false })]).toEqual([text, fast_decoded_raw])
      }
    })

    it('cuts to maxLength and keeps </s>', () => {
      const cuts = jsonLines<{ text: string; max_length: number; fast: number[] }>(`${folder}/truncation.jsonl`)
      for (const { text, max_length, fast } of cuts) {
        expect([...tokenizer.encode(text, { maxLength: max_length })]).toEqual(fast)
      }
    })
  })
}
