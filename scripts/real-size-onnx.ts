// Exports models of the real extents with random weights as ONNX, and says time, memory and whether transformers.js answers alike:
//
//   npm run build && node scripts/run-ts.mjs scripts/real-size-onnx.ts DIR [mt5-small flan-t5-small more-than-2-gib]
//
// @huggingface/transformers must be installed in DIR, as scripts/check-transformers-js.mjs does. Linux: memory is read from /proc.
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { seededRandom } from '../src/base/random.ts'
import { parseT5Config } from '../src/model/t5/config.ts'
import { t5Architecture } from '../src/model/t5/t5-family.ts'
import { saveModelFolder } from '../src/pretrained/save-model.ts'

/** What config.json of google/mt5-small and google/flan-t5-small say; the third has a decoder of more than protobuf's 2 GiB. */
const extents = {
  'mt5-small': { model_type: 'mt5', vocab_size: 250_112, d_model: 512, d_ff: 1024, num_layers: 8, num_heads: 6 },
  'flan-t5-small': { model_type: 't5', vocab_size: 32_128, d_model: 512, d_ff: 1024, num_layers: 8, num_heads: 6 },
  'more-than-2-gib': {
    model_type: 'mt5',
    vocab_size: 300_000,
    d_model: 768,
    d_ff: 2048,
    num_layers: 12,
    num_heads: 12,
  },
} as const

type Name = keyof typeof extents

const [place, ...asked] = process.argv.slice(2)
if (place === undefined) throw new Error('Cannot run without DIR')
const folder = resolve(place)
const main = join(import.meta.dirname, '../dist/cli/main.js')
const fixtures = join(import.meta.dirname, '../test/fixtures/models')
for (const name of asked.length === 0 ? (Object.keys(extents) as Name[]) : (asked as Name[])) await check(name)

async function check(name: Name): Promise<void> {
  const model = join(folder, name)
  const out = `${model}-onnx`
  if (!existsSync(join(model, 'config.json'))) await make(name, model)
  rmSync(out, { recursive: true, force: true })
  const written = await timed(['export', model, '--to', 'onnx', '--out', out])
  const sizes = readdirSync(join(out, 'onnx')).map(
    (file) => `${file} ${megabytes(statSync(join(out, 'onnx', file)).size)}`,
  )
  console.log(
    `${name}: ${written.seconds.toFixed(0)} s, at most ${megabytes(written.peakBytes)} in memory; ${sizes.join(', ')}`,
  )
  const checked = await timed(['export', model, '--to', 'onnx', '--out', out, '--check'])
  console.log(`${checked.out.trim()} (${checked.seconds.toFixed(0)} s)`)
  if (checked.code !== 0 || written.code !== 0) process.exitCode = 1
  rmSync(out, { recursive: true })
}

/** Start weights as the family draws them, and as many pieces as the real vocabulary has. */
async function make(name: Name, model: string): Promise<void> {
  mkdirSync(model, { recursive: true })
  const rest = { d_kv: 64, feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, decoder_start_token_id: 0 }
  const config = { ...extents[name], ...rest, pad_token_id: 0, eos_token_id: 1 }
  const architecture = t5Architecture(parseT5Config(config, name))
  const read = (parameter: string): Float32Array => {
    const { shape } = architecture.parameters.find((one) => one.name === parameter)!
    const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1))
    architecture.fillStart(parameter, 1, data)
    return data
  }
  await saveModelFolder(model, { architecture, read })
  const from = join(fixtures, name === 'flan-t5-small' ? 'tiny-flan-t5' : 'tiny-mt5')
  writeFileSync(
    join(model, 'spiece.model'),
    largerVocabulary(readFileSync(join(from, 'spiece.model')), config.vocab_size),
  )
  if (name !== 'flan-t5-small') copyFileSync(join(from, 'tokenizer_config.json'), join(model, 'tokenizer_config.json'))
}

/** A message of protobuf goes on with what is appended to it: more pieces, too long to be there already. */
function largerVocabulary(spiece: Buffer, count: number): Buffer {
  const random = seededRandom(7)
  const letters = (from: number, of: number, many: number): string =>
    String.fromCodePoint(...Array.from({ length: many }, () => from + random.below(of)))
  const words = new Set<string>()
  while (words.size < count - 3000) {
    const isChinese = random.below(3) === 0
    words.add(isChinese ? letters(0x4e00, 20_000, 3 + random.below(2)) : `▁${letters(97, 26, 7 + random.below(5))}`)
  }
  return Buffer.concat([spiece, ...[...words].map((word, at) => piece(word, -10 - at / count))])
}

/** `pieces = 1` of sentencepiece_model.proto: `piece = 1`, `score = 2`. */
function piece(text: string, score: number): Buffer {
  const name = Buffer.from(text)
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(score)
  const inner = Buffer.concat([Buffer.from([0x0a, name.length]), name, Buffer.from([0x15]), bytes])
  return Buffer.concat([Buffer.from([0x0a, inner.length]), inner])
}

interface Timed {
  readonly code: number | null
  readonly out: string
  readonly seconds: number
  readonly peakBytes: number
}

function timed(args: readonly string[]): Promise<Timed> {
  const begun = performance.now()
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const told = { out: '', peakBytes: 0 }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told.out += text
  })
  const look = setInterval(() => {
    const kilobytes = /VmHWM:\s+(\d+)/u.exec(statusOf(child.pid!))?.[1]
    told.peakBytes = Math.max(told.peakBytes, Number(kilobytes ?? 0) * 1024)
  }, 100)
  return new Promise((done) =>
    child.on('close', (code) => {
      clearInterval(look)
      done({ code, seconds: (performance.now() - begun) / 1000, ...told })
    }),
  )
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
