import type { Examples } from './examples.ts'
import type { LossPass } from './loss-pass.ts'

/** The losses of each example's target tokens, in order, without dropout. */
export async function* lossesOf(losses: LossPass, examples: Examples, batch: number): AsyncGenerator<Float32Array> {
  for (let begin = 0; begin < examples.count; begin += batch) {
    const end = Math.min(examples.count, begin + batch)
    yield* await losses.tokenLosses(Array.from({ length: end - begin }, (_, i) => examples.at(begin + i, 0)))
  }
}

/** Mean loss over all target tokens, without dropout. */
export async function meanLoss(losses: LossPass, examples: Examples, batch: number): Promise<number> {
  let sum = 0
  let tokens = 0
  for await (const tokenLosses of lossesOf(losses, examples, batch)) {
    tokens += tokenLosses.length
    for (const loss of tokenLosses) sum += loss
  }
  return sum / tokens
}
