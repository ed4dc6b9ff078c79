import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import { checkFooter, RowGroupBudget } from './parquet-check.ts'

test('RowGroupBudget bounds what the pages of a row group hold in sum, by its size where that is large', () => {
  const pages = (packed: number, count: number, bytes: number, values: number) => () => {
    const budget = new RowGroupBudget(packed)
    for (let i = 0; i < count; i++) budget.add(bytes, values)
  }
  const mebi = 2 ** 20
  expect(pages(1000, 4, 64 * mebi, 1000)).not.toThrow()
  expect(pages(1000, 5, 64 * mebi, 1000)).toThrow('a row group that grows beyond belief')
  expect(pages(100 * mebi, 50, 64 * mebi, 1000)).not.toThrow()
  expect(pages(1000, 3, 100, 9_000_000)).toThrow('a row group that grows beyond belief')
})

test('checkFooter() refuses row groups that lie on each other', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../../../test/fixtures/data/none.parquet'))
  const metadata = parquetMetadata(new Uint8Array(bytes).buffer)
  checkFooter(metadata, bytes.length)
  const groups = Array.from({ length: 1000 }, () => metadata.row_groups).flat()
  const many = { ...metadata, row_groups: groups, num_rows: 1000n * metadata.num_rows }
  expect(() => checkFooter(many, bytes.length)).toThrow('columns that overlap')
})
