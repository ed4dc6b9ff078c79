import { GraphBuilder } from '../../../graph/builder.ts'
import type { Value } from '../../../graph/ops.ts'
import { deviceDialect } from '../device-dialect.ts'
import { type ParameterGroup, stackDims } from './parameter-groups.ts'

/** Puts a group's tensors, inputs `0` and so on of [1, ...shape], one behind the other: `stack`. */
export function stackGraph(group: ParameterGroup): GraphBuilder {
  const g = new GraphBuilder(deviceDialect)
  g.output('stack', stacked(g, group))
  return g
}

/** The sum of squares of each of a group's tensors, which come as `stack`: `sums` [names]. */
export function squaresGraph(group: ParameterGroup): GraphBuilder {
  const g = new GraphBuilder(deviceDialect)
  g.output('sums', sumsOfSquares(g, g.input('stack', 'float', stackDims(group))))
  return g
}

/** Along the last axis first, so that no sum has many terms: [names, ...shape] -> [names]. */
export function sumsOfSquares(g: GraphBuilder, stack: Value): Value {
  let sums = g.reduceSumSquare(stack, [-1], false)
  while (sums.shape.length > 1) sums = g.reduceSum(sums, [-1], false)
  return sums
}

/** Gives each of a group's new parameters as an output of its own, `0` and so on of [1, ...shape]. */
export function giveEach(g: GraphBuilder, stack: Value, { names }: ParameterGroup): void {
  names.forEach((_, at) => {
    g.output(`${at}`, g.slice(stack, 0, g.constant('int64', [at]), g.constant('int64', [at + 1]), 1))
  })
}

function stacked(g: GraphBuilder, { names, shape }: ParameterGroup): Value {
  return g.concat(
    names.map((_, at) => g.input(`${at}`, 'float', [1, ...shape])),
    0,
  )
}
