import type { GraphBuilder } from './builder.ts'
import { sameShape } from './dim.ts'
import { gradientOf } from './gradient-rules.ts'
import { spell } from './infer.ts'
import type { Value } from './ops.ts'

/**
 * Adds the reverse pass of a graph to it: the gradient of Σ⟨output, cotangent⟩ for each of `wrt`.
 *
 * Only nodes on a path from `wrt` to the outputs are visited. `wrt` may hold inner values; the walk ends there.
 *
 * @param outputs results with the cotangent that flows into each, of the same shape
 * @param wrt the values to differentiate for
 * @returns for each of `wrt` its gradient, shaped like it, or `null` where the outputs do not depend on it
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
    const [inputs, results] =
      entry.kind === 'node' ? [entry.node.inputs, entry.node.outputs] : [entry.group.inputs, [entry.group.output]]
    if (inputs.some((input) => active.has(input))) for (const result of results) active.add(result)
  }

  const cotangents = new Map<Value, Value>()
  const accumulate = (value: Value, cotangent: Value): void => {
    if (!sameShape(value.shape, cotangent.shape)) {
      throw new Error(`Cannot take ${spell(cotangent)} as the cotangent of ${spell(value)}`)
    }
    const known = cotangents.get(value)
    cotangents.set(value, known ? g.add(known, cotangent) : cotangent)
  }
  for (const { value, cotangent } of outputs) if (active.has(value)) accumulate(value, cotangent)

  for (const entry of tape.reverse()) {
    const [inputs, results] =
      entry.kind === 'node' ? [entry.node.inputs, entry.node.outputs] : [entry.group.inputs, [entry.group.output]]
    const cotangent = cotangents.get(results[0]!)
    for (const extra of results.slice(1)) {
      if (cotangents.has(extra)) throw new Error(`Cannot differentiate through ${spell(extra)}`)
    }
    if (!cotangent || !inputs.some((input) => active.has(input))) continue
    if (results.some((result) => stops.has(result))) continue
    const wanted = inputs.map((input) => active.has(input))
    const found = entry.kind === 'node' ? gradientOf(entry.node, cotangent, g, wanted) : entry.group.gradient(cotangent)
    inputs.forEach((input, at) => {
      const part = found[at]
      if (wanted[at] && part) accumulate(input, part)
    })
  }
  return wrt.map((value) => cotangents.get(value) ?? null)
}
