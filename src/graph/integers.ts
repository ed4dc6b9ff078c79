import type { GraphBuilder } from './builder.ts'
import { type Dim, product, type Shape, termOf } from './dim.ts'
import type { Value } from './ops.ts'

/** 0, 1, … below a scalar, int64 [extent]. */
export function range(g: GraphBuilder, end: Value, extent: Dim): Value {
  return g.apply('Range', [g.constant('int64', [0], []), end, g.constant('int64', [1], [])], { extent })
}

/** Numbers that are not below `least` nor above `most`. */
export function clip(g: GraphBuilder, x: Value, least: number, most: number): Value {
  return g.apply('Clip', [x, g.constant(x.type, [least], []), g.constant(x.type, [most], [])], {})
}

/**
 * Gives shapes of which more than one extent is known in a run alone as Reshape takes them, int64 [rank].
 *
 * @param values whose extents have the shapes' symbols, each alone or times a number
 * @returns makes equal shapes once
 */
export function sizesFrom(g: GraphBuilder, values: readonly Value[]): (shape: Shape) => Value {
  const known = new Map<string, Value>()
  const extent = (dim: Dim): Value => {
    const { coefficient, symbols } = termOf(dim)
    if (symbols === 1) return g.constant('int64', [coefficient])
    const value = values.find(({ shape }) => shape.includes(symbols))
    if (!value) throw new Error(`Cannot find the extent "${symbols}" in a run`)
    const one = g.extentOf(value, value.shape.indexOf(symbols))
    return coefficient === 1 ? one : g.mul(one, g.constant('int64', [coefficient]))
  }
  return (shape) => {
    const name = shape.map((dim) => product([dim])).join(',')
    const made = known.get(name) ?? g.concat(shape.map(extent), 0)
    known.set(name, made)
    return made
  }
}
