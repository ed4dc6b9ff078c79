import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { headBytes } from '../source/head.ts'
import { columnValue } from './column.ts'
import { type Row, readAllRows, type TableSource } from './table.ts'
import { guessFormat } from './table-format.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/data')
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<string, unknown>[]
/** The expected rows as CSV has them: texts, labels joined by line breaks, nothing for null. */
const asTexts = expected.map((row) => ({
  ...row,
  id: String(row.id),
  score: String(row.score),
  labels: (row.labels as string[]).join('\n'),
  note: row.note ?? '',
}))

async function rowsOf(source: TableSource): Promise<Row[]> {
  return (await readAllRows(source)).map(({ row }) => row)
}

const fixture = (name: string): string => join(fixtures, name)

test.each([
  [{ distinct: 'id' }, 'Wrong value of "distinct": it must be a list of columns, or true'],
  [{ take: '2' }, 'Wrong value of "take": it must be a whole number of at least 0'],
  [{ format: 5 }, 'Wrong value of "format": it must be a text'],
  [{ delimeter: ';' }, 'Unknown option "delimeter": did you mean "delimiter"?'],
  [{ where: { id: { equal: 3 } } }, 'Cannot use "where.id.equal"'],
  [{ hub: 'owner/name' }, 'Cannot read a table of "file" and "hub": give one of them'],
])('readRows() says in words what is wrong with %j', async (more, sentence) => {
  await expect(rowsOf({ file: fixture('rows.jsonl'), ...more } as TableSource)).rejects.toThrow(sentence)
})

describe('readRows() gives the rows of', () => {
  const delimited = ['utf8.csv', 'utf8-bom-crlf.csv', 'cr.csv', 'semicolon.csv', 'gb18030.csv', 'utf16le-bom.csv']
  test.each([...delimited, 'tabs.tsv', 'csv-in.zip'])('%s as texts', async (name) => {
    expect(await rowsOf({ file: fixture(name) })).toEqual(asTexts)
  })

  const typed = ['rows.jsonl', 'rows.jsonl.gz', 'rows.json', 'nested-data.json']
  const columnar = ['none.parquet', 'snappy.parquet', 'gzip.parquet', 'zstd.parquet', 'stream.arrow', 'file.arrow']
  test.each([...typed, ...columnar])('%s with their types', async (name) => {
    expect(await rowsOf({ file: fixture(name) })).toEqual(expected)
  })

  test('windows-1252.csv', async () => {
    const texts = (JSON.parse(readFileSync(fixture('windows-1252.expected.json'), 'utf8')) as Row[]).map((row) => ({
      ...row,
      n: String(row.n),
    }))
    expect(await rowsOf({ file: fixture('windows-1252.csv') })).toEqual(texts)
  })

  test('parallel.en and parallel.zh, named both or by one of them', async () => {
    const pairs = expected.map(({ en, zh }) => ({ en, zh }))
    const files = { en: fixture('parallel.en'), zh: fixture('parallel.zh') }
    expect(await rowsOf({ files })).toEqual(pairs)
    expect(await rowsOf({ file: fixture('parallel.zh') })).toEqual(pairs)
    expect(await rowsOf({ file: fixture('parallel.zh'), format: 'text' })).toEqual(
      pairs.map(({ zh }) => ({ text: zh })),
    )
  })

  test('a text in two languages, without the copies that programs leave beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-parallel-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const ending of ['en', 'zh', 'bak', 'bin', 'new', 'tok', 'old']) {
      writeFileSync(join(folder, `corpus.${ending}`), ending.length === 2 ? 'one\ntwo\n' : 'three\n')
    }
    expect(await rowsOf({ file: join(folder, 'corpus.en') })).toEqual([
      { en: 'one', zh: 'one' },
      { en: 'two', zh: 'two' },
    ])
    expect(await rowsOf({ file: join(folder, 'corpus.bak') })).toEqual([{ text: 'three' }])
  })

  test('the ALT corpus, with the sentence that lacks a partner left out and told', async () => {
    const notices: string[] = []
    const rows = await readAllRows({ file: fixture('alt') }, { onNotice: (sentence) => notices.push(sentence) })
    const lines = (name: string): string[][] =>
      readFileSync(fixture(`alt/${name}`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t'))
    const english = new Map(lines('data_en.txt').map(([id, text]) => [id, text]))
    expect(rows.map(({ row }) => [row.id, row.en, row.zh]).sort()).toEqual(
      lines('data_zh.txt')
        .map(([id, text]) => [id, english.get(id!), text])
        .sort(),
    )
    expect(notices).toEqual([expect.stringMatching(/^Left out 1 of 60 sentences of .* without a partner \(1 in zh\)$/)])
    const validation = await rowsOf({ file: fixture('alt'), split: 'validation' })
    expect(new Set(validation.map(({ url }) => url))).toEqual(new Set(['http://example.org/8', 'http://example.org/9']))
    expect(await rowsOf({ file: fixture('alt/data_en.txt') })).toHaveLength(59)
    expect(await rowsOf({ files: [fixture('alt/data_en.txt'), fixture('alt/data_zh.txt')] })).toHaveLength(59)
  })

  test('alt-nested.parquet with a nested column', async () => {
    const rows = await readAllRows({ file: fixture('alt-nested.parquet') })
    expect(rows.map(({ row, place }) => columnValue(row, 'translation.zh', place))).toEqual(
      expected.map(({ zh }) => zh),
    )
    expect(columnValue(rows[6]!.row, 'SNT.URLID.SNTID', rows[6]!.place)).toBe('6')
  })

  test('arxiv-metadata.jsonl, filtered by a category', async () => {
    const file = fixture('arxiv-metadata.jsonl')
    const all = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    const wanted = all.filter(({ categories }) => String(categories).includes('cs.AI'))
    expect(await rowsOf({ file, where: { categories: { contains: 'cs.AI' } } })).toEqual(wanted)
    expect(wanted.length).toBeGreaterThan(0)
    expect(await rowsOf({ file, where: { categories: { contains: 'cs.AI' } }, take: 3 })).toEqual(wanted.slice(0, 3))
  })
})

