import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { zipOf } from '../../../test/rig/write-zip.ts'
import { parseJson, stringifyJson } from '../source/json-value.ts'
import { type Row, readAllRows, type TableSource } from '../table/table.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/data-types')
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

test('bytes that an old writer did not mark as text are texts where they are UTF-8', async () => {
  const rows = await printed({ file: join(fixtures, 'unmarked/texts.parquet') })
  expect(rows.map(({ text }) => text)).toEqual(['lamp', 'naïve 灯', Buffer.from([0xff, 0]).toString('base64'), null])
})

test('LZ4 frames of several linked blocks are unpacked', async () => {
  const rows = await printed({ file: join(fixtures, 'large-blocks.feather') })
  expect(rows.map(({ text }) => ({ text: `${String(text).slice(0, 31)}…${String(text).length}` }))).toEqual(
    expected('large-blocks'),
  )
})

test('a file of Polars, whose schema is in the footer only', async () => {
  expect(await printed({ file: join(fixtures, 'polars.feather') })).toEqual(expected('polars'))
})

test('columnar files inside archives are read as a whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-columnar-'))
  const bytes = (name: string): Buffer => readFileSync(join(fixtures, name))
  try {
    const archive = join(folder, 'a.zip')
    writeFileSync(archive, zipOf({ 'a/lz4.arrow': bytes('lz4.arrow'), 'b.parquet': bytes('snappy-v1.parquet') }))
    expect(await printed({ file: archive, entry: 'lz4.arrow' })).toEqual(expected('arrow'))
    expect(await printed({ file: archive, entry: 'b.parquet' })).toEqual(expected('parquet'))
    writeFileSync(join(folder, 'c.arrow.gz'), gzipSync(bytes('batches.stream.arrow')))
    expect(await printed({ file: join(folder, 'c.arrow.gz') })).toEqual(expected('arrow'))
  } finally {
    rmSync(folder, { recursive: true })
  }
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
