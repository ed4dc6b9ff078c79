import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Fault } from '../base/fault.ts'
import { byt5Tokenizer } from './byt5/byt5-tokenizer.ts'
import { fastTokenizer } from './fast/fast-tokenizer.ts'
import { parseSentencePieceModel } from './sentencepiece/model.ts'
import { SentencePiece } from './sentencepiece/sentence-piece.ts'
import { t5Tokenizer } from './sentencepiece/t5-tokenizer.ts'
import { type SettingsFiles, tokenizerSettings } from './settings.ts'
import { slowSettings } from './slow/slow-settings.ts'
import type { Tokenizer } from './tokenizer.ts'

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
  slow: number[]
  fast: number[]
  fast_decoded: string
  fast_decoded_raw: string
}

for (const folder of ['en', 'multi']) {
  const cases = jsonLines<Case>(`${folder}/cases.jsonl`)

  describe(`SentencePiece on ${folder}`, () => {
    const bytes = readFileSync(new URL(`${folder}/spiece.model`, fixtures))
    const pieces = new SentencePiece(parseSentencePieceModel(bytes, 'spiece.model'))

    it(`encodes ${cases.length} texts as sentencepiece does`, () => {
      for (const { text, spm } of cases) expect([text, ...pieces.encode(text)]).toEqual([text, ...spm])
    })

    it('decodes them as sentencepiece does', () => {
      for (const { text, spm, spm_decoded } of cases) expect([text, pieces.decode(spm)]).toEqual([text, spm_decoded])
    })
  })

  describe(`t5Tokenizer() on ${folder}`, () => {
    const text = readFileSync(new URL(`${folder}/tokenizer_config.json`, fixtures), 'utf8')
    const settings = slowSettings({ tokenizerConfig: { name: 'tokenizer_config.json', text } })
    const tokenizer = t5Tokenizer(readFileSync(new URL(`${folder}/spiece.model`, fixtures)), settings)

    it(`encodes ${cases.length} texts as transformers' T5Tokenizer does`, () => {
      for (const { text, slow } of cases) expect([text, ...tokenizer.encode(text)]).toEqual([text, ...slow])
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

const spiece = readFileSync(new URL('multi/spiece.model', fixtures))
const json = readFileSync(new URL('en/tokenizer.json', fixtures), 'utf8')

const cutAt = (side: string): SettingsFiles => ({
  tokenizerConfig: { name: 'tokenizer_config.json', text: JSON.stringify({ truncation_side: side }) },
})

describe('Tokenizer', () => {
  const tokenizers = {
    'spiece.model': t5Tokenizer(spiece, { extraIds: 3 }),
    'tokenizer.json': fastTokenizer(json),
  }

  it.each<[string, (side: string) => Tokenizer]>([
    ['spiece.model', (side) => t5Tokenizer(spiece, { extraIds: 3, ...slowSettings(cutAt(side)) })],
    ['tokenizer.json', (side) => fastTokenizer(json, tokenizerSettings(cutAt(side)))],
    ['ByT5', (side) => byt5Tokenizer(slowSettings(cutAt(side)))],
  ])('of a %s cuts texts at the end that the settings say', (_, open) => {
    const text = 'the garden and the river'
    const left = open('left')
    const whole = [...open('right').encode(text)]
    for (let maxLength = 1; maxLength <= whole.length + 1; maxLength++) {
      const kept = whole.slice(0, -1).slice(Math.max(0, whole.length - maxLength))
      expect([...left.encode(text, { maxLength })]).toEqual([...kept, 1])
    }
    expect([...left.encode(text)]).toEqual(whole)
    expect(() => open('lef')).toThrow('side "lef"')
  })

  it('takes extra_ids for the number of sentinels of the classes that know it', () => {
    const extraIds = (tokenizer_class?: string): number | undefined => {
      const text = JSON.stringify({ tokenizer_class, extra_ids: 7 })
      return tokenizerSettings({ tokenizerConfig: { name: 'tokenizer_config.json', text } }).extraIds
    }
    expect([extraIds('T5TokenizerFast'), extraIds(), extraIds('PreTrainedTokenizerFast')]).toEqual([7, 7, undefined])
  })

  it('of a tokenizer.json cuts at the end that it says itself where the settings say none', () => {
    const asked = {
      ...JSON.parse(json),
      truncation: { direction: 'Left', max_length: 3, strategy: 'LongestFirst', stride: 0 },
    }
    const text = 'the garden and the river'
    const whole = [...fastTokenizer(json).encode(text)]
    expect([...fastTokenizer(JSON.stringify(asked)).encode(text, { maxLength: 4 })]).toEqual(whole.slice(-4))
    const right = fastTokenizer(JSON.stringify(asked), { truncationSide: 'right' })
    expect([...right.encode(text, { maxLength: 4 })]).toEqual([...whole.slice(0, 3), 1])
  })

  for (const [name, tokenizer] of Object.entries(tokenizers)) {
    it(`of a ${name} takes a lone surrogate for U+FFFD`, () => {
      for (const [text, same] of [
        ['a\ud800b', 'a\ufffdb'],
        ['\udc00', '\ufffd'],
        ['\ude00\ud83d', '\ufffd\ufffd'],
      ]) {
        expect(tokenizer.encode(text!)).toEqual(tokenizer.encode(same!))
      }
    })

    it(`of a ${name} says in words what is wrong with its arguments`, () => {
      expect(() => tokenizer.encode(5 as never)).toThrow('Wrong value of "text": it must be a text')
      expect(() => tokenizer.encode('a', { maxlength: 1 } as never)).toThrow('Unknown option "maxlength"')
      expect(() => tokenizer.decode('12' as never)).toThrow('Wrong value of "ids": it must be a list of ids')
    })

    it(`of a ${name} keeps </s> at every maxLength`, () => {
      const whole = [...tokenizer.encode('the garden and the river')]
      for (let maxLength = 1; maxLength <= whole.length + 1; maxLength++) {
        const kept = Math.min(maxLength, whole.length) - 1
        expect([...tokenizer.encode('the garden and the river', { maxLength })]).toEqual([...whole.slice(0, kept), 1])
        expect(tokenizer.encode('the garden', { maxLength, addEos: false }).length).toBeLessThanOrEqual(maxLength)
      }
      expect(() => tokenizer.encode('a', { maxLength: 0 })).toThrow(RangeError)
      expect(() => tokenizer.encode('a', { maxLength: 1.5 })).toThrow(RangeError)
    })

    it(`of a ${name} gives the same ids again, with a text that is kept in mind and one that is not`, () => {
      const text = `the garden ${'x'.repeat(200)} 你好 the garden`
      const first = tokenizer.encode(text)
      tokenizer.encode('another text 1 2 3')
      expect(tokenizer.encode(text)).toEqual(first)
    })

    it(`of a ${name} leaves ids out that are not in the vocabulary`, () => {
      const ids = [...tokenizer.encode('the garden')]
      expect(tokenizer.decode([-100, ...ids, 1e6, Number.NaN])).toBe(tokenizer.decode(ids))
    })

    it(`of a ${name} cuts a text of a million characters without a space`, () => {
      expect(tokenizer.encode('ab'.repeat(500_000)).length).toBeGreaterThan(100_000)
    })
  }

  it('of a spiece.model leaves out <extra_id_N> as special and writes it when asked to', () => {
    const tokenizer = tokenizers['spiece.model']
    expect(tokenizer.sentinelIds).toEqual([1002, 1001, 1000])
    expect(tokenizer.vocabSize).toBe(1003)
    const ids = [1002, ...tokenizer.encode('the garden')]
    expect(tokenizer.decode(ids)).toBe('the garden')
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe('<extra_id_0> the garden</s>')
  })
})

describe('sentinelIds', () => {
  const piece = (text: string, type: number): Buffer => {
    const bytes = Buffer.from(text)
    const body = Buffer.concat([Buffer.of(0x0a, bytes.length), bytes, Buffer.of(0x15, 0, 0, 0, 0, 0x18, type)])
    return Buffer.concat([Buffer.of(0x0a, body.length), body])
  }
  const model = (...words: string[]): Buffer =>
    Buffer.concat([
      piece('<pad>', 3),
      piece('</s>', 3),
      piece('<unk>', 2),
      ...words.map((word) => piece(word, 1)),
      Buffer.of(0x12, 0), // TrainerSpec with its defaults
    ])

  it('are the pieces of a vocabulary that has them, as a word or not', () => {
    const tokenizer = t5Tokenizer(model('▁a', '▁<extra_id_1>', '▁<extra_id_0>'))
    expect(tokenizer.sentinelIds).toEqual([5, 4])
    expect(tokenizer.vocabSize).toBe(6)
    // Pieces are text, in sentencepiece as in transformers.
    expect(tokenizer.decode([3, 5])).toBe('a <extra_id_0>')
    expect(tokenizer.decode([3, 5, 1], { skipSpecialTokens: false })).toBe('a <extra_id_0></s>')
  })

  it('are the last ids of a vocabulary that has none and is given none', () => {
    const words = Array.from({ length: 120 }, (_, i) => `▁w${i}`)
    const { sentinelIds } = t5Tokenizer(model(...words), { extraIds: 0 })
    expect(sentinelIds).toEqual(Array.from({ length: 100 }, (_, i) => 122 - i))
  })

  it('follow the pieces where nothing says how many there are', () => {
    const { sentinelIds, vocabSize } = t5Tokenizer(model('▁a'))
    expect([sentinelIds[0], sentinelIds[99], sentinelIds.length, vocabSize]).toEqual([103, 4, 100, 104])
  })
})

describe('a file that cannot be used', () => {
  const message = (read: () => unknown): string => {
    try {
      read()
    } catch (error) {
      if (error instanceof Fault) return error.message
      throw error
    }
    throw new Error('The file was read')
  }
  const edited = (edit: (file: Record<string, Record<string, unknown>>) => void): string => {
    const file = JSON.parse(json)
    edit(file)
    return message(() => fastTokenizer(JSON.stringify(file), { origin: 't.json' }))
  }

  it('is named with its unknown component', () => {
    expect(edited((file) => Object.assign(file.model!, { type: 'BPE' }))).toBe(
      'Cannot use the tokenizer "t.json" as it is a BPE model, which is not supported, and a model knows only its own ' +
        'tokens: start from a model with a tokenizer like that of T5, Flan-T5, mT5 (a Unigram spiece.model or ' +
        'tokenizer.json) or ByT5',
    )
    expect(
      edited((file) => {
        file.normalizer = { type: 'Sequence', normalizers: [{ type: 'StripAccents' }] }
      }),
    ).toMatch(/^Cannot use the tokenizer "t.json" as normalizer.normalizers\[0\] is a normalizer "StripAccents", which/)
    expect(
      edited((file) => {
        file.pre_tokenizer = { type: 'ByteLevel' }
      }),
    ).toContain('pre_tokenizer is a pre-tokenizer "ByteLevel"')
    expect(
      edited((file) => {
        file.decoder = { type: 'WordPiece' }
      }),
    ).toContain('decoder is a decoder "WordPiece"')
    expect(
      edited((file) => {
        file.post_processor = { type: 'RobertaProcessing' }
      }),
    ).toContain('post_processor is a post-processor "RobertaProcessing"')
    expect(
      edited((file) => {
        file.normalizer = { type: 'Replace', pattern: { Regex: '(?i)a' }, content: '' }
      }),
    ).toContain('normalizer.pattern.Regex is the regular expression "(?i)a", which is not supported')
  })

  it('is named with the field that is missing or of the wrong type', () => {
    expect(edited((file) => Object.assign(file.model!, { unk_id: null }))).toContain('model.unk_id is missing')
    expect(edited((file) => Object.assign(file.model!, { vocab: [['a', '1']] }))).toContain(
      'model.vocab[0] is no pair of a piece and its score',
    )
    expect(edited((file) => Object.assign(file.normalizer!, { precompiled_charsmap: 'AAAA' }))).toContain('t.json')
  })

  it('is named when it is cut or of another kind', () => {
    expect(message(() => t5Tokenizer(spiece.subarray(0, 5000), { origin: 'm.model' }))).toMatch(
      /^Cannot read "m.model" as it is no SentencePiece model or is cut/,
    )
    expect(message(() => t5Tokenizer(new Uint8Array(0), { origin: 'm.model' }))).toContain('has no pieces')
    expect(message(() => fastTokenizer(json.slice(0, 5000), { origin: 't.json' }))).toMatch(
      /^Cannot read "t.json" as it is no JSON/,
    )
    const endless = `{"model":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(message(() => fastTokenizer(endless, { origin: 't.json' }))).toBe(
      'Cannot read "t.json" as its values are nested more than 200 deep: get the file again',
    )
  })
})
