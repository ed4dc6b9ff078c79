import type { GraphBuilder } from './builder.ts'
import type { GraphNode, Value } from './ops.ts'

/**
 * `before + made`: by the product that has made it where one has, without another pass. The product alone is then no longer needed,
 * unless something else reads it.
 */
export function addedTo(g: GraphBuilder, before: Value, made: Value): Value {
  const node = g.nodes.findLast(({ outputs }) => outputs[0] === made)
  if (node?.op !== 'Gemm' || node.inputs.length > 2) return g.add(before, made)
  const { inputs, attributes } = node as GraphNode<'Gemm'>
  return g.apply('Gemm', [inputs[0], inputs[1], before], attributes)
}
