import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseJson, stringifyJson } from './json-value.ts'
import { type Row, readAllRows, type TableSource } from './table.ts'

const fixtures = join(import.meta.dirname, '../../test/fixtures/data-types')
const expected = (name: string): Row[] =>
  parseJson(readFileSync(join(fixtures, `${name}.expected.json`), 'utf8')) as Row[]

/** Rows as they are printed, which is how dates, bytes and NaN are compared. */
async function printed(source: TableSource): Promise<Row[]> {
  return (await readAllRows(source)).map(({ row }) => parseJson(stringifyJson(row)) as Row)
}

describe.each(['parquet', 'arrow'])('every type of a %s file is read as pyarrow has it', (ending) => {
  test.each(readdirSync(fixtures).filter((name) => name.endsWith(`.${ending}`)))('%s', async (name) => {
    const rows = await printed({ file: join(fixtures, name) })
    const wanted = expected(ending)
    expect(rows).toHaveLength(wanted.length)
    for (const [i, row] of rows.entries()) expect(row, `row ${i + 1}`).toEqual(wanted[i])
  })
})

test('LZ4 frames of several linked blocks are unpacked', async () => {
  const rows = await printed({ file: join(fixtures, 'large-blocks.feather') })
  expect(rows.map(({ text }) => ({ text: `${String(text).slice(0, 31)}…${String(text).length}` }))).toEqual(
    expected('large-blocks'),
  )
})

test('a folder of save_to_disk gives its splits, one or all', async () => {
  const saved = parseJson(readFileSync(join(fixtures, 'saved.expected.json'), 'utf8')) as Record<string, Row[]>
  const file = join(fixtures, 'saved')
  expect(await printed({ file, split: 'train' })).toEqual(saved.train)
  expect(await printed({ file, split: 'test' })).toEqual(saved.test)
  expect(await printed({ file })).toEqual([...saved.train!, ...saved.test!])
  expect(await printed({ file: join(file, 'test') })).toEqual(saved.test)
  await expect(printed({ file, split: 'validation' })).rejects.toThrow('Cannot find split "validation"')
})
