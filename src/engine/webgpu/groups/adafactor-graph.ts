import { GraphBuilder } from '../../../graph/builder.ts'
import type { Value } from '../../../graph/ops.ts'
import { elementCount } from '../../../graph/tensor.ts'
import type { AdafactorSettings } from '../../optimizer.ts'
import { deviceDialect } from '../device-dialect.ts'
import { giveEach, sumsOfSquares } from './group-graphs.ts'
import type { GroupOptimizer } from './group-optimizer.ts'
import { type ParameterGroup, stackDims } from './parameter-groups.ts'

/**
 * Adafactor over a group: each tensor has a rate and a clipping of its own, along axis 0.
 * Source: transformers.optimization.Adafactor of 4.57 (golden: adafactor).
 */
export const adafactorGroups: GroupOptimizer<AdafactorSettings> = {
  elementwise: false,
  graph(settings, group, decays) {
    const { epsilon, clipThreshold, scaleParameter, beta1, weightDecay } = settings
    const g = new GraphBuilder(deviceDialect)
    const scalar = (name: string) => g.input(name, 'float', [1])
    const dims = stackDims(group)
    const size = elementCount(group.shape)
    /** [names] as a factor of each tensor. */
    const perTensor = (x: Value): Value => g.reshape(x, [-1, ...group.shape.map(() => 1)])
    const rootMeanSquare = (x: Value): Value => g.sqrt(g.mul(perTensor(sumsOfSquares(g, x)), g.scalar(1 / size)))

    const p = g.input('stack', 'float', dims)
    const grad = g.mul(g.input('gradient', 'float', dims), scalar('gradient_scale'))
    const { update, arrays } = secondMoment(g, group, grad, epsilon[0], scalar)
    const tooLong = atLeast(g, g.mul(rootMeanSquare(update), g.scalar(1 / clipThreshold)), 1)
    const learningRate = scalar('learning_rate')
    const rate = scaleParameter ? g.mul(atLeast(g, rootMeanSquare(p), epsilon[1]), learningRate) : learningRate
    let step = g.mul(update, g.div(rate, tooLong))
    if (beta1 !== undefined) {
      const m = g.input(`array${arrays}`, 'float', dims)
      step = g.add(g.mul(m, g.scalar(beta1)), g.mul(step, g.scalar(1 - beta1)))
      g.output(`new_array${arrays}`, step)
    }
    const kept = decays ? g.sub(p, g.mul(p, g.mul(rate, g.scalar(weightDecay)))) : p
    const stack = g.output('new_stack', g.sub(kept, step))
    if (group.names.length > 1) giveEach(g, stack, group)
    return g
  },
  scalars({ decayRate }, { number, learningRate, gradientScale }) {
    const beta2 = 1 - number ** decayRate
    return { gradient_scale: gradientScale, learning_rate: learningRate, beta2, beta2_rest: 1 - beta2 }
  },
  arrayDims({ beta1 }, group) {
    const { names, shape } = group
    const count = names.length
    const moments = shape.length === 2 ? shape.map((extent) => [count, extent]) : [stackDims(group)]
    return beta1 === undefined ? moments : [...moments, stackDims(group)]
  },
}

/** Brings the second moment up to date. @returns the gradient over its root, and how many arrays that takes */
function secondMoment(
  g: GraphBuilder,
  { names, shape }: ParameterGroup,
  grad: Value,
  epsilon: number,
  scalar: (name: string) => Value,
): { update: Value; arrays: number } {
  const count = names.length
  const [beta2, rest] = [scalar('beta2'), scalar('beta2_rest')]
  const next = (array: number, mean: Value, dims: readonly number[]): Value => {
    const before = g.input(`array${array}`, 'float', dims)
    const moment = g.add(g.mul(before, beta2), g.mul(g.add(mean, g.scalar(epsilon)), rest))
    return g.output(`new_array${array}`, moment)
  }
  const squares = g.mul(grad, grad)
  const [rows, width] = shape as readonly [number, number?]
  if (width === undefined) {
    return { update: g.div(grad, g.sqrt(next(0, squares, [count, rows]))), arrays: 1 }
  }
  const ofRows = next(0, g.reduceMean(squares, [2], false), [count, rows])
  const ofColumns = next(1, meanOfRows(g, squares, count, rows, width), [count, width])
  const rowFactor = g.reciprocal(g.sqrt(g.div(ofRows, g.reduceMean(ofRows, [1], true))))
  const columnFactor = g.reciprocal(g.sqrt(ofColumns))
  const both = g.mul(g.unsqueeze(rowFactor, [2]), g.unsqueeze(columnFactor, [1]))
  return { update: g.mul(both, grad), arrays: 2 }
}

/** Along axis 1 of [count, rows, width], in two stages where rows are many: so no sum has many terms. */
function meanOfRows(g: GraphBuilder, x: Value, count: number, rows: number, width: number): Value {
  const block = largestDivisor(rows, 512)
  const blocks = g.reshape(x, [count, rows / block, block, width])
  return g.reduceMean(g.reduceMean(blocks, [2], false), [1], false)
}

function largestDivisor(n: number, most: number): number {
  let divisor = Math.min(n, most)
  while (n % divisor !== 0) divisor--
  return divisor
}

/** max(x, least) */
function atLeast(g: GraphBuilder, x: Value, least: number): Value {
  return g.add(g.relu(g.sub(x, g.scalar(least))), g.scalar(least))
}
