import { join } from 'node:path'
import { writeJsonLines } from '../base/json-lines.ts'
import { packageFolder } from '../base/package.ts'
import { lessonDefaults } from '../lesson/lesson-settings.ts'
import type { TeachRequest } from '../lesson/protocol.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'

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
