import { defaultDevice, engineFor } from '../../src/engine/backends/backends.ts'
import { Generator } from '../../src/train/answers/generator.ts'
import { loadWeights } from '../../src/train/model-memory.ts'

/** What this program answers to sources with a model folder: the likeliest tokens, without the start token. */
export async function modelAnswers(
  folder: string,
  sources: readonly Int32Array[],
  maxNewTokens: number,
): Promise<number[][]> {
  const weights = await loadWeights(folder, { engine: await engineFor(defaultDevice), threads: 1 })
  const generator = new Generator(weights)
  const sequences = await generator.greedy(sources, { maxNewTokens })
  await generator.release()
  return sequences.map((sequence) => [...sequence.slice(1)])
}
