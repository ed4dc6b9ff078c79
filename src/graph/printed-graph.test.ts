import { expect, test } from 'vitest'
import { printGraph } from '../../test/rig/print-graph.ts'
import { GraphBuilder } from './builder.ts'
import { gradients } from './gradient.ts'

test('printGraph() shows inputs, one line a node, and outputs', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const w = g.input('w', 'float', [3, 4])
  g.output('y', g.gemm(x, w, { transB: true }))
  expect(printGraph(g)).toMatchInlineSnapshot(`
    "inputs x: float[N, 4], w: float[3, 4]
    gemm_0: float[N, 3] = Gemm(x, w) transA=0 transB=1 alpha=1 beta=1
    outputs y = gemm_0"
  `)
})

test('printGraph() leaves out nodes that no output needs, and says of long constants how long they are', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 9])
  g.exp(g.neg(x))
  const row = g.constant('float', [1, 2, 3, 4, 5, 6, 7, 8, 9])
  const first = g.gather(x, g.constant('int64', [0]), 1)
  g.output('y', g.mul(g.add(x, row), first))
  g.output('axis', g.constant('int64', [0]))
  g.output('x_again', x)
  expect(printGraph(g)).toMatchInlineSnapshot(`
    "inputs x: float[N, 9]
    gather_4: float[N, 1] = Gather(x, [0]) axis=1
    add_5: float[N, 9] = Add(x, [1, 2, 3, 4, 5, 6, … 9 in all])
    mul_6: float[N, 9] = Mul(add_5, gather_4)
    outputs y = mul_6, axis = [0], x_again = x"
  `)
})

test('printGraph() shows the reverse pass of a small network without a node too many', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const wi = g.input('wi', 'float', [8, 4])
  const wo = g.input('wo', 'float', [4, 8])
  const scale = g.input('scale', 'float', [4])
  const normal = g.rmsNorm(x, scale, 1e-6).y
  const inner = g.relu(g.gemm(normal, wi, { transB: true }))
  const y = g.add(x, g.gemm(inner, wo, { transB: true }))
  const ct = g.input('ct', 'float', ['N', 4])
  const names = ['d_wi', 'd_wo', 'd_scale']
  gradients(g, [{ value: y, cotangent: ct }], [wi, wo, scale]).forEach((gradient, at) => {
    g.output(names[at]!, gradient!)
  })
  expect(printGraph(g)).toMatchInlineSnapshot(`
    "inputs x: float[N, 4], wi: float[8, 4], wo: float[4, 8], scale: float[4], ct: float[N, 4]
    simplifiedlayernormalization_0: float[N, 4], simplifiedlayernormalization_1: float[N, 1] = SimplifiedLayerNormalization(x, scale) epsilon=0.000001
    gemm_2: float[N, 8] = Gemm(simplifiedlayernormalization_0, wi) transA=0 transB=1 alpha=1 beta=1
    relu_3: float[N, 8] = Relu(gemm_2)
    gemm_6: float[N, 8] = Gemm(ct, wo) transA=0 transB=0 alpha=1 beta=1
    gemm_7: float[4, 8] = Gemm(ct, relu_3) transA=1 transB=0 alpha=1 beta=1
    cast_8: bool[N, 8] = Cast(relu_3) to=bool
    cast_9: float[N, 8] = Cast(cast_8) to=float
    mul_10: float[N, 8] = Mul(gemm_6, cast_9)
    gemm_11: float[N, 4] = Gemm(mul_10, wi) transA=0 transB=0 alpha=1 beta=1
    gemm_12: float[8, 4] = Gemm(mul_10, simplifiedlayernormalization_0) transA=1 transB=0 alpha=1 beta=1
    mul_13: float[N, 4] = Mul(gemm_11, x)
    reshape_15: float[1, N] = Reshape(simplifiedlayernormalization_1, [1, -1]) shape=[1, -1]
    matmul_16: float[1, 4] = MatMul(reshape_15, mul_13)
    reshape_18: float[4] = Reshape(matmul_16, [4]) shape=[4]
    outputs d_wi = gemm_12, d_wo = gemm_7, d_scale = reshape_18"
  `)
})

test('printGraph() shows that the two halves of a join are cut out with shared constants', () => {
  const g = new GraphBuilder()
  const a = g.input('a', 'float', ['N', 2])
  const b = g.input('b', 'float', ['N', 3])
  const ct = g.input('ct', 'float', ['N', 5])
  const [forA, forB] = gradients(g, [{ value: g.concat([a, b], 1), cotangent: ct }], [a, b])
  g.output('d_a', forA!)
  g.output('d_b', forB!)
  expect(printGraph(g)).toMatchInlineSnapshot(`
    "inputs a: float[N, 2], b: float[N, 3], ct: float[N, 5]
    slice_4: float[N, 2] = Slice(ct, [0], [2], [1]) axis=1
    slice_6: float[N, 3] = Slice(ct, [2], [5], [1]) axis=1
    outputs d_a = slice_4, d_b = slice_6"
  `)
  expect(g.constants.length).toBe(4) // 0, 2, 5 and the axis
})

test('printGraph() shows the reverse pass of attention weights', () => {
  const g = new GraphBuilder()
  const q = g.input('q', 'float', ['B', 2, 'T', 4])
  const k = g.input('k', 'float', ['B', 2, 'S', 4])
  const bias = g.input('bias', 'float', [1, 2, 'T', 'S'])
  const weights = g.softmax(g.add(g.fusedMatmul(q, k, { transB: true }), bias))
  const ct = g.input('ct', 'float', weights.shape)
  const names = ['d_q', 'd_k', 'd_bias']
  gradients(g, [{ value: weights, cotangent: ct }], [q, k, bias]).forEach((gradient, at) => {
    g.output(names[at]!, gradient!)
  })
  expect(printGraph(g)).toMatchInlineSnapshot(`
    "inputs q: float[B, 2, T, 4], k: float[B, 2, S, 4], bias: float[1, 2, T, S], ct: float[B, 2, T, S]
    fusedmatmul_0: float[B, 2, T, S] = FusedMatMul(q, k) transA=0 transB=1 alpha=1
    add_1: float[B, 2, T, S] = Add(fusedmatmul_0, bias)
    softmax_2: float[B, 2, T, S] = Softmax(add_1) axis=-1
    mul_3: float[B, 2, T, S] = Mul(ct, softmax_2)
    reducesum_5: float[B, 2, T, 1] = ReduceSum(mul_3, [-1]) axes=[-1] keepdims=1
    sub_6: float[B, 2, T, S] = Sub(ct, reducesum_5)
    mul_7: float[B, 2, T, S] = Mul(softmax_2, sub_6)
    reducesum_9: float[1, 2, T, S] = ReduceSum(mul_7, [0]) axes=[0] keepdims=1
    fusedmatmul_10: float[B, 2, T, 4] = FusedMatMul(mul_7, k) transA=0 transB=0 alpha=1
    fusedmatmul_11: float[B, 2, S, 4] = FusedMatMul(mul_7, q) transA=1 transB=0 alpha=1
    outputs d_q = fusedmatmul_10, d_k = fusedmatmul_11, d_bias = reducesum_9"
  `)
})
