import { addedTo } from './added-to.ts'
import type { GraphBuilder, TapeEntry } from './builder.ts'
import { sameShape } from './dim.ts'
import { gradientOf } from './gradient-rules.ts'
import { spell } from './infer.ts'
import type { GraphNode, Value } from './ops.ts'

/**
 * Adds the reverse pass of a graph to it: the gradient of Σ⟨output, cotangent⟩ for each of `wrt`.
 *
 * Only nodes on a path from `wrt` to the outputs are visited. `wrt` may hold inner values; the walk ends there, so that a value
 * before them gets what reaches it on other ways.
 *
 * @param outputs results with the cotangent that flows into each, of the same shape
 * @param wrt the values to differentiate for, no value made inside `withGradient` but its result
 * @returns for each of `wrt` its gradient, shaped like it, or `null` where the outputs do not depend on it
 * @throws {Error} if an output depends on `wrt` through a second output of a node, or through a value made inside `withGradient`
 */
export function gradients(
  g: GraphBuilder,
  outputs: readonly { readonly value: Value; readonly cotangent: Value }[],
  wrt: readonly Value[],
): (Value | null)[] {
  const tape = [...g.tape]
  const active = new Set<Value>(wrt)
  const stops = new Set<Value>(wrt)
  for (const entry of tape) {
    const { inputs, results } = ends(entry)
    const inside = entry.kind === 'group' ? entry.group.hidden.find((value) => stops.has(value)) : undefined
    if (inside) throw new Error(`Cannot differentiate for ${spell(inside)} as it was made inside withGradient`)
    if (inputs.some((input) => active.has(input))) for (const result of results) active.add(result)
  }

  const cotangents = new Map<Value, Value>()
  const accumulate = (value: Value, cotangent: Value, isNew = false): void => {
    const known = cotangents.get(value)
    const add = isNew && g.dialect.addsInProducts ? addedTo : (_: GraphBuilder, a: Value, b: Value) => g.add(a, b)
    cotangents.set(value, known ? add(g, known, cotangent) : cotangent)
  }
  for (const { value, cotangent } of outputs) {
    expectCotangent(value, cotangent)
    if (active.has(value)) accumulate(value, cotangent)
  }

  for (const entry of tape.reverse()) {
    const { inputs, results } = ends(entry)
    const [output, ...others] = results
    for (const other of others) {
      if (cotangents.has(other) && !stops.has(other)) throw new Error(`Cannot differentiate through ${spell(other)}`)
    }
    const cotangent = stops.has(output!) ? undefined : cotangents.get(output!)
    const wanted = inputs.map((input) => active.has(input))
    if (!cotangent || !wanted.includes(true)) continue
    const before = g.nodes.length
    const found = entry.kind === 'node' ? gradientOf(entry.node, cotangent, g, wanted) : entry.group.gradient(cotangent)
    const made = g.nodes.slice(before)
    inputs.forEach((input, at) => {
      const part = found[at]
      if (!wanted[at] || !part) return
      expectCotangent(input, part)
      accumulate(input, part, made.some(({ outputs }) => outputs[0] === part) && !isRead(made, part))
    })
  }
  return wrt.map((value) => cotangents.get(value) ?? null)
}

function isRead(nodes: readonly GraphNode[], value: Value): boolean {
  return nodes.some(({ inputs }) => (inputs as readonly Value[]).includes(value))
}

/** What an entry reads and makes; a cotangent may arrive only at the first result. */
function ends(entry: TapeEntry): { inputs: readonly Value[]; results: readonly Value[] } {
  if (entry.kind === 'node') return { inputs: entry.node.inputs, results: entry.node.outputs }
  const { inputs, output, hidden } = entry.group
  return { inputs, results: [output, ...hidden] }
}

function expectCotangent(value: Value, cotangent: Value): void {
  if (value.type !== 'float' || cotangent.type !== 'float' || !sameShape(value.shape, cotangent.shape)) {
    throw new Error(`Cannot take ${spell(cotangent)} as the cotangent of ${spell(value)}`)
  }
}
