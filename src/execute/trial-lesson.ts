import { join } from 'node:path'
import { writeJsonLines } from '../base/json-lines.ts'
import { packageFolder } from '../base/package.ts'
import type { DeviceName } from '../lesson/device.ts'
import { lessonDefaults } from '../lesson/lesson-settings.ts'
import type { TeachRequest } from '../lesson/protocol.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'

/**
 * A lesson of made-up rows as long as abstracts and titles are, for a model of the hub's sizes with random weights, on a device.
 *
 * @param config of the model
 * @param folder where its files are written
 */
export async function sizedTrialRequest(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  device: DeviceName,
): Promise<TeachRequest> {
  const small = await trialRequest(folder, { width: 64, rows: 0 })
  const { tokenizer } = small.start as { tokenizer: string }
  const pairs = join(folder, 'pairs.jsonl')
  const row = {
    source: 'These words stand for an abstract of the usual length. '.repeat(22),
    target: 'A title of usual length for it.',
  }
  await writeJsonLines(
    pairs,
    Array.from({ length: 64 }, () => row),
  )
  return {
    ...small,
    start: { scratch: { ...config, dropout_rate: 0.1 }, tokenizer, seed: 1 },
    lesson: { ...small.lesson, maxSource: sizedTokens.source, maxTarget: sizedTokens.target, device },
  }
}

/** Of each of those rows. */
export const sizedTokens = { source: 230, target: 14 } as const

/**
 * A lesson on made-up pairs, for commands that try out the machine: a small T5 from scratch with dropout.
 *
 * @param folder where its files are written
 */
export async function trialRequest(
  folder: string,
  { width, rows }: { readonly width: number; readonly rows: number },
): Promise<TeachRequest> {
  const tokenizer = join(packageFolder, 'examples/miniature/tokenizer')
  const pairs = join(folder, 'pairs.jsonl')
  await writeJsonLines(
    pairs,
    Array.from({ length: rows }, (_, i) => ({
      source: `This is text number ${i} of a trial lesson, in which a small model learns nothing of use. `.repeat(
        1 + (i % 4),
      ),
      target: `Text number ${i}.`,
    })),
  )
  const scratch = {
    model_type: 't5',
    vocab_size: loadTokenizer(tokenizer).vocabSize,
    d_model: width,
    d_kv: 64,
    d_ff: 4 * width,
    num_layers: 4,
    num_decoder_layers: 4,
    num_heads: width / 64,
    feed_forward_proj: 'gated-gelu',
    tie_word_embeddings: false,
    dropout_rate: 0.1,
  }
  return {
    start: { scratch, tokenizer, seed: 1 },
    lesson: {
      ...lessonDefaults,
      learningRate: 1e-3,
      weightDecay: 0.01,
      epochs: 1,
      batch: 16,
      maxSource: 128,
      maxTarget: 32,
      seed: 1,
    },
    train: { pairs },
    keep: 'last',
    outFolder: join(folder, 'out'),
    stateFolder: join(folder, 'state'),
  }
}
