import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Row, readAllRows, type TableSource } from './table.ts'

const fixtures = join(import.meta.dirname, '../../test/fixtures/data')
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

describe('readRows() gives the rows of', () => {
  const delimited = ['utf8.csv', 'utf8-bom-crlf.csv', 'cr.csv', 'semicolon.csv', 'gb18030.csv', 'utf16le-bom.csv']
  test.each([...delimited, 'tabs.tsv', 'csv-in.zip'])('%s as texts', async (name) => {
    expect(await rowsOf({ file: fixture(name) })).toEqual(asTexts)
  })

  test.each(['rows.jsonl', 'rows.jsonl.gz'])('%s with their types', async (name) => {
    expect(await rowsOf({ file: fixture(name) })).toEqual(expected)
  })

  test('windows-1252.csv', async () => {
    const texts = (JSON.parse(readFileSync(fixture('windows-1252.expected.json'), 'utf8')) as Row[]).map((row) => ({
      ...row,
      n: String(row.n),
    }))
    expect(await rowsOf({ file: fixture('windows-1252.csv') })).toEqual(texts)
  })
})
