import { seededRandom } from '../../src/base/random.ts'
import { drawAbstract } from './world/abstracts.ts'
import { drawDistinct } from './world/draw.ts'
import { drawInstruction } from './world/instructions.ts'
import { drawReview } from './world/reviews.ts'
import { drawSentencePair } from './world/sentences.ts'

/** Rows of each file; the study divides them into training, validation and test rows. */
const rows = { abstracts: 1800, sentences: 2400, reviews: 1800, textsOfEachKind: 900, instructions: 1200 }

/**
 * The miniature world's files by name, the same for the same seed. No text occurs twice, also not in two files, and no
 * two abstracts have one title, so that every division into splits is free of leaks.
 */
export function miniatureFiles(seed: number): Map<string, string> {
  const taken = new Set<string>()
  const abstractRandom = seededRandom([seed, 1])
  const abstracts = drawDistinct(
    rows.abstracts,
    taken,
    () => drawAbstract(abstractRandom),
    (row) => [row.abstract, row.title],
  )
  const sentenceRandom = seededRandom([seed, 2])
  const sentences = drawDistinct(
    rows.sentences,
    taken,
    () => drawSentencePair(sentenceRandom),
    (row) => [row.english, row.chinese],
  )
  const reviewRandom = seededRandom([seed, 3])
  const reviews = drawDistinct(
    rows.reviews,
    taken,
    () => drawReview(reviewRandom),
    (row) => [row.review],
  )
  const texts = drawTexts(seed, taken)
  const instructionRandom = seededRandom([seed, 5])
  const instructions = drawDistinct(
    rows.instructions,
    taken,
    () => drawInstruction(instructionRandom),
    (row) => [row.text],
  )
  return new Map([
    ['abstracts.jsonl', lines(abstracts.map(({ abstract, title }) => JSON.stringify({ abstract, title })))],
    ['sentences.tsv', lines(['english\tchinese', ...sentences.map((row) => `${row.english}\t${row.chinese}`)])],
    [
      'reviews.csv',
      lines([
        'review,policies_violated',
        ...reviews.map((row) => `${quoted(row.review)},${quoted(row.policies_violated)}`),
      ]),
    ],
    ['texts.jsonl', lines(texts.map((text) => JSON.stringify({ text })))],
    ['instructions.jsonl', lines(instructions.map((row) => JSON.stringify(row)))],
  ])
}

/** Texts without tasks, to learn the languages from: the English and the Chinese sentences do not translate each other. */
function drawTexts(seed: number, taken: Set<string>): string[] {
  const random = seededRandom([seed, 4])
  const draws = [
    () => drawAbstract(random).abstract,
    () => drawSentencePair(random).english,
    () => drawSentencePair(random).chinese,
    () => drawReview(random).review,
  ]
  const kinds = draws.map((draw) => drawDistinct(rows.textsOfEachKind, taken, draw, (text) => [text]))
  const texts = kinds.flat()
  return Array.from(random.permutation(texts.length), (at) => texts[at]!)
}

function lines(rows: readonly string[]): string {
  return `${rows.join('\n')}\n`
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}
