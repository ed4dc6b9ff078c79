import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { zipOf } from '../../../test/rig/write-zip.ts'
import { Fault } from '../../base/fault.ts'
import { readAllRows, type TableSource } from './table.ts'

const fixtures = join(import.meta.dirname, '../../../test/fixtures/data')
const fixture = (name: string): Buffer => readFileSync(join(fixtures, name))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-bad-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Reads a file of the given content and returns the sentence of the fault, the folder left out. */
async function sentence(name: string, content: string | Buffer, source: TableSource = {}): Promise<string> {
  const file = join(folder, name)
  writeFileSync(file, content)
  return await faultOf({ file, ...source })
}

async function faultOf(source: TableSource): Promise<string> {
  try {
    await readAllRows(source)
  } catch (error) {
    if (error instanceof Fault) return error.message.replaceAll(`${folder}/`, '')
    throw error
  }
  throw new Error('expected a fault')
}

const broken = (bytes: Buffer, at: number, value = 0xff): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at < 0 ? copy.length + at : at] = value
  return copy
}

describe('missing and foreign files', () => {
  test('a file that is not there', async () => {
    expect(await faultOf({ file: join(folder, 'none.csv') })).toBe('Cannot read "none.csv" as there is no such file')
  })

  test('an empty table', async () => {
    expect(await sentence('a.csv', '')).toBe('Cannot use "a.csv" as it has no rows')
    expect(await sentence('b.csv', 'text,label\n')).toBe('Cannot use "b.csv" as it has no rows')
    expect(await sentence('c.jsonl', '\n\n')).toBe('Cannot use "c.jsonl" as it has no rows')
    expect(await sentence('d.json', '[]')).toBe('Cannot use "d.json" as it has no rows')
    expect(await sentence('e.json', '{"data": []}', { at: 'data' })).toBe('Cannot use "e.json" as it has no rows')
  })

  test('a Git LFS pointer in place of any file, also inside an archive', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:a6fce4\nsize 566685408\n'
    const told = (name: string): string =>
      `Cannot read "${name}" as it is a Git LFS pointer and not the file itself: git lfs pull`
    for (const ending of ['csv', 'tsv', 'json', 'jsonl', 'parquet', 'arrow', 'txt', 'zip', 'csv.gz']) {
      expect(await sentence(`pointer.${ending}`, pointer)).toBe(told(`pointer.${ending}`))
    }
    expect(await sentence('packed.csv.gz', gzipSync(pointer))).toBe(told('packed.csv.gz'))
    expect(await sentence('packed.zip', zipOf({ 'a.csv': Buffer.from(pointer) }))).toBe(told('packed.zip:a.csv'))
    expect(await sentence('pointer.en', pointer, { format: 'text' })).toBe(told('pointer.en'))
    mkdirSync(join(folder, 'saved'))
    expect(await sentence('saved/state.json', pointer, { file: join(folder, 'saved') })).toBe(told('saved/state.json'))
  })

  test('a folder without data', async () => {
    mkdirSync(join(folder, 'empty'))
    expect(await faultOf({ file: join(folder, 'empty') })).toBe(
      'Cannot find files with rows in "empty": is it a data set?',
    )
  })

  test('what other programs read', async () => {
    expect(await sentence('a.xlsx', zipOf({ '[Content_Types].xml': '', 'xl/a.xml': '' }))).toContain('Excel')
    expect(await sentence('a.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))).toContain('zstd -d')
    expect(await sentence('a.csv', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(3000, 'a\0\0b')]))).toMatch(
      /^Cannot read "a.csv" as text as \d+ of its first \d+ bytes are zero/,
    )
  })

  test('a format or encoding that is not known', async () => {
    expect(await sentence('a.csv', 'a\n1\n', { format: 'cvs' as 'csv' })).toBe(
      'Cannot read "a.csv" in unknown format "cvs": did you mean "csv"?',
    )
    expect(await sentence('a.csv', 'a\n1\n', { encoding: 'utf-9' })).toBe(
      'Cannot read "a.csv" with unknown encoding "utf-9": did you mean "utf-8"?',
    )
    expect(await sentence('a.csv', 'a\n1\n', { encoding: 'base64' })).toContain('unknown encoding "base64"')
  })
})

