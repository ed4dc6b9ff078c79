import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url))

const words = ['house', 'tree', 'boat', 'red', 'small', 'large', 'green', 'river', 'stone', 'bird', 'window']

/** Deterministic texts without order: no two rows are alike. */
function phrase(row: number, length: number): string {
  return Array.from(
    { length },
    (_, at) => words[(row * 7 + at * at + 3 * at + Math.floor(row / 11)) % words.length],
  ).join(' ')
}

/** A small study on real engines: two tasks in three formats, a model of the fixtures, chains that share a beginning. */
export function writeStudyFolder(folder: string, change: (study: string) => string = (study) => study): string {
  mkdirSync(folder, { recursive: true })
  const titles = Array.from({ length: 60 }, (_, row) => `"${phrase(row, 8)}, and more",${phrase(row, 2)}`)
  writeFileSync(join(folder, 'titles.csv'), `abstract,title\n${titles.join('\n')}\n`)
  const labels = ['na', 'Cost', 'Cost|BadFood', 'BadFood', '']
  const reviews = Array.from({ length: 60 }, (_, row) => `the ${phrase(row, 4)}\t${labels[row % labels.length]}`)
  writeFileSync(join(folder, 'reviews.tsv'), `review\tpolicies\n${reviews.join('\n')}\n`)
  const pairs = (from: number, to: number): string =>
    Array.from(
      { length: to - from },
      (_, i) => `${JSON.stringify({ pair: { en: phrase(from + i, 3), zh: `词${(from + i) % 5}` } })}\n`,
    ).join('')
  writeFileSync(join(folder, 'train.jsonl'), pairs(0, 30))
  writeFileSync(join(folder, 'test.jsonl'), pairs(30, 40))
  cpSync(fixture('models/tiny-flan-t5'), join(folder, 'model'), { recursive: true })
  const file = join(folder, 'study.yaml')
  writeFileSync(file, change(studyText))
  return file
}

const studyText = `study: small
starts:
  flan: { path: ./model }
defaults:
  limits: { source: 32, target: 8 }
  teach: { learning_rate: 1e-3, epochs: 1, batch: 8 }
tasks:
  a2t:
    prefix: "title: "
    data: { file: titles.csv, split: { train: 40, validation: 8, test: 12, seed: 1 } }
    source: abstract
    target: title
    metrics: [bleu, rouge]
  res:
    prefix: "labels: "
    data: { file: reviews.tsv, split: { train: 40, validation: 8, test: 12 } }
    source: review
    labels: { column: policies, separator: "|", none: na, classes: [Cost, BadFood] }
  trans:
    data: { train: { file: train.jsonl }, test: { file: test.jsonl } }
    source: pair.en
    target: "{pair.zh}"
chains:
  - flan -> a2t
  - flan -> res -> a2t
  - flan -> res -> trans
seeds: [1]
`
