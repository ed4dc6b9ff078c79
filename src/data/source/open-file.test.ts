import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { zipOf } from '../../../test/rig/write-zip.ts'
import { type Row, readAllRows, type TableSource } from '../table/table.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-archive-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function read(name: string, content: Buffer, source: TableSource = {}): Promise<Row[]> {
  const file = join(folder, name)
  writeFileSync(file, content)
  return (await readAllRows({ file, ...source })).map(({ row }) => row)
}

const csv = (...cells: string[]): Buffer => Buffer.from(`a,b\n${cells.join(',')}\n`)

describe('gzip', () => {
  test('of several members, and with zeros behind them, is read to its end', async () => {
    const members = Buffer.concat([gzipSync('{"a": 1}\n{"a"'), gzipSync(': 2}\n')])
    expect(await read('members.jsonl.gz', members)).toEqual([{ a: 1 }, { a: 2 }])
    expect(await read('padded.jsonl.gz', Buffer.concat([members, Buffer.alloc(40)]))).toEqual([{ a: 1 }, { a: 2 }])
  })

  test('is found by its bytes, whatever the file is called', async () => {
    expect(await read('plain.csv', gzipSync(csv('1', '2')))).toEqual([{ a: '1', b: '2' }])
  })
})

test('packings that are not read are named', async () => {
  await expect(read('a.csv.lz4', Buffer.from('04224d186440a7', 'hex'))).rejects.toThrow(
    'packed with lz4: unpack it first',
  )
  await expect(read('a.csv.xz', Buffer.from('fd377a585a00', 'hex'))).rejects.toThrow('packed with xz: unpack it first')
})

describe('zip', () => {
  test('gives its only table, whatever else lies in it', async () => {
    const entries = {
      '__MACOSX/d/table.csv': Buffer.of(0, 5, 22, 7),
      'd/._table.csv': Buffer.of(0, 5, 22, 7),
      'd/': Buffer.alloc(0),
      'd/.DS_Store': Buffer.of(0, 0, 0, 1),
      'README.md': Buffer.from('# About'),
      'd/table.csv': csv('1', '2'),
    }
    expect(await read('junk.zip', zipOf(entries))).toEqual([{ a: '1', b: '2' }])
  })

  test('gives the entry that is named, by its whole path or its end', async () => {
    const archive = zipOf({ 'x/train.csv': csv('1', '2'), 'x/数据.csv': csv('3', '4') })
    expect(await read('two.zip', archive, { entry: 'x/train.csv' })).toEqual([{ a: '1', b: '2' }])
    expect(await read('two.zip', archive, { entry: '数据.csv' })).toEqual([{ a: '3', b: '4' }])
  })

  test('unpacks gzip inside, and reads each entry by its own format', async () => {
    expect(await read('gz.zip', zipOf({ 'rows.jsonl.gz': gzipSync('{"a": [1]}\n') }))).toEqual([{ a: [1] }])
    expect(await read('json.zip', zipOf({ 'rows.json': Buffer.from('{"data": [{"a": 1}]}') }))).toEqual([{ a: 1 }])
  })
})
