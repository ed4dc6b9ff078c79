import type { GraphBuilder } from './builder.ts'
import type { Dim } from './dim.ts'
import type { Value } from './ops.ts'

/** 0, 1, … below a scalar, int64 [extent]. */
export function range(g: GraphBuilder, end: Value, extent: Dim): Value {
  return g.apply('Range', [g.constant('int64', [0], []), end, g.constant('int64', [1], [])], { extent })
}

/** Numbers that are not below `least` nor above `most`. */
export function clip(g: GraphBuilder, x: Value, least: number, most: number): Value {
  return g.apply('Clip', [x, g.constant(x.type, [least], []), g.constant(x.type, [most], [])], {})
}
