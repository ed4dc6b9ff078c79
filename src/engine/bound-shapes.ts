import { boundDim } from '../graph/dim.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { LessonGraph } from '../graph/weighted-graph.ts'
import type { Pass } from './engine.ts'

/** The inputs of a lesson's graph that hold a pass's extents, int64 each. */
export function boundShapes({ boundShapes: shapes }: LessonGraph, { extents }: Pass): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {}
  for (const [name, shape] of shapes ?? []) {
    const data = BigInt64Array.from(shape, (dim) => BigInt(boundDim(dim, extents)))
    inputs[name] = { type: 'int64', data, dims: [data.length] }
  }
  return inputs
}
