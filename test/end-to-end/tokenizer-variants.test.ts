import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import { fastTokenizer } from '../../src/tokenizer/fast/fast-tokenizer.ts'
import { serdeFloat } from '../../src/tokenizer/fast/serde-float.ts'
import { parseSentencePieceModel } from '../../src/tokenizer/sentencepiece/model.ts'
import { SentencePiece } from '../../src/tokenizer/sentencepiece/sentence-piece.ts'
import type { Tokenizer } from '../../src/tokenizer/tokenizer.ts'

interface Case {
  text?: string
  ids: number[]
  plain?: number[]
  decoded?: string
  raw?: string
}

type Variant = { name: string; cases: Case[] } & (
  | { kind: 'spiece'; model: string }
  | { kind: 'fast'; tokenizer: string }
  | { kind: 'scores'; pairs: [number, number][] }
  | {
      kind: 'folder'
      files: Record<string, string>
      size: number
      pad: number
      eos: number
      unk: number
      sentinels: number[]
    }
)

const file = process.env.FUZZ_FILE ?? join(import.meta.dirname, '../fixtures/tokenizers/variants.jsonl.gz')
const variants = gunzipSync(readFileSync(file))
  .toString('utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Variant)

const temporary = mkdtempSync(join(tmpdir(), 'reteach-tokenizers-'))
afterAll(() => rmSync(temporary, { recursive: true }))

function loadFolder(files: Record<string, string>): Tokenizer {
  const folder = mkdtempSync(join(temporary, 'folder-'))
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), name === 'spiece.model' ? Buffer.from(content, 'base64') : content)
  }
  return loadTokenizer(folder)
}

/** Every field that the case has, as this tokenizer gives it. */
function given(tokenizer: Tokenizer, { text, ids, plain, decoded, raw }: Case, withEos: boolean): Case {
  return {
    ...(text === undefined ? {} : { text }),
    ids: text === undefined ? ids : [...tokenizer.encode(text, { addEos: withEos })],
    ...(text === undefined || plain === undefined ? {} : { plain: [...tokenizer.encode(text, { addEos: false })] }),
    ...(decoded === undefined ? {} : { decoded: tokenizer.decode(ids) }),
    ...(raw === undefined ? {} : { raw: tokenizer.decode(ids, { skipSpecialTokens: false }) }),
  }
}

describe('a spiece.model', () => {
  for (const variant of variants.filter(({ kind }) => kind === 'spiece')) {
    it(`${variant.name}: ids and text as sentencepiece gives them`, () => {
      if (variant.kind !== 'spiece') return
      const pieces = new SentencePiece(parseSentencePieceModel(Buffer.from(variant.model, 'base64'), variant.name))
      for (const { text, ids, decoded } of variant.cases) {
        if (text !== undefined) expect([text, ...pieces.encode(text)]).toEqual([text, ...ids])
        expect([ids, pieces.decode(ids)]).toEqual([ids, decoded])
      }
    })
  }
})

describe('a tokenizer.json', () => {
  for (const variant of variants.filter(({ kind }) => kind === 'fast')) {
    it(`${variant.name}: ids and text as tokenizers gives them`, () => {
      if (variant.kind !== 'fast') return
      const tokenizer = fastTokenizer(variant.tokenizer)
      for (const wanted of variant.cases) expect(given(tokenizer, wanted, true)).toEqual(wanted)
    })
  }
})

describe('a model folder', () => {
  for (const variant of variants.filter(({ kind }) => kind === 'folder')) {
    it(`${variant.name}: special tokens as transformers loads them`, () => {
      if (variant.kind !== 'folder') return
      const tokenizer = loadFolder(variant.files)
      const { vocabSize: size, padId: pad, eosId: eos, unkId: unk } = tokenizer
      expect({ size, pad, eos, unk }).toEqual({
        size: variant.size,
        pad: variant.pad,
        eos: variant.eos,
        unk: variant.unk,
      })
      if (variant.sentinels.length > 0) expect(tokenizer.sentinelIds).toEqual(variant.sentinels)
      for (const wanted of variant.cases) expect(given(tokenizer, wanted, true)).toEqual(wanted)
    })
  }
})

it('serdeFloat() gives the scores that tokenizers reads', () => {
  const pairs = variants.flatMap((variant) => (variant.kind === 'scores' ? variant.pairs : []))
  expect(pairs.filter(([score, read]) => score !== read).length).toBeGreaterThan(20)
  for (const [score, read] of pairs) expect([score, serdeFloat(score)]).toEqual([score, read])
})

it('the golden holds all kinds', () => {
  const kinds = new Set(variants.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['fast', 'folder', 'scores', 'spiece'])
})
