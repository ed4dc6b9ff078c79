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

describe('missingColumns()', () => {
  it.each([
    ...['utf8.csv', 'semicolon.csv', 'gb18030.csv', 'utf16le-bom.csv', 'tabs.tsv', 'csv-in.zip'],
    ...['rows.jsonl', 'rows.jsonl.gz', 'rows.json', 'nested-data.json'],
    ...['none.parquet', 'snappy.parquet', 'zstd.parquet', 'stream.arrow', 'file.arrow'],
  ])('finds the columns of %s, and not another', async (name) => {
    const { missing, found } = await missingColumns({ file: join(fixtures, name) }, ['en', 'labels', 'lables'])
    expect(missing).toEqual(['lables'])
    expect(found).toEqual(expect.arrayContaining(['id', 'en', 'zh', 'labels']))
  })

  it('knows the columns of texts that are joined, of lines and of the ALT corpus', async () => {
    const of = async (source: TableSource): Promise<readonly string[]> =>
      (await missingColumns(source, ['en', 'fr'])).missing
    expect(await of({ files: { en: join(fixtures, 'parallel.en'), zh: join(fixtures, 'parallel.zh') } })).toEqual([
      'fr',
    ])
    expect(await of({ file: join(fixtures, 'parallel.zh'), format: 'text' })).toEqual(['en', 'fr'])
    expect(await of({ file: join(fixtures, 'alt') })).toEqual(['fr'])
  })

  it('knows members of structs, and not what lists and maps hold', async () => {
    const { missing, found } = await missingColumns({ file: join(fixtures, 'alt-nested.parquet') }, [
      'translation.en',
      'translation.fr',
    ])
    expect(missing).toEqual(['translation.fr'])
    expect(found).toContain('translation.zh')
  })

  it('looks through rows that may leave columns out until it has seen them', async () => {
    const rows = Array.from({ length: 5000 }, (_, row) =>
      JSON.stringify(row === 4999 ? { a: 1, late: null } : { a: row }),
    )
    const table = tableOf('late.jsonl', rows.join('\n'))
    expect((await missingColumns(table, ['a', 'late', 'never'])).missing).toEqual(['never'])
  })

  it('takes a value that is absent for one that may hold the column', async () => {
    const table = tableOf('absent.jsonl', '{"t":null}\n{"t":{"en":"a"}}\n')
    expect((await missingColumns(table, ['t.en', 't.fr'])).missing).toEqual(['t.fr'])
  })

  it('looks into every file of a table', async () => {
    const files = [tableOf('one.csv', 'a,b\n1,2\n').file!, tableOf('two.csv', 'a,c\n1,2\n').file!]
    expect(await missingColumns({ files }, ['a', 'c', 'd'])).toEqual({ missing: ['d'], found: ['a', 'b', 'c'] })
  })

  it('reads no more than the head of a table that has its columns', async () => {
    const table = tableOf('long.csv', `a,b\n${'1,2\n'.repeat(200_000)}1\n`)
    expect((await missingColumns(table, ['c'])).missing).toEqual(['c'])
  })

  it('says nothing of a table without rows', async () => {
    expect((await missingColumns(tableOf('empty.csv', 'a,b\n'), ['c'])).missing).toEqual([])
  })
})
