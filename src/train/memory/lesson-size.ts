import { type OptimizerSettings, optimizerArrays } from '../../engine/optimizer.ts'
import { elementCount } from '../../graph/tensor.ts'
import type { Architecture } from '../../model/family.ts'

/** How many parameters a lesson teaches, and the bytes that its optimizer keeps besides them. */
export function lessonSize(
  { parameters }: Pick<Architecture, 'parameters'>,
  optimizer: OptimizerSettings,
): { parameters: number; optimizerBytes: number } {
  const size = { parameters: 0, optimizerBytes: 0 }
  for (const { shape } of parameters) {
    size.parameters += elementCount(shape)
    for (const elements of optimizerArrays(optimizer, shape)) size.optimizerBytes += elements * 4
  }
  return size
}
