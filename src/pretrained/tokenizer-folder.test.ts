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
  const special = 513

  it('prefers tokenizer.json to spiece.model', () => {
    const both = folderWith({ 'tokenizer.json': 'en/tokenizer.json', 'spiece.model': 'multi/spiece.model' })
    expect([...loadTokenizer(both).encode(text)]).toContain(special)
    const one = folderWith({ 'spiece.model': 'en/spiece.model' })
    expect([...loadTokenizer(one).encode(text)]).not.toContain(special)
    expect(loadTokenizer(one).sentinelIds[0]).toBe(special)
  })

  it('takes the path of a single file, whatever a SentencePiece model is called', () => {
    const folder = folderWith({ 'words.model': 'multi/spiece.model', 'tokenizer.json': 'en/tokenizer.json' })
    expect(loadTokenizer(join(folder, 'tokenizer.json')).vocabSize).toBe(514)
    expect(loadTokenizer(join(folder, 'words.model')).encode('你')).not.toContain(2)
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
