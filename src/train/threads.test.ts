import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { backends, type Device, engineFor } from '../engine/backends/backends.ts'
import type { Example } from '../model/family.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import { LessonPass } from './lesson-pass.ts'
import { initialWeights } from './model-memory.ts'

const adamw = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 } as const
const config = {
  ...{ model_type: 't5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, dropout_rate: 0.1 },
  ...{ d_model: 64, d_kv: 16, d_ff: 128, num_heads: 4, num_layers: 1, vocab_size: 300 },
}

/** Every weight after two updates with so many rows that operators are shared among threads. */
async function taught(device: Device, threads: number): Promise<string> {
  const architecture = parseArchitecture(config, 'a model')
  const weights = await initialWeights(architecture, 1, adamw, { engine: await engineFor(device), threads })
  const pass = new LessonPass(weights, { seed: 1 })
  const random = seededRandom(5)
  const ids = (most: number): Int32Array =>
    Int32Array.from({ length: 1 + random.below(most) }, () => 3 + random.below(290))
  const examples: Example[] = Array.from({ length: 24 }, () => ({ source: ids(100), target: ids(40) }))
  for (const step of [0, 1]) await pass.update(examples, step, 1e-3)
  await pass.release()
  const all: Buffer[] = []
  for (const { name } of architecture.parameters) {
    const { buffer, byteOffset, byteLength } = await weights.model.read(name)
    all.push(Buffer.from(buffer, byteOffset, byteLength))
  }
  return Buffer.concat(all).toString('base64')
}

test.each(Object.keys(backends) as Device[])(
  'updates on %s come to the same bits with 1, 2, 3 and 4 threads',
  async (device) => {
    const alone = await taught(device, 1)
    for (const threads of [2, 3, 4]) expect((await taught(device, threads)) === alone, `${threads} threads`).toBe(true)
  },
)
