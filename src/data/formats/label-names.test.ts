import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Row, readAllRows } from '../table/table.ts'
import { labelNames } from './label-names.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/people/class-label')
const expected = readFileSync(join(fixtures, 'expected.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

async function rowsOf(file: string): Promise<Row[]> {
  return (await readAllRows({ file })).map(({ row }) => row)
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-names-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('classes have their names', () => {
  test.each(['rows.parquet', 'saved', 'saved/data-00000-of-00001.arrow', 'card'])(
    'in %s, as datasets has them',
    async (name) => {
      expect(await rowsOf(join(fixtures, name))).toEqual(expected)
    },
  )

  test('by dataset_info.json, where the Arrow file carries none', async () => {
    const saved = join(folder, 'saved')
    cpSync(join(fixtures, 'saved'), saved, { recursive: true })
    const arrow = join(saved, 'data-00000-of-00001.arrow')
    const bytes = readFileSync(arrow)
    // Another key of the same length, so that the metadata say nothing.
    bytes.write('huggingfact', bytes.indexOf('huggingface'), 'latin1')
    writeFileSync(arrow, bytes)
    expect(await rowsOf(saved)).toEqual(expected)
    rmSync(join(saved, 'dataset_info.json'))
    expect((await rowsOf(saved))[2]).toMatchObject({ topic: 0, more: { tag: 1 } })
  })

  test('by the card of the configuration, in a CSV file too', async () => {
    const info = (name: string, first: string): string =>
      `  - config_name: ${name}\n    features: [{ name: topic, dtype: { class_label: { names: { '0': ${first}, '1': no } } } }]\n`
    const configs = 'configs:\n  - { config_name: a, data_files: a.csv }\n  - { config_name: b, data_files: b.csv }\n'
    const card = `---\n${configs}dataset_info:\n${info('a', 'yes')}${info('b', 'ja')}---\n`
    writeFileSync(join(folder, 'README.md'), card)
    writeFileSync(join(folder, 'a.csv'), 'text,topic\nx,0\ny,1\n')
    writeFileSync(join(folder, 'b.csv'), 'text,topic\nx,0\ny,no\nz,-1\n')
    const topics = async (config: string): Promise<unknown[]> =>
      (await readAllRows({ file: folder, config })).map(({ row }) => row.topic)
    expect(await topics('a')).toEqual(['yes', 'no'])
    expect(await topics('b')).toEqual(['ja', 'no', null])
  })

  test('by the dataset_infos.json of an old data set', async () => {
    const old = mkdtempSync(join(folder, 'old-'))
    const features = {
      text: { dtype: 'string', id: null, _type: 'Value' },
      topic: { num_classes: 2, names: ['Refund', 'Login'], names_file: null, id: null, _type: 'ClassLabel' },
    }
    writeFileSync(join(old, 'dataset_infos.json'), JSON.stringify({ plain_text: { description: 'x', features } }))
    writeFileSync(join(old, 'train.csv'), 'text,topic\nx,0\ny,1\n')
    expect((await rowsOf(old)).map(({ topic }) => topic)).toEqual(['Refund', 'Login'])
    writeFileSync(join(old, 'dataset_infos.json'), '{"plain_text": ')
    await expect(rowsOf(old)).rejects.toThrow(`Cannot read dataset_infos.json of "${old}" as JSON`)
  })
})

describe('labelNames()', () => {
  const place = { file: 'a.parquet', row: 3 }
  const topic = { _type: 'ClassLabel', names: ['a', 'b'] }

  test('knows older features: lists of one, and sequences of structs, which are structs of lists', () => {
    const name = labelNames({ one: [topic], many: { _type: 'Sequence', feature: { t: topic } } })!
    expect(name({ row: { one: [0, 1], many: { t: [1, -1], n: [7] } }, place }).row).toEqual({
      one: ['a', 'b'],
      many: { t: ['b', null], n: [7] },
    })
  })

  test('passes over features of other kinds, and says that there is nothing to do', () => {
    const unknown = { a: { _type: 'Translation', languages: ['en'] }, b: { _type: 'Video' }, c: null, d: 'x' }
    expect(labelNames(unknown)).toBeUndefined()
    expect(labelNames(undefined)).toBeUndefined()
    const name = labelNames({ ...unknown, t: topic })!
    expect(name({ row: { a: 1, t: 1 }, place }).row).toEqual({ a: 1, t: 'b' })
  })

  test('names the row with a number that has no name', () => {
    expect(() => labelNames({ t: topic })!({ row: { t: 2 }, place })).toThrow(
      'Cannot read row 3 of "a.parquet" as its column "t" holds class 2, and the file names 2 classes',
    )
  })
})
