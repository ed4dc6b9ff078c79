import type { Random } from '../../../src/base/random.ts'
import { drawAbstract } from './abstracts.ts'
import { pick } from './draw.ts'
import { drawReview } from './reviews.ts'

export interface Instruction {
  readonly question: string
  readonly text: string
  readonly answer: string
}

/** Questions about English texts; none is a task of the study. */
const questions: readonly ((random: Random) => Instruction)[] = [
  (random) => {
    const { abstract, field } = drawAbstract(random)
    return ask(random, ['What field is this about?', 'Name the field of this text.'], abstract, field)
  },
  (random) => {
    const { abstract, rival } = drawAbstract(random)
    return ask(random, ['What did old work use?', 'Which old method is named?'], abstract, rival ?? 'none')
  },
  (random) => {
    const { abstract, kind } = drawAbstract(random)
    return ask(random, ['What kind of paper is this?', 'Sort this paper by its kind.'], abstract, kind)
  },
  (random) => {
    const { review } = drawReview(random)
    const sentences = review.split(/(?<=[.!]) /u)
    return ask(random, ['Copy the first sentence.', 'How does this text start?'], review, sentences[0]!)
  },
  (random) => {
    const { review, policies_violated } = drawReview(random)
    const pleased = policies_violated === '' || policies_violated === 'na'
    return ask(random, ['Is the guest pleased?', 'Did the guest like it?'], review, pleased ? 'yes' : 'no')
  },
]

/** A question about a new text in one of several wordings, with its answer: what instruction tuning teaches. */
export function drawInstruction(random: Random): Instruction {
  return pick(random, questions)(random)
}

function ask(random: Random, wordings: readonly string[], text: string, answer: string): Instruction {
  return { question: pick(random, wordings), text, answer }
}
