import type { GraphBuilder } from '../../src/graph/builder.ts'
import { LiveBytes, valueBytes, views } from '../../src/graph/live-bytes.ts'
import { emittedNodes } from '../../src/graph/serialize.ts'

/** What a run of a graph costs, counted and not timed. */
export interface GraphCost {
  readonly nodes: number
  /** Of all results, also those that are written where an operand stood. */
  readonly writtenBytes: number
  /** The most that inner values take at any time; inputs, constants and outputs lie elsewhere. */
  readonly peakBytes: number
}

/** Whatever onnxruntime fuses or leaves out is counted as it stands. */
export function graphCost(g: GraphBuilder, symbols: Readonly<Record<string, number>>): GraphCost {
  const nodes = emittedNodes(g)
  const outputs = new Set(g.outputs.map(({ name }) => name))
  let writtenBytes = 0
  for (const node of nodes.filter(({ op }) => !views.has(op))) {
    for (const output of node.outputs) writtenBytes += valueBytes(output, symbols)
  }
  return { nodes: nodes.length, writtenBytes, peakBytes: new LiveBytes(g, outputs).most(symbols) }
}
