import { describe, expect, test } from 'vitest'
import { parseJson, stringifyJson } from '../../source/json-value.ts'
import type { Row } from '../../source/row.ts'
import { readJson } from './json.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

async function rowsOf(text: string, at?: string, size = 7): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of readJson(inPieces(text, size), { file: 'a.json', at }))
    rows.push(...batch.map(({ row }) => row))
  return rows
}

const rows = [
  { a: 'x"y\\', b: [1, { c: ']}' }], d: null },
  { a: '\\"', b: [], d: { e: '{' } },
  { a: '灯\n', b: [[[]]], d: true },
]

describe('readJson()', () => {
  test('holds few rows at a time where they are long', async () => {
    const batches: number[] = []
    const text = JSON.stringify(Array.from({ length: 10 }, () => ({ a: 'x'.repeat(400_000) })))
    for await (const batch of readJson(inPieces(text, 65_536), { file: 'a.json' })) batches.push(batch.length)
    expect(batches).toEqual([3, 3, 3, 1])
  })

  test.each([1, 2, 3, 5, 1000])('cuts values whole from pieces of %i characters', async (size) => {
    // A sample of a megabyte is read ahead; padding makes the list begin behind it.
    const padding = ' '.repeat(1_100_000)
    for (const text of [JSON.stringify(rows), JSON.stringify(rows, null, 2)]) {
      expect(await rowsOf(text, undefined, size)).toEqual(rows)
    }
    if (size === 1000)
      expect(await rowsOf(`[${padding}${JSON.stringify(rows).slice(1)}`, undefined, size)).toEqual(rows)
  })

  test('finds the list in a named field, or the only one', async () => {
    const document = JSON.stringify({ info: { n: 3, tags: ['x'] }, result: { rows }, 'a.b': [{ z: 1 }] })
    expect(await rowsOf(document, 'result.rows')).toEqual(rows)
    expect(await rowsOf(document, 'a.b')).toEqual([{ z: 1 }])
    const nested = JSON.stringify({ parts: [[{ z: 1 }], { 'x.y': { rows } }] })
    expect(await rowsOf(nested, 'parts.1.x.y.rows')).toEqual(rows)
    expect(await rowsOf(nested, 'parts.0')).toEqual([{ z: 1 }])
    await expect(rowsOf(nested, 'parts.2.rows')).rejects.toThrow('as the list has 2 items, counted from 0')
    expect(await rowsOf(JSON.stringify({ version: 1, data: rows }))).toEqual(rows)
    expect(await rowsOf(JSON.stringify({ meta: { data: rows }, empty: [] }))).toEqual(rows)
  })

  test('reads values one after the other, as JSONL has them or spread over lines', async () => {
    expect(await rowsOf(rows.map((row) => JSON.stringify(row)).join('\n'))).toEqual(rows)
    expect(await rowsOf(rows.map((row) => JSON.stringify(row, null, 1)).join('\n'))).toEqual(rows)
    // Rows of the arXiv snapshot have a list of objects each.
    const versions = [
      { id: 1, versions: [{ v: 1 }] },
      { id: 2, versions: [{ v: 1 }] },
    ]
    expect(await rowsOf(versions.map((row) => `${JSON.stringify(row)}\n`).join(''))).toEqual(versions)
  })

  test('reads columns, as lists or as pandas writes them, and a single object', async () => {
    const wanted = [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]
    expect(await rowsOf('{"a": [1, 2], "b": ["x", "y"]}')).toEqual(wanted)
    expect(await rowsOf('{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}')).toEqual(wanted)
    expect(await rowsOf('{"a": 1}')).toEqual([{ a: 1 }])
    expect(await rowsOf('["x", "y"]')).toEqual([{ text: 'x' }, { text: 'y' }])
  })
})

describe('parseJson()', () => {
  test('keeps integers beyond 2^53 and long fractions', () => {
    const text =
      '{"id":1234567890123456789,"n":[-9007199254740993,9007199254740991],"f":0.12345678901234566,"e":1.5e-17,"s":"12345678901234567890"}'
    const value = parseJson(text)
    expect(value).toEqual({
      id: 1234567890123456789n,
      n: [-9007199254740993n, 9007199254740991],
      f: 0.12345678901234566,
      e: 1.5e-17,
      s: '12345678901234567890',
    })
    expect(stringifyJson(value)).toBe(text)
  })

  test('reads what Python writes for numbers that are none', () => {
    expect(parseJson('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN"}')).toEqual({
      a: Number.NaN,
      b: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      c: 'NaN',
    })
    expect(() => parseJson('{"a": Nan}')).toThrow(SyntaxError)
  })

  test('takes no text for such a number, whatever it begins with', () => {
    const value = {
      a: '\u0001NaN',
      b: ['\u0001-1234567890123456789', '\u0001', '\u0001\u0001Infinity'],
      '\u0001NaN': { '\u0001': 1 },
    }
    expect(parseJson(JSON.stringify(value))).toEqual(value)
    expect(parseJson('{"\\u0001k" : NaN, "a": "\\u0001x"}')).toEqual({ '\u0001k': Number.NaN, a: '\u0001x' })
  })
})

test('stringifyJson() prints every value of a row', () => {
  // A double is told from an integer where both would look alike.
  expect(stringifyJson([2 ** 53, 2n ** 53n, 1.5e19, 1e21, -0.5, 7])).toBe(
    '[9007199254740992.0,9007199254740992,15000000000000000000.0,1e+21,-0.5,7]',
  )
  const value = { d: new Date(0), b: Uint8Array.of(1, 2), n: Number.NaN, u: undefined, l: [1n, 'x"'], __proto__: null }
  expect(stringifyJson(value)).toBe('{"d":"1970-01-01T00:00:00.000Z","b":"AQI=","n":null,"u":null,"l":[1,"x\\""]}')
})
