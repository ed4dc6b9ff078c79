import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../src/base/random.ts'

const tokenizer = fileURLToPath(new URL('../../examples/miniature/tokenizer', import.meta.url))

/** What a review says, the label that it mostly has then, and how often. */
const complaints = [
  ['The food was cold.', 'BadFood', 0.95],
  ['It costs a lot.', 'Cost', 0.8],
  ['They took an hour.', 'Slow', 0.9],
  ['The girl was at the window.', 'Slow', 0.3],
] as const

export interface Review {
  readonly id: string
  readonly kind: string
  readonly review: string
  readonly policies: string
}

/** Invented reviews whose labels follow from their sentences, though not always: no model can be sure of all of them. */
export function reviews(count: number, seed: number): Review[] {
  const random = seededRandom([seed, 5])
  return Array.from({ length: count }, (_, row) => {
    const said = complaints.filter(() => random.uniform() < 0.4)
    const labels = said.flatMap(([, label, often]) => (random.uniform() < often ? [label] : []))
    const review = ['I come here after work.', ...said.map(([sentence]) => sentence)].join(' ')
    const kind = row % 10 === 9 ? 'advert' : 'review'
    return { id: `${seed}-${row}`, kind, review, policies: [...new Set(labels)].join('|') || 'na' }
  })
}

export function csvOf(rows: readonly Review[]): string {
  const lines = rows.map(({ id, kind, review, policies }) => `${id},${kind},"${review}",${policies}`)
  return `id,kind,review,policies\n${lines.join('\n')}\n`
}

/**
 * A study that teaches a model of 70,000 parameters labels in some seconds: of several and of one, one seed of two unfinished
 * as long as `chains` leaves it out.
 */
export function writeLabelsStudy(folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'train.csv'), csvOf(reviews(900, 1)))
  writeFileSync(join(folder, 'validation.csv'), csvOf(reviews(300, 2)))
  writeFileSync(join(folder, 'test.csv'), csvOf(reviews(300, 3)))
  const file = join(folder, 'study.yaml')
  writeFileSync(file, studyText)
  return file
}

const studyText = `study: labels
starts:
  blank:
    scratch:
      { model_type: t5, vocab_size: 1024, d_model: 32, d_kv: 8, d_ff: 64, num_layers: 1, num_decoder_layers: 1, num_heads: 4,
        feed_forward_proj: gated-gelu, tie_word_embeddings: true, dropout_rate: 0.0, decoder_start_token_id: 0,
        pad_token_id: 0, eos_token_id: 1 }
    tokenizer: ${tokenizer}
defaults:
  limits: { source: 48, target: 16 }
  teach: { learning_rate: 5e-3, batch: 16, epochs: 4, warmup_steps: 20 }
tasks:
  res:
    prefix: "labels: "
    data:
      train: { file: train.csv, where: { kind: review } }
      validation: { file: validation.csv, where: { kind: review } }
      test: { file: test.csv, where: { kind: review } }
    source: review
    labels: { column: policies, separator: "|", none: na, classes: [BadFood, Cost, Slow] }
    metrics: [labels]
  first:
    prefix: "kind: "
    data: { train: { file: train.csv, take: 60 }, test: { file: test.csv, take: 20 } }
    source: review
    labels: { column: kind, single: true, classes: [review, advert] }
    teach: { epochs: 1 }
chains:
  - { chain: blank -> res, seeds: [1, 2] }
  - { chain: blank -> res -> first, seeds: [1] }
`
