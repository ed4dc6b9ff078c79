import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { type Device, engineFor } from '../../src/engine/backends/backends.ts'
import type { Example } from '../../src/model/family.ts'
import { parseArchitecture } from '../../src/pretrained/families.ts'
import { LessonPass } from '../../src/train/lesson-pass.ts'
import { initialWeights } from '../../src/train/model-memory.ts'
import { plainDevices } from '../rig/plain-devices.ts'

const adamw = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 } as const
const narrow = {
  ...{ model_type: 't5', feed_forward_proj: 'gated-gelu', tie_word_embeddings: false, dropout_rate: 0.1 },
  ...{ d_model: 64, d_kv: 16, d_ff: 128, num_heads: 4, num_layers: 1, vocab_size: 300 },
}

/** Every weight after two updates. */
async function taught(
  device: Device,
  threads: number,
  config: Record<string, unknown>,
  [rows, most, mostTarget = most >> 1]: readonly [rows: number, most: number, mostTarget?: number],
): Promise<string> {
  const architecture = parseArchitecture(config, 'a model')
  const weights = await initialWeights(architecture, 1, adamw, { engine: await engineFor(device), threads })
  const pass = new LessonPass(weights, { seed: 1 })
  const random = seededRandom(5)
  const ids = (most: number): Int32Array =>
    Int32Array.from({ length: 1 + random.below(most) }, () => 3 + random.below(290))
  const examples: Example[] = Array.from({ length: rows }, () => ({ source: ids(most), target: ids(mostTarget) }))
  for (const step of [0, 1]) await pass.update(examples, step, 1e-3)
  await pass.release()
  const all: Buffer[] = []
  for (const { name } of architecture.parameters) {
    const { buffer, byteOffset, byteLength } = await weights.model.read(name)
    all.push(Buffer.from(buffer, byteOffset, byteLength))
  }
  return Buffer.concat(all).toString('base64')
}

const wide = { ...narrow, d_model: 256, d_kv: 64 }

const wider = { ...narrow, d_model: 320, d_kv: 80, d_ff: 320, vocab_size: 400 }

// Few tokens are shared out by columns, many by rows.
test.each(
  plainDevices.flatMap((device) =>
    [
      { name: 'a narrow model and many tokens', config: narrow, size: [10, 100] as const },
      { name: 'a narrow model and few tokens', config: narrow, size: [4, 20] as const },
      { name: 'a model of width 256 and few tokens', config: wide, size: [4, 20] as const },
      { name: 'a model of width 320 and short targets', config: wider, size: [6, 200, 3] as const },
      { name: 'a model of width 320 and three rows with short targets', config: wider, size: [3, 130, 3] as const },
    ].map((one) => ({ device, ...one })),
  ),
)('updates of $name on $device come to the same bits with 1, 2, 3 and 4 threads', async ({ device, config, size }) => {
  const alone = await taught(device, 1, config, size)
  for (const threads of [2, 3, 4])
    expect((await taught(device, threads, config, size)) === alone, `${threads} threads`).toBe(true)
})
