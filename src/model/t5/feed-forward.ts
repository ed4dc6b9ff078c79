import type { GraphBuilder } from '../../graph/builder.ts'
import { gradientOf } from '../../graph/gradient-rules.ts'
import type { Value } from '../../graph/ops.ts'
import type { Activation, T5Config } from './config.ts'
import type { DropoutMask } from './dropout-mask.ts'

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
  const inputs = (config.gated ? ['wi_0', 'wi_1'] : ['wi']).map(project)
  const wo = parameter('wo')
  let made!: Inner
  return g.withGradient(
    [...inputs, wo],
    () => {
      made = innerOf(g, config.activation, inputs, { factors: mask?.value, isAnew: false })
      return g.gemm(made.dropped, wo, { transB: true })
    },
    (ct) => {
      const forDropped = g.gemm(ct, wo)
      const factors = mask?.again()
      const inner = g.dialect.keepsLittle ? innerOf(g, config.activation, inputs, { factors, isAnew: true }) : made
      const forWo = g.gemm(ct, inner.dropped, { transA: true })
      const forInner = factors ? g.mul(forDropped, factors) : forDropped
      const second = inputs[1]
      const forFirst = inner.throughActivation(second ? g.mul(forInner, second) : forInner)
      return second ? [forFirst, g.mul(forInner, inner.activated), forWo] : [forFirst, forWo]
    },
  )
}

/** What stands before a layer's last product, [rows, dFf], with what its gradient needs. */
interface Inner {
  readonly activated: Value
  readonly dropped: Value
  /** From the cotangent behind the activation to the one before it. */
  readonly throughActivation: (ct: Value) => Value
}

/**
 * `dropout(act(first) [· second])`.
 *
 * @param isAnew makes it a second time: under another shape, as of two equal nodes onnxruntime would make one and keep what it gives
 */
function innerOf(
  g: GraphBuilder,
  activation: Activation,
  [first, second]: readonly Value[],
  { factors, isAnew }: { readonly factors: Value | undefined; readonly isAnew: boolean },
): Inner {
  const width = Number(first!.shape[1])
  const seen = (value: Value): Value => (isAnew ? g.reshape(value, [-1, 1, width]) : value)
  const { y, through } = activate(g, seen(first!), activation)
  const activated = g.reshape(y, [-1, width])
  const inner = second ? g.mul(activated, second) : activated
  const dropped = factors ? g.mul(inner, factors) : inner
  return { activated, dropped, throughActivation: (ct) => g.reshape(through(seen(ct)), [-1, width]) }
}

/** An activation's result, and the way of a cotangent back through it. */
interface Activated {
  readonly y: Value
  readonly through: (ct: Value) => Value
}

function activate(g: GraphBuilder, x: Value, activation: Activation): Activated {
  switch (activation) {
    case 'relu':
      return byRule(g, g.relu(x))
    case 'gelu-tanh':
      return geluTanh(g, x)
    case 'gelu':
      return byRule(g, g.gelu(x, 'none'))
    case 'silu':
      return byRule(g, g.apply('QuickGelu', [x], { alpha: 1 }))
  }
}

/** By the rule of the operator that has just made `y`. */
function byRule(g: GraphBuilder, y: Value): Activated {
  const node = g.nodes.at(-1)!
  return { y, through: (ct) => gradientOf(node, ct, g, [true])[0]! }
}

const sqrt2OverPi = Math.sqrt(2 / Math.PI)

/**
 * GELU's tanh approximation as `x·s` with `s = sigmoid(2u)`, `u = √(2/π)(x + 0.044715 x³)`.
 *
 * The reverse pass uses `s` and the output: slope = s + y·(1 - s)·2u'.
 */
function geluTanh(g: GraphBuilder, x: Value): Activated {
  const linear = g.scalar(2 * sqrt2OverPi)
  const square = g.mul(g.mul(x, x), g.scalar(2 * sqrt2OverPi * 0.044715))
  const factor = g.add(square, linear) // 2u = x·factor
  const s = g.sigmoid(g.mul(x, factor))
  const y = g.mul(x, s)
  const through = (ct: Value): Value => {
    const twoUSlope = g.sub(g.mul(factor, g.scalar(3)), g.scalar(4 * sqrt2OverPi)) // 3·square + linear, square itself is not kept
    const slope = g.add(s, g.mul(g.mul(y, g.sub(g.scalar(1), s)), twoUSlope))
    return g.mul(ct, slope)
  }
  return { y, through }
}
