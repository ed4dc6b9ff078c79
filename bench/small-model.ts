// Times an update of the miniature's model (examples/miniature): 16 sources of 50 tokens, targets of 14, no dropout.
//
//   node scripts/run-ts.mjs bench/small-model.ts [--updates 300] [--threads 2] [--python PYTHON] [--rounds 3]
//
// --python is an interpreter with torch and transformers: then both are timed alternately, and the ratio is printed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/base/random.ts'
import { childEnvironment } from '../src/engine/cpu/child-environment.ts'
import { cpuEngine } from '../src/engine/cpu/cpu-engine.ts'
import type { Example } from '../src/model/family.ts'
import { parseT5Config } from '../src/model/t5/config.ts'
import { t5Architecture } from '../src/model/t5/t5-family.ts'
import { LessonPass } from '../src/train/lesson-pass.ts'
import { initialWeights } from '../src/train/model-memory.ts'

const { values } = parseArgs({
  options: {
    updates: { type: 'string', default: '300' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    child: { type: 'boolean', default: false },
  },
})
const model = {
  model_type: 't5',
  vocab_size: 1024,
  d_model: 64,
  d_kv: 16,
  d_ff: 128,
  num_layers: 2,
  num_decoder_layers: 2,
  num_heads: 4,
  feed_forward_proj: 'gated-gelu',
  tie_word_embeddings: true,
  dropout_rate: 0,
  decoder_start_token_id: 0,
  pad_token_id: 0,
  eos_token_id: 1,
}

if (values.child) console.log(await medianUpdate())
else compare()

/** Each in a process of its own, one after the other, round by round. */
function compare(): void {
  const timings = Array.from({ length: Number(values.rounds) }, () => {
    const ours = ask(process.execPath, ['scripts/run-ts.mjs', 'bench/small-model.ts', '--child'])
    const peer = values.python && ask(values.python, [join(import.meta.dirname, 'small_model_peer.py')])
    return { ours, ...(peer ? { peer, ratio: peer / ours } : {}) }
  })
  for (const timing of timings) console.log(JSON.stringify(timing))
}

/** @returns milliseconds an update */
function ask(program: string, begin: string[]): number {
  const options = ['--updates', values.updates, '--threads', values.threads]
  const { stdout, stderr, status } = spawnSync(program, [...begin, ...options], {
    encoding: 'utf8',
    env: childEnvironment(process.env),
  })
  if (status !== 0) throw new Error(`Cannot time ${program}: ${stderr}`)
  return Number(stdout)
}

async function medianUpdate(): Promise<number> {
  const optimizer = {
    name: 'adamw',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.5,
    maxGradNorm: 1,
  } as const
  const holding = { engine: cpuEngine, threads: Number(values.threads) }
  const architecture = t5Architecture(parseT5Config(model, 'the miniature'))
  const pass = new LessonPass(await initialWeights(architecture, 1, optimizer, holding), { dropout: 0, seed: 1 })
  const random = seededRandom(1)
  const ids = (count: number): Int32Array => Int32Array.from({ length: count }, () => 3 + random.below(1021))
  const milliseconds: number[] = []
  for (let at = 0; at < Number(values.updates); at++) {
    const examples: Example[] = Array.from({ length: 16 }, () => ({ source: ids(50), target: ids(14) }))
    const begun = performance.now()
    await pass.update(examples, at, 1e-3)
    milliseconds.push(performance.now() - begun)
  }
  await pass.release()
  return milliseconds.sort((a, b) => a - b)[milliseconds.length >> 1]!
}