test('readRows() reads a folder however its path is written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-folder-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'more'))
  for (const name of ['state-ca.csv', 'more/state-ny.csv']) writeFileSync(join(folder, name), 'a\n1\n')
  mkdirSync(join(folder, '.reteach'))
  writeFileSync(join(folder, '.reteach/input-hashes.jsonl'), '{"b": 2}\n')
  const near = relative(process.cwd(), folder)
  for (const file of [near, `./${near}`, `${folder}//`, `${folder}/more/..`, `./${near}/`]) {
    expect(await rowsOf({ file })).toEqual([{ a: '1' }, { a: '1' }])
  }
})

test('readRows() takes rows for equal whose values are, in whatever order their columns stand', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-distinct-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'a.jsonl')
  const lines = ['{"a":1,"b":2}', '{"b":2,"a":1}', '{"a":1,"b":2,"c":null}', '{"a":1,"b":"2"}', '{"a":1,"c":2}']
  writeFileSync(file, lines.join('\n'))
  expect(await rowsOf({ file, distinct: true })).toEqual([0, 3, 4].map((at) => JSON.parse(lines[at]!)))
})

test('guessFormat() goes by the first bytes, the ending, and what the text looks like', () => {
  const guess = (innerName: string, head: string | Buffer): string =>
    guessFormat({ innerName, head: Buffer.from(head) })
  expect(guess('a.csv', 'PAR1…')).toBe('parquet')
  expect(guess('a', Buffer.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0))).toBe('arrow')
  expect(guess('a.JSONL', '{"a": 1}')).toBe('jsonl')
  expect(guess('a.jsonl', '\ufeff[{"a": 1}]')).toBe('json')
  expect(guess('a.dump', ' {"a": 1}')).toBe('json')
  expect(guess('a', 'id,text\n1,"x, y"\n2,z\n3,z\n4,z\n5,z\n')).toBe('csv')
  expect(guess('a.dat', 'id|text\r\n1|x\r\n')).toBe('csv')
  expect(guess('a', 'One, two.\nThree.\nFour, five.\n')).toBe('text')
  expect(guess('a.en', 'Oh, well.\nWell, well.\n')).toBe('text')
  expect(guess('a.txt', 'Hi.\t嗨。\nGo, now!\t去吧！\n')).toBe('tsv')
  expect(guess('a.txt', 'a,b\n1,2\n')).toBe('text')
  // Most lines have commas and line breaks within quotes.
  expect(guess('a', 'text,label\n"a, b, c",x\n"a,\nb",y\n"a, ""b"", c, d",x\n')).toBe('csv')
  const long = Array.from({ length: 100 }, (_, i) => `"${'word, '.repeat(150 + (i % 7))}${i}",x\n`).join('')
  expect(guess('standard-input', `text,label\n${long}`.slice(0, headBytes))).toBe('csv')
  for (const order of ['utf16le', 'utf-16be']) {
    const wide = Buffer.from('"id","text"\n"1","x, y"\n"2","z"\n', 'utf16le')
    const bytes = order === 'utf16le' ? wide : Buffer.from(wide).swap16()
    const mark = Buffer.from('\ufeff', 'utf16le')
    expect(guess('a.dat', bytes)).toBe('csv')
    expect(guess('a.dat', Buffer.concat([order === 'utf16le' ? mark : mark.swap16(), bytes]))).toBe('csv')
  }
  expect(guess('standard-input', long.replaceAll('",x', '').replaceAll('"', '').slice(0, headBytes))).toBe('text')
})
