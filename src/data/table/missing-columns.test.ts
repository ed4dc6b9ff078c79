import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingColumns } from './missing-columns.ts'
import type { TableSource } from './table.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/data')
const folder = mkdtempSync(join(tmpdir(), 'reteach-columns-'))

function tableOf(name: string, text: string): TableSource {
  const file = join(folder, name)
  writeFileSync(file, text)
  return { file }
}

const namesOf = (missing: ReadonlyMap<string, unknown>): string[] => [...missing.keys()]

describe('missingColumns()', () => {
  it.each([
    ...['utf8.csv', 'semicolon.csv', 'gb18030.csv', 'utf16le-bom.csv', 'tabs.tsv', 'csv-in.zip'],
    ...['rows.jsonl', 'rows.jsonl.gz', 'rows.json', 'nested-data.json'],
    ...['none.parquet', 'snappy.parquet', 'zstd.parquet', 'stream.arrow', 'file.arrow'],
  ])('finds the columns of %s, and not another', async (name) => {
    const missing = await missingColumns({ file: join(fixtures, name) }, ['en', 'labels', 'lables'])
    expect(namesOf(missing)).toEqual(['lables'])
    expect(missing.get('lables')!.found).toEqual(expect.arrayContaining(['id', 'en', 'zh', 'labels']))
  })

  it('knows the columns of texts that are joined, of lines and of the ALT corpus', async () => {
    const of = async (source: TableSource): Promise<readonly string[]> =>
      namesOf(await missingColumns(source, ['en', 'fr']))
    expect(await of({ files: { en: join(fixtures, 'parallel.en'), zh: join(fixtures, 'parallel.zh') } })).toEqual([
      'fr',
    ])
    expect(await of({ file: join(fixtures, 'parallel.zh'), format: 'text' })).toEqual(['en', 'fr'])
    expect(await of({ file: join(fixtures, 'alt') })).toEqual(['fr'])
  })

  it('knows members of structs, and not what lists and maps hold', async () => {
    const missing = await missingColumns({ file: join(fixtures, 'alt-nested.parquet') }, [
      'translation.en',
      'translation.fr',
    ])
    expect(namesOf(missing)).toEqual(['translation.fr'])
    expect(missing.get('translation.fr')!.found).toContain('translation.zh')
  })

  it('looks through rows that may leave columns out until it has seen them', async () => {
    const rows = Array.from({ length: 5000 }, (_, row) =>
      JSON.stringify(row === 4999 ? { a: 1, late: null } : { a: row }),
    )
    const table = tableOf('late.jsonl', rows.join('\n'))
    expect(namesOf(await missingColumns(table, ['a', 'late', 'never']))).toEqual(['never'])
  })

  it('takes a value that is absent for one that may hold the column', async () => {
    const table = tableOf('absent.jsonl', '{"t":null}\n{"t":{"en":"a"}}\n')
    expect(namesOf(await missingColumns(table, ['t.en', 't.fr']))).toEqual(['t.fr'])
  })

  it('looks into every file of a table', async () => {
    const files = [tableOf('one.csv', 'a,b\n1,2\n').file!, tableOf('two.csv', 'a,c\n1,2\n').file!]
    expect(await missingColumns({ files }, ['a', 'c', 'd'])).toEqual(
      new Map([
        ['c', { file: files[0], found: ['a', 'b'] }],
        ['d', { file: undefined, found: ['a', 'b'] }],
      ]),
    )
    const lines = ['one.jsonl', 'two.jsonl'].map(
      (name, at) => tableOf(name, at === 0 ? '{"a":1}\n' : '{"a":1,"c":2}\n').file!,
    )
    expect(namesOf(await missingColumns({ files: lines }, ['a', 'c', 'd']))).toEqual(['d'])
    expect(await missingColumns({ files: [...lines, files[0]!] }, ['a', 'c'])).toEqual(
      new Map([['c', { file: files[0], found: ['a', 'b'] }]]),
    )
  })

  it('reads no more than the head of a table that has its columns', async () => {
    const table = tableOf('long.csv', `a,b\n${'1,2\n'.repeat(200_000)}1\n`)
    expect(namesOf(await missingColumns(table, ['c']))).toEqual(['c'])
  })

  it('says nothing of a table without rows', async () => {
    expect(namesOf(await missingColumns(tableOf('empty.csv', 'a,b\n'), ['c']))).toEqual([])
  })
})
