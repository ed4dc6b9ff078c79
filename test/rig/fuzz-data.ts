import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { readRows } from '../../src/data/table/table.ts'
import { elementCount } from '../../src/graph/tensor.ts'
import { folderGeneration } from '../../src/pretrained/folder-generation.ts'
import { openModel } from '../../src/pretrained/open-model.ts'
import { loadTokenizer } from '../../src/pretrained/tokenizer-folder.ts'
import { readStudy } from '../../src/study/file/read-study.ts'

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
  safetensors: ['safetensors-tied', 'safetensors-float16', 'safetensors-float64'].map(
    (folder) => `weight-files/${folder}/model.safetensors`,
  ),
  'torch zip': ['zip', 'zip-gaps', 'zip-protocol-4', 'zip-bfloat16'].map(
    (folder) => `weight-files/${folder}/pytorch_model.bin`,
  ),
  'torch pickle': ['legacy', 'legacy-one-storage', 'legacy-bfloat16-transposed'].map(
    (folder) => `weight-files/${folder}/pytorch_model.bin`,
  ),
  'index of shards': ['weight-files/safetensors-shards/model.safetensors.index.json'],
  'config.json': ['weight-files/zip-transposed/config.json', 'weight-files/safetensors-tied/config.json'],
  'generation_config.json': ['models/tiny-flan-t5/generation_config.json'],
  study: ['starter.yaml', 'paper.yaml', 'paper-small.yaml'].map((name) => `../../examples/${name}`),
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
    return (await read(target, file, dirname(join(fixtures, path)))) ? 'read' : 'fault'
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    checkSentence(error.message, file)
    return 'fault'
  }
}

/**
 * @param beside the folder of the original, whose other files a model needs
 * @returns whether it could be used; a study tells its faults as values
 */
async function read(target: FuzzTarget, file: string, beside: string): Promise<boolean> {
  switch (target) {
    case 'tokenizer.json':
    case 'spiece.model': {
      const tokenizer = loadTokenizer(file)
      tokenizer.decode(tokenizer.encode('The slow lamp charges 慢的灯, 23 times!'))
      return true
    }
    case 'safetensors':
    case 'torch zip':
    case 'torch pickle':
    case 'index of shards':
    case 'config.json':
      await readModel(modelAround(file, beside))
      return true
    case 'generation_config.json':
      folderGeneration(modelAround(file, beside))
      return true
    case 'study': {
      const checked = readStudy(readFileSync(file, 'utf8'), file)
      if (!('faults' in checked)) return true
      for (const fault of checked.faults) checkSentence(`${basename(file)} ${fault.message}`, file)
      return false
    }
    default:
      for await (const _ of readRows({ file }));
      return true
  }
}

/** A folder that holds the mutated file and, as links, what else lies beside its original. */
function modelAround(file: string, beside: string): string {
  const folder = `${file}-model`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const name of readdirSync(beside)) {
    symlinkSync(name === basename(file) ? file : join(beside, name), join(folder, name))
  }
  return folder
}

async function readModel(folder: string): Promise<void> {
  const model = await openModel(folder)
  try {
    await model.readParameters(({ shape }, fill) => fill(new Float32Array(elementCount(shape))))
  } finally {
    model.close()
  }
}

function checkSentence(message: string, file: string): void {
  if (!message.includes(basename(file))) throw new Error(`The sentence does not name the file: ${message}`)
  if (message.includes('\n')) throw new Error(`The sentence has several lines: ${message}`)
  if (message.length > 2500) throw new Error(`The sentence has ${message.length} characters: ${message.slice(0, 300)}`)
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
