import { type OptimizerSettings, optimizerArrays } from '../../engine/optimizer.ts'
import { elementCount } from '../../graph/tensor.ts'
import type { Architecture } from '../../model/family.ts'

/** How many parameters a lesson teaches, and the bytes that its optimizer keeps besides them. */
export function lessonSize(
  { parameters }: Pick<Architecture, 'parameters'>,
  optimizer: OptimizerSettings,
): { parameters: number; optimizerBytes: number } {
  const arrays = parameters.flatMap(({ shape }) => optimizerArrays(optimizer, shape))
  return {
    parameters: parameterCount({ parameters }),
    optimizerBytes: arrays.reduce((sum, count) => sum + 4 * count, 0),
  }
}

/** All numbers of a model. */
export function parameterCount({ parameters }: Pick<Architecture, 'parameters'>): number {
  return parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}
