import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keptTokens, type TokenColumns, type TokensPlace } from './kept-tokens.ts'

let folder: string
let rows: string
let place: TokensPlace
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-tokens-'))
  rows = join(folder, 'rows.jsonl')
  writeFileSync(rows, 'rows')
  const tokenizer = join(folder, 'tokenizer.json')
  writeFileSync(tokenizer, 'a tokenizer')
  place = { folder: join(folder, 'kept'), tokenizerFiles: [tokenizer] }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const long: TokenColumns = [
  [Int32Array.of(5, 250_111, 1), new Int32Array(2 ** 20).fill(7), new Int32Array(0)],
  [Int32Array.of(1), Int32Array.of(7, 1), Int32Array.of(-1)],
]
let made = 0
const ask = async (settings: object = {}, columns = long): Promise<TokenColumns> => {
  return await keptTokens(place, rows, settings, async () => {
    made++
    return columns
  })
}
const timesMade = async (settings?: object): Promise<number> => {
  made = 0
  expect(equals(await ask(settings), long)).toBe(true)
  return made
}
const equals = (a: TokenColumns, b: TokenColumns): boolean =>
  a.length === b.length &&
  a.every((column, at) => column.every((ids, row) => Buffer.compare(asBytes(ids), asBytes(b[at]![row]!)) === 0))
const asBytes = (ids: Int32Array) => Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)

it('keptTokens() makes token ids once, and anew when rows, tokenizer or settings are others', async () => {
  expect(await timesMade()).toBe(1)
  expect(await timesMade()).toBe(0)
  expect(await timesMade({ maxSource: 512 })).toBe(1)
  writeFileSync(place.tokenizerFiles[0]!, 'another tokenizer')
  expect(await timesMade()).toBe(1)
  writeFileSync(rows, 'other rows')
  expect(await timesMade()).toBe(1)
  expect(await timesMade()).toBe(0)
})

it('keptTokens() makes anew what is damaged or cut, and mends it', async () => {
  await ask()
  const path = join(place.folder, readdirSync(place.folder)[0]!)
  const whole = readFileSync(path)
  for (const damaged of [whole.subarray(0, -4), Buffer.alloc(0), changed(whole, 0), changed(whole, whole.length - 1)]) {
    writeFileSync(path, damaged)
    expect(await timesMade()).toBe(1)
    expect(readFileSync(path).equals(whole)).toBe(true)
    expect(await timesMade()).toBe(0)
  }
})

it('keptTokens() keeps nothing of few rows, and goes on where nothing can be kept', async () => {
  await ask({}, [[Int32Array.of(1)]])
  expect(existsSync(place.folder)).toBe(false)
  writeFileSync(place.folder, 'a file in its place')
  expect(await timesMade()).toBe(1)
  expect(statSync(place.folder).isFile()).toBe(true)
})

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1
  return copy
}
