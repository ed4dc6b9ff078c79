import type { GraphBuilder } from '../../graph/builder.ts'
import type { Value } from '../../graph/ops.ts'
import type { Activation, T5Config } from './config.ts'
import { type DropoutMask, dropped } from './dropout-mask.ts'

/**
 * T5's feed-forward layer without its norm and residual: `dropout(act(x wi0ᵀ) [· x wi1ᵀ]) woᵀ`.
 *
 * @param x [rows, dModel]
 * @param parameter gives the layer's weights by their last name: `wi` or `wi_0` and `wi_1`, `wo`
 * @param mask dropout factors for the inner activations, [rows, dFf]
 */
export function feedForward(
  g: GraphBuilder,
  config: T5Config,
  x: Value,
  parameter: (name: string) => Value,
  mask: DropoutMask | undefined,
): Value {
  const project = (name: string): Value => g.gemm(x, parameter(name), { transB: true }) // [rows, dFf]
  const activated = activate(g, project(config.gated ? 'wi_0' : 'wi'), config.activation)
  const inner = config.gated ? g.mul(activated, project('wi_1')) : activated
  return g.gemm(dropped(g, inner, mask), parameter('wo'), { transB: true })
}

function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  switch (activation) {
    case 'relu':
      return g.relu(x)
    case 'gelu-tanh':
      return geluTanh(g, x)
    case 'gelu':
      return g.gelu(x, 'none')
    case 'silu':
      return g.apply('QuickGelu', [x], { alpha: 1 })
  }
}

const sqrt2OverPi = Math.sqrt(2 / Math.PI)

/**
 * GELU's tanh approximation as `x·s` with `s = sigmoid(2u)`, `u = √(2/π)(x + 0.044715 x³)`.
 *
 * The reverse pass reuses `s` and the output: slope = s + y·(1 - s)·2u'.
 */
function geluTanh(g: GraphBuilder, x: Value): Value {
  const linear = g.scalar(2 * sqrt2OverPi)
  let factor!: Value
  let s!: Value
  let y!: Value
  return g.withGradient(
    [x],
    () => {
      const square = g.mul(g.mul(x, x), g.scalar(2 * sqrt2OverPi * 0.044715))
      factor = g.add(square, linear) // 2u = x·factor
      s = g.sigmoid(g.mul(x, factor))
      y = g.mul(x, s)
      return y
    },
    (ct) => {
      const twoUSlope = g.sub(g.mul(factor, g.scalar(3)), g.scalar(4 * sqrt2OverPi)) // 3·square + linear, square itself is not kept
      const slope = g.add(s, g.mul(g.mul(y, g.sub(g.scalar(1), s)), twoUSlope))
      return [g.mul(ct, slope)]
    },
  )
}
