import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Row, readAllRows } from '../../table/table.ts'

const fixtures = join(import.meta.dirname, '../../../../test/fixtures/people/pandas')
const expected = readFileSync(join(fixtures, 'expected.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-pandas-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function rowsOf(file: string): Promise<Row[]> {
  return (await readAllRows({ file })).map(({ row }) => row)
}

async function rowsIn(text: string): Promise<Row[]> {
  const file = join(folder, 'a.json')
  writeFileSync(file, text)
  return await rowsOf(file)
}

test.each(['records', 'columns', 'index', 'index-indent', 'numbered', 'split', 'table'])(
  '%s.json is read as pandas has it',
  async (orient) => {
    expect(await rowsOf(join(fixtures, `${orient}.json`))).toEqual(expected)
  },
)

describe('objects in an object', () => {
  test('keep the order of the text, whatever their numbers', async () => {
    expect(await rowsIn('{"9": {"a": 1}, "2": {"a": 2}}')).toEqual([{ a: 1 }, { a: 2 }])
    expect(await rowsIn('{"a": {"9": 1, "2": 2}, "b": {"9": 3, "2": 4}}')).toEqual([
      { a: 1, b: 3 },
      { a: 2, b: 4 },
    ])
  })

  test('are rows where they are numbered, also when one lacks a column or holds lists of objects', async () => {
    expect(await rowsIn('{"0": {"a": 1, "b": [{"x": 1}]}, "1": {"a": 2}}')).toEqual([{ a: 1, b: [{ x: 1 }] }, { a: 2 }])
  })

  test('are one row where nothing says that they are several', async () => {
    const single = '{"translation": {"en": "lamp", "zh": "灯"}}'
    expect(await rowsIn(single)).toEqual([JSON.parse(single)])
    const different = '{"source": {"en": "lamp"}, "target": {"zh": "灯"}}'
    expect(await rowsIn(different)).toEqual([JSON.parse(different)])
  })
})
