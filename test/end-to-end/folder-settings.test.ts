import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { GenerationOptions } from '../../src/lesson/generation.ts'
import { lessonFromOptions } from '../../src/lesson/lesson-settings.ts'
import type { Prediction } from '../../src/lesson/protocol.ts'
import { teachLesson } from '../../src/train/lesson.ts'
import { predictFile } from '../../src/train/predict.ts'
import { fixture } from '../rig/study-folder.ts'

type Json = Record<string, unknown>

interface FolderCase {
  name: string
  'config.json': Json
  'generation_config.json': Json | null
  /** Of each source. */
  answers: string[][]
}

const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T
const goldens = read<{ base: Json; sources: string[]; cases: FolderCase[] }>(fixture('generation/folders.json'))
const temporary = mkdtempSync(join(tmpdir(), 'reteach-folder-'))
afterAll(() => rmSync(temporary, { recursive: true }))

const sources = join(temporary, 'sources.jsonl')
writeFileSync(sources, goldens.sources.map((source) => `${JSON.stringify({ source })}\n`).join(''))

function folderOf(name: string, config: Json, file: Json | null): string {
  const folder = join(temporary, name.replaceAll(/\W/gu, '-'))
  cpSync(fixture('models/tiny-flan-t5'), folder, { recursive: true })
  const own = join(folder, 'config.json')
  writeFileSync(own, JSON.stringify({ ...read<Json>(own), ...config }))
  const generation = join(folder, 'generation_config.json')
  if (file === null) rmSync(generation)
  else writeFileSync(generation, JSON.stringify({ ...goldens.base, ...file }))
  return folder
}

async function answersOf(model: string, generation: GenerationOptions = {}, followsFolder = true): Promise<string[][]> {
  const out = join(temporary, 'answers.jsonl')
  await predictFile({ model, sources, batch: 8, generation, followsFolder, out, threads: 1 }, () => {})
  const lines = readFileSync(out, 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Prediction)
    .map(({ prediction, answers }) => answers?.map(({ text }) => text) ?? [prediction])
}

test.each(goldens.cases)('predictFile() follows what a folder says: $name', async (golden) => {
  const folder = folderOf(golden.name, golden['config.json'], golden['generation_config.json'])
  expect(await answersOf(folder)).toEqual(golden.answers)
})

test('predictFile() tells what transformers reads otherwise in a folder, where it follows the folder', async () => {
  const said = { eos_token_id: null, num_beam: 4, max_length: 9, cache_config: null, compile_config: null, top_h: null }
  const model = folderOf('told', {}, said)
  const told: string[] = []
  const out = join(temporary, 'told.jsonl')
  for (const followsFolder of [true, false]) {
    await predictFile({ model, sources, batch: 8, generation: {}, followsFolder, out, threads: 1 }, (event) => {
      if (event.type === 'warning') told.push(event.message)
    })
  }
  const file = join(model, 'generation_config.json')
  expect(told).toEqual([
    `Nothing is read of "num_beam" in "${file}": did you mean "num_beams"?`,
    `"${file}" names no "eos_token_id": transformers goes on to the limit, and answers end here with the one that the model was taught with`,
  ])
})

test.each(['config alone', 'config alone, new tokens', 'stale', 'both', 'ends', 'ends in the config'])(
  'a taught folder keeps what its start said: %s',
  async (name) => {
    const golden = goldens.cases.find((one) => one.name === name)!
    const start = { folder: folderOf(`start of ${name}`, golden['config.json'], golden['generation_config.json']) }
    const pairs = join(temporary, 'pairs.jsonl')
    writeFileSync(pairs, `${JSON.stringify({ source: 'a', target: 'b' })}\n`)
    const outFolder = join(temporary, `taught-${name.replaceAll(/\W/gu, '-')}`)
    await teachLesson(
      {
        start,
        lesson: lessonFromOptions({ learningRate: 0, steps: 1, batch: 1 }),
        train: { pairs },
        keep: 'last',
        outFolder,
        stateFolder: `${outFolder}-state`,
        threads: 1,
      },
      { onEvent: () => {}, shouldStop: () => false },
    )
    expect(await answersOf(outFolder)).toEqual(golden.answers)
  },
)

test('a request stands over the folder, or has it set aside', async () => {
  const plain = goldens.cases.find(({ name }) => name === 'nothing said')!.answers
  const shorter = goldens.cases.find(({ name }) => name === 'file alone')!
  const folder = folderOf('over', {}, { max_new_tokens: 3, num_beams: 4, do_sample: false })
  expect(await answersOf(folder, { maxLength: 21, numBeams: 1 })).toEqual(plain)
  expect(await answersOf(folder, {}, false)).toEqual(plain)
  expect(await answersOf(folder, { numBeams: 1, maxNewTokens: 9, noRepeatNgramSize: 2 })).toEqual(shorter.answers)
})

test('what is not supported is a fault that names the file, and nothing is passed over', async () => {
  const folder = folderOf('refused', {}, { do_sample: true, num_beams: '4', sequence_bias: [[[3], 1]], top_k: 5 })
  await expect(answersOf(folder)).rejects.toThrow(
    /generation_config\.json" says: "do_sample" is true, but answers are never drawn by chance here; "sequence_bias" is .*; "num_beams" is "4", wanted a whole number of at least 1; change it there/,
  )
  const odd = folderOf('odd', { num_beams: 2, suppress_tokens: [999999] }, null)
  await expect(answersOf(odd)).rejects.toThrow('Cannot answer with token 999999 in "suppress_tokens"')
  const plain = folderOf('plain', {}, null)
  await expect(answersOf(plain, { lengthPenalty: 2 })).rejects.toThrow('Cannot answer with "length_penalty" as it is')
  await expect(answersOf(plain, { numBeams: 2, numReturnSequences: 3 })).rejects.toThrow('set "num_beams" to 3 or more')
})
