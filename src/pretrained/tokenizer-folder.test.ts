import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Fault } from '../base/fault.ts'
import { loadTokenizer, tokenizerFiles } from './tokenizer-folder.ts'

const fixtures = join(import.meta.dirname, '../../test/fixtures/tokenizers')
const temporary = mkdtempSync(join(tmpdir(), 'reteach-tokenizer-folder-'))
afterAll(() => rmSync(temporary, { recursive: true }))

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(temporary, 'folder-'))
  for (const [name, source] of Object.entries(files)) copyFileSync(join(fixtures, source), join(folder, name))
  return folder
}

describe('loadTokenizer()', () => {
  const text = 'fill <extra_id_0> the'

  it('prefers tokenizer.json to spiece.model', () => {
    const both = folderWith({ 'tokenizer.json': 'en/tokenizer.json', 'spiece.model': 'multi/spiece.model' })
    expect(loadTokenizer(both).vocabSize).toBe(514)
    const one = folderWith({ 'spiece.model': 'multi/spiece.model' })
    expect(loadTokenizer(one).vocabSize).toBe(1100)
    expect([...loadTokenizer(one).encode(text)]).toContain(1099)
  })

  it('takes the path of a single file, whatever a SentencePiece model is called', () => {
    const folder = folderWith({ 'words.model': 'multi/spiece.model', 'tokenizer.json': 'en/tokenizer.json' })
    expect(loadTokenizer(join(folder, 'tokenizer.json')).vocabSize).toBe(514)
    expect(loadTokenizer(join(folder, 'words.model')).encode('你')).not.toContain(2)
  })

  it("takes tokenizer_config.json by itself for a tokenizer only where it is ByT5's", () => {
    const files = { 'spiece.model': 'multi/spiece.model', 'tokenizer_config.json': 'multi/tokenizer_config.json' }
    const config = join(folderWith(files), 'tokenizer_config.json')
    expect(() => loadTokenizer(config)).toThrow(/as it only says how one is set: name the folder that it is in$/)
    writeFileSync(config, '{"tokenizer_class": "ByT5Tokenizer"}')
    expect([...loadTokenizer(config).encode('.')]).toEqual([49, 1])
  })

  it('takes the number of <extra_id_N> from tokenizer_config.json', () => {
    const files = { 'spiece.model': 'multi/spiece.model', 'tokenizer_config.json': 'multi/tokenizer_config.json' }
    const tokenizer = loadTokenizer(folderWith(files))
    expect(tokenizer.vocabSize).toBe(1000)
    expect(tokenizer.sentinelIds[0]).toBe(999)
  })

  it('names the folder and the wanted files when there is no tokenizer', () => {
    const empty = folderWith({})
    expect(() => loadTokenizer(empty)).toThrow(Fault)
    expect(() => loadTokenizer(empty)).toThrow(empty)
    expect(() => loadTokenizer(empty)).toThrow(/neither "tokenizer.json" nor "spiece.model"/)
    expect(() => loadTokenizer(join(empty, 'nowhere'))).toThrow(/no such file or folder/)
  })

  it("takes ByT5's bytes where tokenizer_config.json says so and no other tokenizer is there", () => {
    const folder = folderWith({})
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"tokenizer_class": "ByT5Tokenizer"}')
    const tokenizer = loadTokenizer(folder)
    expect([...tokenizer.encode('né <extra_id_1>.')]).toEqual([113, 198, 172, 35, 260, 49, 1])
    expect([tokenizer.padId, tokenizer.eosId, tokenizer.unkId, tokenizer.vocabSize]).toEqual([0, 1, 2, 384])
    expect(tokenizerFiles(folder)).toEqual([join(folder, 'tokenizer_config.json')])
    copyFileSync(join(fixtures, 'en/spiece.model'), join(folder, 'spiece.model'))
    expect([...loadTokenizer(folder).encode('.')]).not.toEqual([49, 1])
  })

  it('names the class of a tokenizer that is not supported, and advises no copying', () => {
    const message = (files: Record<string, string>): string => {
      const folder = folderWith({})
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      try {
        loadTokenizer(folder)
      } catch (error) {
        if (error instanceof Fault) return error.message.replaceAll(folder, 'FOLDER')
        throw error
      }
      throw new Error('The tokenizer was read')
    }
    const instead =
      'which is not supported, and a model knows only its own tokens: start from a model with a tokenizer like that of ' +
      'T5, Flan-T5, mT5 (a Unigram spiece.model or tokenizer.json) or ByT5'
    const bert = { 'vocab.txt': '[PAD]\n', 'tokenizer_config.json': '{"tokenizer_class": "BertTokenizer"}' }
    expect(message(bert)).toBe(
      `Cannot use the tokenizer of "FOLDER" as it is BertTokenizer (BERT's WordPiece, vocab.txt), ${instead}`,
    )
    expect(message({ 'vocab.json': '{}', 'merges.txt': '' })).toBe(
      `Cannot use the tokenizer of "FOLDER" as it is byte-level BPE, vocab.json and merges.txt, ${instead}`,
    )
    expect(message({ 'tokenizer_config.json': '{"tokenizer_class": "RobertaTokenizer"}' })).toBe(
      `Cannot use the tokenizer of "FOLDER" as it is RobertaTokenizer, ${instead}`,
    )
    expect(message({ 'vocab.txt': '', 'config.json': '{"tokenizer_class": "BertTokenizer"}' })).toContain(
      "as it is BertTokenizer (BERT's WordPiece, vocab.txt)",
    )
    const fast = { 'tokenizer.json': '{"model": {"type": "WordPiece", "vocab": {}}}' }
    expect(message({ ...fast, 'tokenizer_config.json': '{"tokenizer_class": "BertTokenizerFast"}' })).toBe(
      `Cannot use the tokenizer "FOLDER/tokenizer.json" as it is BertTokenizerFast (a WordPiece model), ${instead}`,
    )
    expect(message({ 'tokenizer_config.json': '{"tokenizer_class": "T5Tokenizer"}' })).toContain('copy one of them')
  })

  it('refuses a Git LFS pointer in place of the tokenizer or a file beside it', () => {
    const folder = folderWith({ 'spiece.model': 'en/spiece.model' })
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:a6fce4\nsize 566685408\n'
    for (const name of ['tokenizer_config.json', 'spiece.model', 'tokenizer.json']) {
      writeFileSync(join(folder, name), pointer)
      expect(() => loadTokenizer(folder)).toThrow(`Cannot read "${join(folder, name)}" as it is a Git LFS pointer`)
      rmSync(join(folder, name))
    }
  })

  it('names the file beside the tokenizer that is broken', () => {
    const folder = folderWith({ 'spiece.model': 'en/spiece.model' })
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"extra_ids": -3}')
    expect(() => loadTokenizer(folder)).toThrow(/tokenizer_config.json" as extra_ids is -3, not a whole number/)
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"extra_ids": 1000000000}')
    expect(() => loadTokenizer(folder)).toThrow(Fault)
    writeFileSync(join(folder, 'tokenizer_config.json'), '{')
    expect(() => loadTokenizer(folder)).toThrow(/tokenizer_config.json" as it is no JSON/)
  })
})

describe('tokenizerFiles()', () => {
  it('lists what belongs to the tokenizer and is there', () => {
    const folder = folderWith({
      'spiece.model': 'en/spiece.model',
      'tokenizer.json': 'en/tokenizer.json',
      'special_tokens_map.json': 'en/special_tokens_map.json',
      'config.json': 'en/tokenizer_config.json',
    })
    const names = ['tokenizer.json', 'spiece.model', 'special_tokens_map.json']
    expect(tokenizerFiles(folder)).toEqual(names.map((name) => join(folder, name)))
    expect(tokenizerFiles(join(folder, 'spiece.model'))).toEqual([join(folder, 'spiece.model')])
  })
})
