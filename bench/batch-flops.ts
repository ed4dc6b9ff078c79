import type { T5Config } from '../src/model/t5/config.ts'
import type { Lengths } from './workloads.ts'

/** Multiplications and additions of an update's matrix products on real tokens, forward and twice that backward. */
export function batchFlops(config: T5Config, batch: readonly Lengths[]): number {
  const { dModel, dKv, dFf, numHeads, numLayers, numDecoderLayers, vocabSize } = config
  const inner = numHeads * dKv
  let forward = 0
  for (const [source, target] of batch) {
    forward += source * numLayers * (4 * dModel * inner + 3 * dModel * dFf)
    forward +=
      target * numDecoderLayers * (6 * dModel * inner + 3 * dModel * dFf) +
      source * numDecoderLayers * 2 * dModel * inner
    forward += target * dModel * vocabSize
    forward += 2 * inner * (numLayers * source ** 2 + numDecoderLayers * (target ** 2 + source * target))
  }
  return 3 * 2 * forward
}
