// Times what a lesson does before its first update, part by part, with a checkpoint of real extents and 36,000 abstracts: once with rows
// that nobody has tokenised, and once more with the token ids that the first has kept.
//
//   node scripts/run-ts.mjs bench/start.ts FOLDER [--model mt5-small] [--rows 36000] [--pairs FILE] [--threads 2]
//
// The model and the rows are made in FOLDER where they are missing, with random weights and invented words; --pairs names rows of one's own.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeJsonLines } from '../src/base/json-lines.ts'
import { seededRandom } from '../src/base/random.ts'
import { cpuEngine } from '../src/engine/cpu/cpu-engine.ts'
import { GraphSession } from '../src/engine/cpu/session.ts'
import { lessonDefaults } from '../src/lesson/lesson-settings.ts'
import { parseArchitecture } from '../src/pretrained/families.ts'
import { saveModelFolder } from '../src/pretrained/save-model.ts'
import { loadTokenizer, tokenizerFiles } from '../src/pretrained/tokenizer-folder.ts'
import { readExamples } from '../src/train/examples/examples.ts'
import { LessonPass } from '../src/train/lesson-pass.ts'
import { loadTaughtWeights } from '../src/train/model-memory.ts'
import { optimizerOf } from '../src/train/optimizer-of.ts'
import { isOwnProcess } from './own-process.ts'
import { workloads } from './workloads.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'mt5-small' },
    rows: { type: 'string', default: '36000' },
    pairs: { type: 'string' },
    threads: { type: 'string', default: '2' },
    // Of a process that begins one lesson.
    begin: { type: 'boolean', default: false },
  },
})
const [folder] = positionals
if (folder === undefined) throw new Error('Cannot run without FOLDER')
const model = join(folder, 'model')
const pairs = values.pairs ?? join(folder, 'pairs.jsonl')
const tokens = join(folder, 'tokens')

if (!values.begin) await beginTwice()
else if (isOwnProcess('bench/start.ts')) await begin()

async function beginTwice(): Promise<void> {
  if (!existsSync(join(model, 'config.json'))) await makeModel()
  if (!existsSync(pairs)) await makePairs()
  rmSync(tokens, { recursive: true, force: true })
  mkdirSync(tokens)
  for (const lesson of ['first', 'second']) {
    const args = ['scripts/run-ts.mjs', 'bench/start.ts', ...process.argv.slice(2), '--begin']
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (status !== 0) throw new Error(`Cannot time as a lesson's process ended with ${status}`)
    console.log(`${lesson} lesson: ${stdout.trim()} (load ${loadavg()[0]!.toFixed(1)})`)
  }
}

/** As a lesson does: tokenizer, weights, rows, then the graph and its session when the first batch comes. */
async function begin(): Promise<void> {
  const seconds: Record<string, number> = {}
  const timed = async <T>(part: string, work: () => T | Promise<T>): Promise<T> => {
    const begun = performance.now()
    const made = await work()
    seconds[part] = (performance.now() - begun) / 1000
    return made
  }
  const lesson = { ...lessonDefaults, learningRate: 1e-4, batch: 16, maxSource: 512, maxTarget: 64, seed: 1 }
  const tokenizer = await timed('tokenizer', () => loadTokenizer(model))
  const holding = { engine: cpuEngine, threads: Number(values.threads) }
  const weights = await timed('weights', () => loadTaughtWeights(model, optimizerOf(lesson), holding))
  const place = { folder: tokens, tokenizerFiles: tokenizerFiles(model) }
  const rows = await timed('rows', () =>
    readExamples({ pairs }, tokenizer, weights.architecture, lesson, lesson.seed, place),
  )
  const graph = await timed('graph', () =>
    weights.architecture.lessonGraph({
      gradients: true,
      dropout: true,
      accumulate: false,
      labelSmoothing: 0,
      dialect: weights.model.dialect,
    }),
  )
  const session = await timed('session', () => GraphSession.create(graph.graph, holding.threads))
  const ready = Object.values(seconds).reduce((sum, each) => sum + each, 0)
  await session.release()
  // The first update touches the memory of gradients and moments, which the second one finds ready.
  const pass = new LessonPass(weights, lesson)
  await timed('first update', () => pass.update([rows.at(0, 0)], 0, 1e-4))
  await timed('second', () => pass.update([rows.at(0, 0)], 1, 1e-4))
  await pass.release()
  const parts = Object.entries(seconds).map(([part, each]) => `${part} ${each.toFixed(2)}`)
  console.log(`ready after ${ready.toFixed(2)} s: ${parts.join(', ')}`)
}

async function makeModel(): Promise<void> {
  const sizes = workloads().models[values.model]
  if (sizes === undefined) throw new Error(`Cannot make "${values.model}": name one of bench/workloads.ts`)
  const config = { model_type: 'mt5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, dropout_rate: 0.1 }
  const architecture = parseArchitecture({ ...config, ...sizes }, 'bench/start.ts')
  const held = await cpuEngine.hold(architecture.parameters, {})
  for (const { name } of architecture.parameters) {
    await held.write(name, (data) => architecture.fillStart(name, 1, data))
  }
  mkdirSync(model, { recursive: true })
  const tokenizer = join(import.meta.dirname, '../test/fixtures/models/tiny-mt5')
  for (const file of ['spiece.model', 'special_tokens_map.json', 'tokenizer_config.json']) {
    copyFileSync(join(tokenizer, file), join(model, file))
  }
  await saveModelFolder(model, { architecture, read: (name) => held.parts(name), copyFiles: [] })
}

/** Abstracts of some 180 words and titles of 10, words the rarer the later they stand in their list. */
async function makePairs(): Promise<void> {
  const random = seededRandom(1)
  const known = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
    .split(/\s+/u)
    .filter(Boolean)
  const letters = (count: number): string =>
    Array.from({ length: count }, () => String.fromCharCode(97 + random.below(26))).join('')
  const words = [...known, ...Array.from({ length: 60_000 }, () => letters(3 + random.below(9)))]
  const word = (): string => words[Math.floor(words.length ** (random.below(2 ** 20) / 2 ** 20)) - 1] ?? words[0]!
  const text = (count: number): string => Array.from({ length: count }, word).join(' ')
  await writeJsonLines(
    pairs,
    Array.from({ length: Number(values.rows) }, () => ({
      source: text(130 + random.below(100)),
      target: text(6 + random.below(9)),
    })),
  )
}