describe('wrong encodings', () => {
  const lines = `text\n${'plain\n'.repeat(5)}`

  test('a byte that is not of the encoding, with its line', async () => {
    const content = Buffer.concat([Buffer.from(lines), Buffer.from('caf\xe9 au lait\n', 'latin1')])
    expect(await sentence('a.csv', content, { encoding: 'utf-8' })).toBe(
      'Cannot decode "a.csv" as utf-8 as line 7 holds a byte that is not utf-8: set another encoding or leave it out',
    )
    expect(await sentence('b.jsonl', Buffer.from('{"a":"\xe9"}\n', 'latin1'), { encoding: 'gb18030' })).toContain(
      'Cannot decode "b.jsonl" as gb18030 as line 1 holds',
    )
  })

  test('UTF-8 that breaks late in the file, where its encoding is told', async () => {
    const good = 'été\n'.repeat(400_000)
    const content = Buffer.concat([Buffer.from(good), Buffer.from([0xe9, 0x0a])])
    expect(await sentence('a.txt', content, { encoding: 'utf-8' })).toBe(
      'Cannot decode "a.txt" as utf-8 as line 400001 holds a byte that is not utf-8: set another encoding or leave it out',
    )
  })

  test('an encoding that the bytes speak against', async () => {
    expect(await sentence('a.csv', fixture('utf8.csv'), { encoding: 'latin-1' })).toBe(
      'Cannot read "a.csv" as latin-1 as its bytes are UTF-8: leave encoding out',
    )
    expect(await sentence('a.csv', fixture('utf8.csv'), { encoding: 'utf-16' })).toContain('as its bytes are UTF-8')
    expect(await sentence('a.csv', fixture('utf16le-bom.csv'), { encoding: 'utf-8' })).toBe(
      'Cannot read "a.csv" as utf-8 as it begins with the byte-order mark of utf-16le: leave encoding out',
    )
  })

  test('bytes that no encoding is found for', async () => {
    const russian = Buffer.from(
      [...'text\n'].map((char) => char.charCodeAt(0)).concat([0xd1, 0xfa, 0xe5, 0xf8, 0xfc, 0x0a]),
    )
    expect(await sentence('a.csv', russian)).toMatch(
      /^Cannot tell the encoding of "a.csv" from its bytes \(the first odd one is on line 2\): set encoding/,
    )
  })
})

describe('broken CSV', () => {
  test('rows of unlike width', async () => {
    expect(await sentence('a.csv', 'a,b\n1,2\n"3\nx",4\n5\n')).toBe(
      'Cannot read row 3 of "a.csv" (line 5) as it has 1 cells where there are 2 columns, with delimiter ",": mend the row or set delimiter or quote',
    )
  })

  test('a quote that never closes, or closes too early', async () => {
    const rows = 'a,b\n'.concat('1,"x"\n'.repeat(30))
    expect(await sentence('a.csv', `${rows}\n\n2,"open\n`, { quote: '"' })).toContain(
      'the row on line 34 opens a quote that never closes',
    )
    expect(await sentence('b.csv', `${rows}2,"y" z\n`, { quote: '"' })).toContain(
      'the row on line 32 has text after a closing quote',
    )
    expect(await sentence('c.csv', `${rows}2,y"z\n`, { quote: '"' })).toContain(
      'the row on line 32 has a quote inside a bare cell',
    )
  })
})

