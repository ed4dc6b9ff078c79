// Times updates early and late in a lesson over a vocabulary most of whose rows are seen once, in its first updates: their moments
// shrink ever after, and numbers that become denormal would make each update slower on some processors.
//
//   node scripts/run-ts.mjs bench/rare-rows.ts [--updates 3000] [--vocabulary 30000] [--threads 2]
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { seededRandom } from '../src/base/random.ts'
import { cpuEngine } from '../src/engine/cpu/cpu-engine.ts'
import type { Example } from '../src/model/family.ts'
import { parseT5Config } from '../src/model/t5/config.ts'
import { t5Architecture } from '../src/model/t5/t5-family.ts'
import { LessonPass } from '../src/train/lesson-pass.ts'
import { initialWeights } from '../src/train/model-memory.ts'
import { adamw } from './adamw.ts'
import { median } from './median.ts'
import { isOwnProcess } from './own-process.ts'

const { values } = parseArgs({
  options: {
    updates: { type: 'string', default: '3000' },
    vocabulary: { type: 'string', default: '30000' },
    threads: { type: 'string', default: '2' },
  },
})
const vocabulary = Number(values.vocabulary)
const updates = Number(values.updates)
/** Updates whose rows have rare pieces, and as many of which each median is. */
const part = 100
const commonPieces = 200

if (isOwnProcess('bench/rare-rows.ts')) await main()

async function main(): Promise<void> {
  if (updates < 3 * part) throw new Error(`Cannot tell early from late with fewer than ${3 * part} updates`)
  const sizes = { vocab_size: vocabulary, d_model: 64, d_kv: 16, d_ff: 128, num_layers: 1, num_heads: 4 }
  const common = { model_type: 't5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false }
  const architecture = t5Architecture(parseT5Config({ ...common, ...sizes }, 'bench/rare-rows.ts'))
  const holding = { engine: cpuEngine, threads: Number(values.threads) }
  const pass = new LessonPass(await initialWeights(architecture, 1, adamw, holding), { dropout: 0.1, seed: 1 })
  const random = seededRandom(1)
  const ids = (count: number, pieces: number): Int32Array =>
    Int32Array.from({ length: count }, () => 3 + random.below(pieces - 3))
  const batch = (pieces: number): Example[] =>
    Array.from({ length: 8 }, () => ({ source: ids(24, pieces), target: ids(12, pieces) }))
  const milliseconds: number[] = []
  for (let step = 0; step < updates; step++) {
    const rows = batch(step < part ? vocabulary : commonPieces)
    const begun = performance.now()
    await pass.update(rows, step, 1e-3)
    milliseconds.push(performance.now() - begun)
  }
  await pass.release()
  const [early, late] = [median(milliseconds.slice(part, 2 * part)), median(milliseconds.slice(-part))]
  console.log(
    `${vocabulary} pieces: updates ${part} to ${2 * part} took ${early.toFixed(2)} ms, the last ${part} of ${updates} ${late.toFixed(2)} ms, ${(late / early).toFixed(2)} times as long (medians; load ${loadavg()[0]!.toFixed(1)})`,
  )
}
