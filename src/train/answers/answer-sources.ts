import type { GenerationOptions } from '../../lesson/generation.ts'
import type { Prediction } from '../../lesson/protocol.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import { answerIds, type Generator, isEnded, type Written } from './generator.ts'

/** What answers are made with. */
export interface Answering {
  readonly generator: Generator
  readonly tokenizer: Tokenizer
}

export interface AnsweringHooks {
  /** May throw to end the work. */
  readonly beforeBatch?: () => void | Promise<void>
  readonly onDone?: (done: number) => void
  /** Answers that an interrupted sitting has given to the first batches; as whole batches they are taken over. */
  readonly kept?: readonly Prediction[]
  /** Handed each batch as it is answered. @param from how many answers were there before it */
  readonly onAnswers?: (from: number, answers: readonly Prediction[]) => void
}

/** Answers tokenised sources, in their order. */
export async function answerSources(
  { generator, tokenizer }: Answering,
  sources: readonly Int32Array[],
  generation: GenerationOptions,
  batch: number,
  { beforeBatch, onDone, kept = [], onAnswers }: AnsweringHooks = {},
): Promise<Prediction[]> {
  const predictions = new Array<Prediction>(sources.length)
  const sentinels = new Set(tokenizer.sentinelIds)
  // Sources of like lengths share a batch; the longest come first, so that a lack of memory shows at once.
  const byLength = [...sources.keys()].sort((a, b) => sources[b]!.length - sources[a]!.length)
  const answerOf = (written: readonly Written[]): Prediction => {
    const { sequence } = written[0]!
    const ids = answerIds(sequence, generator.architecture)
    const marks = sentinelCount(ids, sentinels, tokenizer)
    return {
      prediction: tokenizer.decode(ids),
      tokens: ids.length,
      finish: isEnded(sequence, generator.eosIds) ? 'end' : 'limit',
      ...(marks > 0 ? { sentinels: marks } : {}),
      ...(generation.numReturnSequences === undefined ? {} : { answers: textsOf(written, generator, tokenizer) }),
    }
  }
  for (let begin = 0; begin < byLength.length; begin += batch) {
    await beforeBatch?.()
    const rows = byLength.slice(begin, begin + batch)
    let answers = kept.slice(begin, begin + rows.length)
    // In another batch, an answer's numbers may differ in their last bits.
    if (answers.length < rows.length) {
      const asked = rows.map((row) => sources[row]!)
      answers = (await generator.answers(asked, generation)).map(answerOf)
      onAnswers?.(begin, answers)
    }
    rows.forEach((row, at) => {
      predictions[row] = answers[at]!
    })
    onDone?.(Math.min(byLength.length, begin + batch))
  }
  generator.rest()
  return predictions
}

function textsOf(
  written: readonly Written[],
  { architecture }: Generator,
  tokenizer: Tokenizer,
): NonNullable<Prediction['answers']> {
  return written.map(({ sequence, score }) => ({
    text: tokenizer.decode(answerIds(sequence, architecture)),
    ...(score === undefined ? {} : { score }),
  }))
}

/** Sentinels are left out of a decoded text where they are special tokens, and stand in it where they are pieces. */
function sentinelCount(ids: Int32Array, sentinels: ReadonlySet<number>, tokenizer: Tokenizer): number {
  // A vocabulary without sentinels lends its last ids to span corruption, and those are words: the text decides.
  if (!ids.some((id) => sentinels.has(id))) return 0
  return tokenizer.decode(ids, { skipSpecialTokens: false }).match(/<extra_id_\d+>/g)?.length ?? 0
}