describe('broken JSON', () => {
  test('a line that is no JSON', async () => {
    expect(await sentence('a.jsonl', '{"a":1}\n\n{"a":\n')).toMatch(
      /^Cannot read line 3 of "a.jsonl" as JSON \(Unexpected end of JSON input\)/,
    )
    expect(await sentence('b.jsonl', '{"a":1}\n[1]\n')).toBe(
      'Cannot read row 2 of "b.jsonl" (line 2) as it is a list: a row is an object with columns or a text',
    )
  })

  test('a line without end', async () => {
    expect(
      await sentence('a.jsonl', Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.alloc(70 * 1024 * 1024, 'x')])),
    ).toBe('Cannot read "a.jsonl" as its line 2 is longer than 64 Mi characters: is it the right file and format?')
    // Neither is a word without end read to its end.
    expect(await sentence('a.json', Buffer.concat([Buffer.from('[{},\n'), Buffer.alloc(4 * 1024 * 1024, 'x')]))).toBe(
      'Cannot read "a.json" as JSON at line 2: what begins there is no value: is it the right format?',
    )
  })

  test('values that are nested without end', async () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    const wanted = (row: string): string => `Cannot read row 1 of ${row} as its values are nested more than 500 deep`
    expect(await sentence('a.jsonl', nested(100_000))).toBe(wanted('"a.jsonl" (line 1)'))
    expect(await sentence('a.json', `[${nested(501)}]`)).toBe(wanted('"a.json" (line 1)'))
    // Parsed, millions of brackets would fill the memory.
    expect(await sentence('a.jsonl', nested(5_000_000))).toBe(wanted('"a.jsonl" (line 1)'))
    expect(await sentence('a.json', `[${nested(5_000_000)}]`)).toBe(wanted('"a.json" (line 1)'))
    expect(await sentence('a.jsonl', `{"a":[${'[],'.repeat(2_000_000)}1]}`)).toBe(
      'Cannot read row 1 of "a.jsonl" (line 1) as it holds 2000002 lists and objects, more than 1000000',
    )
    const file = join(folder, 'deep.jsonl')
    writeFileSync(file, nested(400))
    expect(await readAllRows({ file })).toHaveLength(1)
  })

  test('a list that is cut or damaged', async () => {
    expect(await sentence('a.json', '[{"a":1},\n{"a":')).toBe(
      'Cannot read "a.json" as JSON at line 2: the value that begins there never ends: is the file whole?',
    )
    expect(await sentence('b.json', '[{"a":1}\n{"a":2}]')).toBe(
      'Cannot read "b.json" as JSON at line 2: expected , and found {',
    )
    expect(await sentence('c.json', '[{"a":1},\n{"a":x}]')).toMatch(
      /^Cannot read row 2 of "c.json" \(line 2\) as JSON: Unexpected token/,
    )
    expect(await sentence('d.json', '[{"a":1}] x')).toContain('expected the end after the list and found x')
  })

  test('a list that must be named, or is not there', async () => {
    const content = '{"train": [{"a": 1}], "meta": {"rows": 1}, "test": [{"a": 2}]}'
    expect(await sentence('a.json', content)).toBe(
      'Cannot choose between the lists "train", "test" in "a.json": set at to the one with the rows',
    )
    expect(await sentence('a.json', content, { at: 'tst' })).toBe(
      'Cannot find field "tst" of "tst" in "a.json": did you mean "test"?',
    )
    expect(await sentence('a.json', content, { at: 'meta' })).toContain('as it is an object and not a list')
    expect(await sentence('a.json', content, { at: 'meta.rows.x' })).toContain('as there is no object to find "x" in')
  })
})

