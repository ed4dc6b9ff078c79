// Times the answers of a model folder as the peer does: sources sorted by length, so many new tokens, greedy or with beams.
//
//   node scripts/run-ts.mjs bench/answers.ts MODEL SOURCES --beams 4 [--tokens 32] [--batch 32] [--threads 2] [--out FILE]
//   node scripts/run-ts.mjs bench/answers.ts --make FOLDER
//
// MODEL and SOURCES are made by --make: random weights of Flan-T5-small's size and 128 sources, in FOLDER/model and
// FOLDER/sources.txt.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/base/random.ts'
import { cpuEngine } from '../src/engine/cpu/cpu-engine.ts'
import { parseT5Config } from '../src/model/t5/config.ts'
import { t5Architecture } from '../src/model/t5/t5-family.ts'
import { saveModelFolder } from '../src/pretrained/save-model.ts'
import { loadTokenizer } from '../src/pretrained/tokenizer-folder.ts'
import { Generator } from '../src/train/answers/generator.ts'
import { loadWeights } from '../src/train/model-memory.ts'
import { isOwnProcess } from './own-process.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    make: { type: 'string' },
    beams: { type: 'string', default: '1' },
    tokens: { type: 'string', default: '32' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
    out: { type: 'string' },
  },
})

if (values.make !== undefined) await make(values.make)
else if (isOwnProcess('bench/answers.ts')) await time()

async function time(): Promise<void> {
  const [model, file] = positionals
  if (model === undefined || file === undefined) throw new Error('Cannot run without MODEL and SOURCES')
  const begun = performance.now()
  const tokenizer = loadTokenizer(model)
  const weights = await loadWeights(model, { engine: cpuEngine, threads: Number(values.threads) })
  const generator = new Generator(weights)
  const texts = readFileSync(file, 'utf8').trimEnd().split('\n')
  const sources = texts.map((text) => tokenizer.encode(text, { maxLength: 512 }))
  const order = [...sources.keys()].sort((a, b) => sources[b]!.length - sources[a]!.length)
  const answer = async (rows: readonly number[], maxNewTokens: number): Promise<number[][]> => {
    const asked = rows.map((row) => sources[row]!)
    const written = await generator.answers(asked, { maxNewTokens, numBeams: Number(values.beams) })
    return written.map(([best]) => [...best!.sequence])
  }
  await answer(order.slice(0, 4), 4)
  const ready = performance.now()
  const sequences = new Array<number[]>(sources.length)
  for (let first = 0; first < order.length; first += Number(values.batch)) {
    const rows = order.slice(first, first + Number(values.batch))
    const answers = await answer(rows, Number(values.tokens))
    rows.forEach((row, at) => {
      sequences[row] = answers[at]!
    })
  }
  const seconds = (performance.now() - ready) / 1000
  await generator.release()
  if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(sequences))
  const rss = (process.resourceUsage().maxRSS * 1024) / 1e9
  console.log(JSON.stringify({ seconds, ready_seconds: (ready - begun) / 1000, rss_gb: rss }))
}

async function make(folder: string): Promise<void> {
  const model = join(folder, 'model')
  const tokenizer = join(import.meta.dirname, '../test/fixtures/models/tiny-flan-t5')
  mkdirSync(model, { recursive: true })
  const config = parseT5Config(
    {
      model_type: 't5',
      vocab_size: 32128,
      d_model: 512,
      d_kv: 64,
      d_ff: 1024,
      num_layers: 8,
      num_heads: 6,
      feed_forward_proj: 'gated-gelu',
      tie_word_embeddings: false,
      decoder_start_token_id: 0,
    },
    'bench/answers.ts',
  )
  const architecture = t5Architecture(config)
  const held = await cpuEngine.hold(architecture.parameters, {})
  for (const { name } of architecture.parameters) {
    await held.write(name, (data) => {
      architecture.fillStart(name, 1, data)
      // Scores as near each other as those of a model that has learned, so that beams differ.
      if (name === 'lm_head.weight') data.set(data.map((x) => x * 0.05))
    })
  }
  const copyFiles = ['tokenizer.json', 'spiece.model', 'special_tokens_map.json', 'tokenizer_config.json']
  await saveModelFolder(model, {
    architecture,
    read: (name) => held.parts(name),
    copyFiles: copyFiles.map((file) => join(tokenizer, file)),
  })
  const random = seededRandom(1)
  const words = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
    .split(/\s+/u)
    .filter(Boolean)
  const sources = Array.from({ length: 128 }, () =>
    Array.from({ length: 20 + random.below(71) }, () => words[random.below(words.length)]).join(' '),
  )
  writeFileSync(join(folder, 'sources.txt'), `${sources.join('\n')}\n`)
}
