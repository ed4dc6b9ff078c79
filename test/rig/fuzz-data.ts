import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { readRows } from '../../src/data/table/table.ts'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'

const fixtures = join(import.meta.dirname, '../fixtures')

/** Readers and the files whose mutations they are given. */
export const fuzzTargets = {
  csv: ['utf8.csv', 'cr.csv', 'semicolon.csv', 'gb18030.csv', 'utf16le-bom.csv', 'tabs.tsv'].map(
    (name) => `data/${name}`,
  ),
  jsonl: ['data/rows.jsonl', 'data/arxiv-metadata.jsonl'],
  json: ['data/rows.json', 'data/nested-data.json'],
  parquet: [
    ...['none', 'snappy', 'gzip', 'zstd', 'alt-nested'].map((name) => `data/${name}.parquet`),
    ...['snappy-v1', 'brotli-v2', 'lz4-plain', 'zstd-delta'].map((name) => `data-types/${name}.parquet`),
  ],
  arrow: [
    'data/stream.arrow',
    'data/file.arrow',
    ...['batches.stream.arrow', 'lz4.arrow', 'zstd.arrow', 'polars.feather'].map((name) => `data-types/${name}`),
  ],
  archive: ['data/rows.jsonl.gz', 'data/csv-in.zip'],
  'tokenizer.json': ['tokenizers/en/tokenizer.json', 'tokenizers/multi/tokenizer.json'],
  'spiece.model': ['tokenizers/en/spiece.model', 'tokenizers/multi/spiece.model'],
} as const satisfies Record<string, readonly string[]>

export type FuzzTarget = keyof typeof fuzzTargets

/** What a reader did with a mutated file; everything else that it may do is an error of ours. */
export type FuzzOutcome = 'read' | 'fault'

/**
 * Mutates one fixture and reads it.
 *
 * @param folder where the mutated file is written
 * @throws whatever is no `Fault`, and when a fault's sentence is not one
 */
export async function fuzzOnce(target: FuzzTarget, seed: number, folder: string): Promise<FuzzOutcome> {
  const random = seededRandom([seed, Object.keys(fuzzTargets).indexOf(target)])
  const paths = fuzzTargets[target]
  const path = paths[random.below(paths.length)]!
  const bytes = mutate(content(path), random)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, basename(path))
  writeFileSync(file, bytes)
  try {
    if (target === 'tokenizer.json' || target === 'spiece.model') {
      const tokenizer = loadTokenizer(file)
      tokenizer.decode(tokenizer.encode('The slow lamp charges 慢的灯, 23 times!'))
    } else {
      for await (const _ of readRows({ file }));
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    checkSentence(error.message, file)
    return 'fault'
  }
}

function checkSentence(message: string, file: string): void {
  if (!message.includes(basename(file))) throw new Error(`The sentence does not name the file: ${message}`)
  if (message.includes('\n')) throw new Error(`The sentence has several lines: ${message}`)
  if (message.length > 1000) throw new Error(`The sentence has ${message.length} characters: ${message.slice(0, 300)}`)
  if (/undefined|\[object|NaN/.test(message.replaceAll(/"[^"]*"/g, ''))) throw new Error(`Odd sentence: ${message}`)
}

const contents = new Map<string, Buffer>()

function content(path: string): Buffer {
  const known = contents.get(path) ?? readFileSync(join(fixtures, path))
  contents.set(path, known)
  return known
}

type Mutation = (bytes: Buffer, random: Random) => Buffer

/** Numbers at which lengths and offsets go wrong. */
const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

const mutations: readonly Mutation[] = [
  (bytes, random) =>
    changed(bytes, (copy) => {
      copy[random.below(copy.length)]! ^= 1 << random.below(8)
    }),
  (bytes, random) =>
    changed(bytes, (copy) => {
      copy[random.below(copy.length)] = random.below(256)
    }),
  (bytes, random) =>
    changed(bytes, (copy) => {
      if (copy.length >= 4) copy.writeUInt32LE(extremes[random.below(extremes.length)]!, random.below(copy.length - 3))
    }),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => {
    const [start, end] = span(bytes, random)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
  },
  (bytes, random) => {
    const [start, end] = span(bytes, random)
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)])
  },
  (bytes, random) => {
    const at = random.below(bytes.length)
    const inserted = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)))
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)])
  },
  (bytes, random) => {
    // What a format gives a meaning to, where it is not expected.
    const marks = [
      '"',
      '\n',
      '\r',
      ',',
      '\\',
      '{',
      '}',
      '[',
      ']',
      '\0',
      '\ufeff',
      '\t"',
      '""',
      '\\u',
      '1e999',
      'null',
      'PAR1',
    ]
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(marks[random.below(marks.length)]!), bytes.subarray(at)])
  },
]

function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes
  for (let i = 1 + random.below(4); i > 0 && mutated.length > 0; i--) {
    mutated = mutations[random.below(mutations.length)]!(mutated, random)
  }
  return mutated
}

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

function span(bytes: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length)
  return [start, Math.min(bytes.length, start + 1 + random.below(Math.max(1, bytes.length >> random.below(8))))]
}
