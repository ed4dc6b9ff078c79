import { elementCount } from '../../../graph/tensor.ts'
import type { ParameterSpec } from '../../../graph/weighted-graph.ts'

/** Parameters of one shape, which are updated together: a run over each alone would be mostly overhead. */
export interface ParameterGroup {
  readonly names: readonly string[]
  /** Of each. */
  readonly shape: readonly number[]
  /** Weight decay applies. */
  readonly decay: boolean
}

/**
 * Every parameter in one group.
 *
 * @param most elements of a group of several
 */
export function parameterGroups(specs: readonly ParameterSpec[], most = 2 ** 25): ParameterGroup[] {
  const groups: { names: string[]; shape: readonly number[]; decay: boolean }[] = []
  for (const { name, shape, decay } of specs) {
    const size = elementCount(shape)
    const alike = groups.find(
      (group) =>
        group.decay === decay && group.shape.join() === shape.join() && (group.names.length + 1) * size <= most,
    )
    if (alike) alike.names.push(name)
    else groups.push({ names: [name], shape, decay })
  }
  return groups
}

/** The extents of what a group has in one tensor: its parameters, one behind the other. */
export function stackDims({ names, shape }: ParameterGroup): readonly number[] {
  return [names.length, ...shape]
}
