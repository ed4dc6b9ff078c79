import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAllRows, type TableSource } from '../table/table.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-alt-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const files = {
  'URL-train.txt': 'URL.1\thttp://example.org/1\nURL.2\thttp://example.org/2\n',
  'URL-dev.txt': 'URL.3\thttp://example.org/3\n',
  'URL-test.txt': 'URL.4\thttp://example.org/4\n',
  'data_en.txt': 'SNT.1.1\tOne.\nSNT.1.2\tTwo.\nSNT.3.1\tThree.\nSNT.4.1\tFour.\n',
  'data_ja.txt': 'SNT.4.1\t四\nSNT.1.1\t一\nSNT.3.1\t三\nSNT.1.2\t二\n',
  'data_zh.txt': 'SNT.1.1\t一。\n\nSNT.3.1\t三。\nSNT.4.1\t四。\n',
}

async function read(changed: Readonly<Record<string, string>>, source: TableSource = {}) {
  for (const [name, text] of Object.entries({ ...files, ...changed })) writeFileSync(join(folder, name), text)
  const notices: string[] = []
  const onNotice = (sentence: string): void => void notices.push(sentence.replaceAll(folder, 'alt'))
  const rows = await readAllRows({ file: folder, ...source }, { onNotice })
  return { rows: rows.map(({ row }) => row), notices }
}

describe('the ALT corpus', () => {
  test('is joined by sentence id, in the order of the first language', async () => {
    const { rows, notices } = await read({}, { columns: ['ja', 'en'] })
    expect(rows).toEqual([
      { id: 'SNT.4.1', url: 'http://example.org/4', split: 'test', ja: '四', en: 'Four.' },
      { id: 'SNT.1.1', url: 'http://example.org/1', split: 'train', ja: '一', en: 'One.' },
      { id: 'SNT.3.1', url: 'http://example.org/3', split: 'validation', ja: '三', en: 'Three.' },
      { id: 'SNT.1.2', url: 'http://example.org/1', split: 'train', ja: '二', en: 'Two.' },
    ])
    expect(notices).toEqual([])
  })

  test('leaves out sentences without a partner, and says in which language', async () => {
    const { rows, notices } = await read({ 'data_ja.txt': `${files['data_ja.txt']}SNT.2.1\t五\n` })
    expect(rows.map(({ id }) => id)).toEqual(['SNT.1.1', 'SNT.3.1', 'SNT.4.1'])
    expect(notices).toEqual(['Left out 2 of 5 sentences of "alt" without a partner (1 in en, 2 in zh)'])
  })

  test('takes one split, by the name that it has elsewhere', async () => {
    expect((await read({}, { split: 'validation' })).rows.map(({ en }) => en)).toEqual(['Three.'])
  })

  test('tells of repeated ids and of articles that no list has', async () => {
    const { rows, notices } = await read({
      'data_en.txt': `${files['data_en.txt']}SNT.1.1\tAgain.\nSNT.9.1\tNine.\n`,
      'data_ja.txt': `${files['data_ja.txt']}SNT.9.1\t九\n`,
      'data_zh.txt': `${files['data_zh.txt']}SNT.9.1\t九。\nSNT.1.2\t\n`,
    })
    expect(rows.map(({ en }) => en)).toEqual(['One.', 'Three.', 'Four.', 'Nine.'])
    expect(rows.at(-1)).toMatchObject({ url: null, split: null })
    expect(notices).toEqual([
      'Left out 1 lines of "alt/data_en.txt" whose sentence id was there before',
      'Left out 1 of 5 sentences of "alt" without a partner (1 in zh)',
      '1 sentences of "alt" belong to articles that no URL list has',
    ])
  })

  test('names the language that is not there, and the line that is not in its layout', async () => {
    await expect(read({}, { columns: ['en', 'zz'] })).rejects.toThrow('Cannot find language "zz" of the ALT corpus')
    await expect(read({ 'data_zh.txt': 'SNT.1.1\t一。\n二。\n' })).rejects.toThrow(
      /^Cannot read line 2 of ".*data_zh\.txt" as the ALT corpus has it: expected SNT\.<number> and a tab, found "二。"$/,
    )
  })
})