describe('broken columnar files', () => {
  test('a Parquet footer', async () => {
    const parquet = fixture('snappy.parquet')
    expect(await sentence('a.parquet', broken(parquet, -1))).toMatch(
      /^Cannot read the footer of "a.parquet" as Parquet \(/,
    )
    const footer = parquet.length - 8 - parquet.readUInt32LE(parquet.length - 8)
    expect(await sentence('c.parquet', broken(parquet, -6, 0x7f))).toMatch(/^Cannot read the footer of "c.parquet"/)
    expect(await sentence('d.parquet', broken(parquet, footer + 3))).toMatch(/^Cannot read the footer of "d.parquet"/)
    expect(await sentence('b.parquet', parquet.subarray(0, 5000))).toMatch(
      /^Cannot read the footer of "b.parquet" as Parquet \(/,
    )
    expect(await sentence('b.arrow', fixture('stream.arrow').subarray(0, 4000))).toContain('it is cut short')
  })
})

describe('lengths and offsets that cannot be', () => {
  /** Where a pattern of 32-bit or 64-bit integers stands. */
  const find = (bytes: Buffer, values: readonly bigint[], width: 4 | 8): number => {
    const pattern = Buffer.alloc(values.length * width)
    for (const [i, value] of values.entries()) {
      if (width === 4) pattern.writeInt32LE(Number(value), i * width)
      else pattern.writeBigInt64LE(value, i * width)
    }
    const at = bytes.indexOf(pattern)
    if (at === -1) throw new Error('the fixture has another layout')
    return at
  }

  test.each([0x7fffffff, -1, 3])('an Arrow text that begins at %i', async (offset) => {
    const bytes = Buffer.from(fixture('stream.arrow'))
    // The first three English texts have 39, 50 and 61 characters.
    bytes.writeInt32LE(offset, find(bytes, [0n, 39n, 89n, 150n], 4) + 8)
    expect(await sentence('a.arrow', bytes)).toMatch(
      /^Cannot read "a.arrow" as Arrow \((offsets that go back|an offset of \d+ into \d+) in column en/,
    )
  })

  test.each([-8n, 1n << 40n])('an Arrow buffer of length %i', async (length) => {
    const bytes = Buffer.from(fixture('stream.arrow'))
    // The buffer of a column's characters: where it begins in the body of the first batch, and its length.
    bytes.writeBigInt64LE(length, find(bytes, [248n, 1024n], 8) + 8)
    expect(await sentence('a.arrow', bytes)).toBe(
      'Cannot read "a.arrow" as Arrow (a buffer outside its message): is the file whole?',
    )
  })
})

test('a column of Arrow of a type that is not supported', async () => {
  expect(await sentence('a.arrow', fixture('run-ends.arrow'))).toBe(
    'Cannot read "a.arrow" as Arrow as it has a column of type RunEndEncoded, which is not supported: write it as a plain one',
  )
})

test('a table of a million columns', async () => {
  const row = Array.from({ length: 1_000_000 }, (_, i) => `c${i}`).join(',')
  expect(await sentence('a.csv', `${row}\n${row}\n`)).toBe(
    'Cannot read "a.csv" as its first row has 1000000 columns, more than 100000: is the delimiter right?',
  )
}, 20_000)

test('parallel texts of unlike length', async () => {
  writeFileSync(join(folder, 'x.en'), 'a\nb\nc\n')
  writeFileSync(join(folder, 'x.zh'), 'a\nb\n')
  expect(await faultOf({ file: join(folder, 'x.en') })).toBe(
    'Cannot join files line by line as "x.en" has 3 lines, "x.zh" has 2 lines: mend them, or read one alone with format: text',
  )
})

describe('archives', () => {
  test('that grow without end', async () => {
    const bomb = Buffer.alloc(70 * 1024 * 1024, `${'x'.repeat(65_535)}\n`)
    const wanted = 'as it grows to more than 200 times its size, as only an archive made to fill disks does'
    expect(await sentence('a.txt.gz', gzipSync(bomb))).toContain(wanted)
    expect(await sentence('a.zip', zipOf({ 'a.txt': bomb }))).toContain(wanted)
  })

  test('whose names lead out of them', async () => {
    expect(await sentence('a.zip', zipOf({ '../../evil.csv': 'a\n1\n' }))).toBe(
      'Cannot read "a.zip" as a zip archive: invalid relative path: ../../evil.csv',
    )
    expect(await sentence('b.zip', zipOf({ '/etc/evil.csv': 'a\n1\n' }))).toContain('absolute path')
  })

  test('with no table, several, or not the one that is named', async () => {
    expect(await sentence('a.zip', zipOf({ 'a.png': '', 'b.png': '' }))).toContain(
      'Cannot find a table in "a.zip" among "a.png", "b.png"',
    )
    const two = zipOf({ 'x/train.csv': 'a\n1\n', 'x/test.csv': 'a\n2\n' })
    expect(await sentence('b.zip', two)).toBe(
      'Cannot choose between "x/train.csv", "x/test.csv" in "b.zip": name the entry',
    )
    expect(await sentence('b.zip', two, { entry: 'trian.csv' })).toContain('Cannot find entry "trian.csv" in "b.zip"')
    expect(await readAllRows({ file: join(folder, 'b.zip'), entry: 'test.csv' })).toMatchObject([{ row: { a: '2' } }])
    expect(await sentence('c.csv', 'a\n1\n', { entry: 'x' })).toContain('as it is not a zip archive')
  })

  test('that are cut or damaged', async () => {
    const packed = fixture('rows.jsonl.gz')
    expect(await sentence('a.jsonl.gz', packed.subarray(0, 2000))).toBe(
      'Cannot unpack "a.jsonl.gz" as it is cut short: fetch it again',
    )
    expect(await sentence('b.jsonl.gz', broken(packed, 1000, 0))).toContain(
      'Cannot unpack "b.jsonl.gz" as it is damaged',
    )
    const zip = zipOf({ 'a.csv': 'a\n1\n' })
    expect(await sentence('c.zip', zip.subarray(0, 30))).toContain('Cannot read "c.zip" as a zip archive')
  })

  test('with a wrong checksum', async () => {
    const zip = zipOf({ 'a.csv': 'a\n1\n' })
    const central = zip.indexOf('PK\u0001\u0002', 0, 'latin1')
    expect(await sentence('a.zip', broken(zip, central + 16, zip[central + 16]! ^ 1))).toContain(
      'as its checksum is wrong',
    )
  })
})

test('a filter on a column that is not there names the nearest', async () => {
  expect(await sentence('a.jsonl', '{"title":"x"}\n', { where: { titel: { contains: 'x' } } })).toBe(
    'Cannot find column "titel" in row 1 of "a.jsonl" (line 1), which has "title": did you mean "title"?',
  )
  expect(await sentence('a.jsonl', '{"title":"x"}\n', { distinct: ['tile'] })).toContain('did you mean "title"?')
  expect(await sentence('a.jsonl', '{"title":"x"}\n', { where: { title: { contains: 'y' } } })).toBe(
    'Cannot use "a.jsonl" as none of its 1 rows passes "where"',
  )
})

test('options that the format does not heed, and a share of what is not divided', async () => {
  const told = (options: string, name: string, format: string, it = 'it'): string =>
    `Cannot use ${options} with "${name}" as it is read as ${format}: leave ${it} out, or set format`
  expect(await sentence('a.jsonl', '{"a":1}\n', { delimiter: ';', header: false })).toBe(
    told('delimiter, header', 'a.jsonl', 'jsonl', 'them'),
  )
  expect(await sentence('a.csv', 'a\n1\n', { at: 'data' })).toBe(told('at', 'a.csv', 'csv'))
  expect(await sentence('a.txt', 'one\ntwo\n', { columns: ['a'] })).toBe(told('columns', 'a.txt', 'text'))
  const arrow = fixture('file.arrow')
  expect(await sentence('a.arrow', arrow, { encoding: 'big5' })).toBe(told('encoding', 'a.arrow', 'arrow'))
  // Of several files one that heeds it is enough.
  const files = ['a.csv', 'b.jsonl'].map((name) => join(folder, name))
  writeFileSync(files[0]!, 'a;b\n1;2\n')
  writeFileSync(files[1]!, '{"a":3,"b":4}\n')
  expect(await readAllRows({ files, delimiter: ';' })).toHaveLength(2)
  expect(await faultOf({ files, at: 'data' })).toBe(told('at', 'b.jsonl', 'jsonl'))
  expect(await readAllRows({ files, at: 'data' }, { isLenient: true })).toHaveLength(2)
  expect(await faultOf({ file: files[0]!, split: 'test' })).toBe(
    'Cannot take the split "test" of "a.csv" as a single file has none: leave split (in a study: part) out',
  )
  expect(await faultOf({ file: files[0]!, config: 'en' })).toContain('the configuration "en" of "a.csv"')
  expect(await faultOf({ file: files[0]!, at: 'data', format: 'csv' })).toBe(
    'Cannot use at with "a.csv" as it is read as csv: leave it out',
  )
  const [en, zh] = ['en.txt', 'zh.txt'].map((name) => join(folder, name))
  for (const path of [en!, zh!]) writeFileSync(path, 'one\n')
  expect(await faultOf({ files: { en: en!, zh: zh! }, split: 'train' })).toContain('the split "train" of "en.txt"')
  expect(await faultOf({ files: { en: en!, zh: zh! }, config: 'news' })).toContain('the configuration "news"')
  for (const place of [{ file: files[0]! }, { files }, { files: { en: en!, zh: zh! } }]) {
    expect(await faultOf({ ...place, revision: 'v1' })).toBe(
      'Cannot use revision "v1" without a data set of the hub: leave revision out',
    )
  }
})

test('a configuration of the ALT corpus, which has splits alone', async () => {
  const corpus = join(folder, 'alt')
  mkdirSync(corpus)
  writeFileSync(join(corpus, 'URL-train.txt'), 'URL.1\thttp://a\n')
  for (const language of ['en', 'zh']) writeFileSync(join(corpus, `data_${language}.txt`), `SNT.1.1\t${language}\n`)
  for (const file of [corpus, join(corpus, 'data_en.txt')]) {
    expect(await readAllRows({ file, split: 'train' })).toHaveLength(1)
    expect(await faultOf({ file, config: 'zh' })).toBe(
      'Cannot take the configuration "zh" of "alt" as the ALT corpus has none: leave config out',
    )
  }
})

test('two columns that are given one name', async () => {
  expect(await sentence('a.csv', 'one,two\n', { columns: ['a', 'a'] })).toBe(
    'Cannot name two columns of "a.csv" "a": give each a name of its own',
  )
})
