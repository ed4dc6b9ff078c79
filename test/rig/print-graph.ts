import type { GraphBuilder } from '../../src/graph/builder.ts'
import { spell } from '../../src/graph/infer.ts'
import type { GraphNode, Value } from '../../src/graph/ops.ts'
import { reachable } from '../../src/graph/serialize.ts'

/**
 * A graph as text for people: inputs, one line a node that an output needs, outputs. Small constants stand in place.
 *
 *   inputs x: float[N, 4], w: float[3, 4]
 *   gemm_0: float[N, 3] = Gemm(x, w) transA=0 transB=1 alpha=1 beta=1
 *   outputs y = gemm_0
 */
export function printGraph(g: GraphBuilder): string {
  const constants = new Map<Value, string>()
  for (const { value, data } of g.constants) {
    const shown = data.length <= 8 ? data.join(', ') : `${data.slice(0, 6).join(', ')}, … ${data.length} in all`
    constants.set(value, value.shape.length === 0 ? shown : `[${shown}]`)
  }
  const operand = (value: Value): string => constants.get(value) ?? value.name
  const line = (node: GraphNode): string => {
    const attributes = Object.entries(node.attributes).map(
      ([name, value]) => ` ${name}=${Array.isArray(value) ? `[${value.join(', ')}]` : value}`,
    )
    return `${node.outputs.map(spell).join(', ')} = ${node.op}(${node.inputs.map(operand).join(', ')})${attributes.join('')}`
  }
  return [
    `inputs ${g.inputs.map(spell).join(', ')}`,
    ...reachable(g).nodes.map(line),
    `outputs ${g.outputs.map(({ name, value }) => `${name} = ${operand(value)}`).join(', ')}`,
  ].join('\n')
}
