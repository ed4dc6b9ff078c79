import { expect, test } from 'vitest'
import { type Feeds, runGraph } from '../../test/rig/run-graph.ts'
import { seededRandom } from '../base/random.ts'
import { GraphBuilder } from './builder.ts'
import { gradients } from './gradient.ts'
import type { Value } from './ops.ts'
import { permuteRows } from './permute-rows.ts'

/** Sums `y` with ones, or with the input `ct` where the feeds hold it, differentiates and runs; `null` where a gradient is. */
async function differentiate(
  g: GraphBuilder,
  y: Value,
  wrt: readonly Value[],
  feeds: Feeds,
): Promise<(readonly number[] | null)[]> {
  const cotangent = feeds.ct
    ? g.input('ct', 'float', y.shape)
    : g.expandLike(
        g.constant(
          'float',
          [1],
          y.shape.map(() => 1),
        ),
        y,
      )
  const found = gradients(g, [{ value: y, cotangent }], wrt)
  found.forEach((gradient, at) => {
    if (gradient) g.output(`d${at}`, gradient)
  })
  const fetched = await runGraph(g, feeds)
  return found.map((gradient, at) => (gradient ? fetched[`d${at}`]!.data : null))
}

const vector = (...data: number[]): { shape: number[]; data: number[] } => ({ shape: [data.length], data })

test('gradients() adds up what reaches a value on several ways', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const square = g.mul(x, x)
  const y = g.add(g.mul(square, x), g.add(square, x)) // x³ + x² + x
  expect(await differentiate(g, y, [x], { x: vector(2, -1) })).toEqual([[17, 2]])
})

test('gradients() takes several outputs, each with its cotangent', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const a = g.mul(x, g.scalar(3))
  const b = g.mul(a, x)
  const outputs = [
    { value: a, cotangent: g.constant('float', [1, 10]) },
    { value: b, cotangent: g.constant('float', [100, 0]) },
  ]
  // Shapes must agree in symbols too, so the cotangents of [N] are refused as [2].
  expect(() => gradients(g, outputs, [x])).toThrow('Cannot take')
  const fixed = new GraphBuilder()
  const z = fixed.input('x', 'float', [2])
  const c = fixed.mul(z, fixed.scalar(3))
  const d = fixed.mul(c, z)
  const [found] = gradients(
    fixed,
    [
      { value: c, cotangent: fixed.constant('float', [1, 10]) },
      { value: d, cotangent: fixed.constant('float', [100, 0]) },
      { value: d, cotangent: fixed.constant('float', [0, 1]) },
    ],
    [z],
  )
  fixed.output('dz', found!)
  const { dz } = await runGraph(fixed, { x: vector(1, 2) })
  expect(dz!.data).toEqual([3 + 600, 30 + 12])
})

test('gradients() is null where the outputs do not depend on a value', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const unused = g.input('unused', 'float', ['N'])
  const ids = g.input('ids', 'int64', ['M'])
  const later = g.neg(g.mul(x, x))
  const feeds = { x: vector(5, 6, 7), unused: vector(0, 0, 0), ids: vector(2, 2, 0, 1) }
  const found = await differentiate(g, g.gather(x, ids), [unused, ids, later, x], feeds)
  expect(found).toEqual([null, null, null, [1, 1, 2]])
})

test('gradients() does not pass casts to ints, comparisons, arg max, shapes and sizes', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const rounded = g.cast(g.cast(x, 'int64'), 'float')
  const mask = g.cast(g.equal(x, g.scalar(2)), 'float')
  const best = g.cast(g.argMax(x, 0), 'float')
  const size = g.cast(g.size(x), 'float')
  const extent = g.cast(g.extentOf(x, 0), 'float')
  const y = [rounded, mask, best, size, extent]
    .map((part) => g.reduceSum(g.reshape(part, [-1]), [0], true))
    .reduce((total, part) => g.add(total, part))
  const cotangent = g.constant('float', [1])
  expect(y.shape).toEqual([1])
  expect(gradients(g, [{ value: y, cotangent }], [x])).toEqual([null])
})

test('gradients() gives an output in wrt its own cotangent', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const y = g.mul(x, x)
  expect(await differentiate(g, y, [y], { x: vector(3, 4), ct: vector(5, 6) })).toEqual([[5, 6]])
})

test('gradients() stops at inner values in wrt', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const inner = g.mul(x, x)
  const y = g.add(g.mul(inner, g.scalar(5)), x)
  // Without the stop, x would get 10x + 1.
  expect(await differentiate(g, y, [inner, x], { x: vector(3) })).toEqual([[5], [1]])
})

test('gradients() may be asked twice on one graph', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', [])
  const y = g.mul(g.mul(x, x), x)
  const [first] = gradients(g, [{ value: y, cotangent: g.scalar(1) }], [x])
  const [second] = gradients(g, [{ value: first!, cotangent: g.scalar(1) }], [x])
  g.output('first', first!)
  g.output('second', second!)
  const found = await runGraph(g, { x: { shape: [], data: [2] } })
  expect([found.first!.data, found.second!.data]).toEqual([[12], [12]])
})

test('gradients() builds nothing for values that are not asked for', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const w = g.input('w', 'float', [3, 4])
  const y = g.gemm(x, w, { transB: true })
  const ct = g.input('ct', 'float', y.shape)
  const before = g.nodes.length
  gradients(g, [{ value: y, cotangent: ct }], [w])
  expect(g.nodes.slice(before).map(({ op }) => op)).toEqual(['Gemm'])
})

test('gradients() refuses cotangents of another shape or type', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const ids = g.input('ids', 'int64', ['N', 4])
  const y = g.neg(x)
  expect(() => gradients(g, [{ value: y, cotangent: g.scalar(1) }], [x])).toThrow('as the cotangent of neg_0')
  expect(() => gradients(g, [{ value: y, cotangent: ids }], [x])).toThrow('Cannot take ids: int64[N, 4]')
  expect(() => gradients(g, [{ value: ids, cotangent: x }], [x])).toThrow('Cannot take x: float[N, 4]')
})

test('gradients() refuses to go through the second output of a norm', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const { y, inverseRms } = g.rmsNorm(x, g.input('scale', 'float', [4]), 1e-6)
  const z = g.mul(y, inverseRms)
  expect(() => gradients(g, [{ value: z, cotangent: z }], [x])).toThrow(
    `Cannot differentiate through ${inverseRms.name}`,
  )
})

test('gradients() may stop at the second output of a norm without losing what reaches the first', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', [1, 2])
  const scale = g.input('scale', 'float', [2])
  const { y, inverseRms } = g.rmsNorm(x, scale, 0)
  const feeds = { x: { shape: [1, 2], data: [1, 7] }, scale: vector(2, 3) } // rms 5
  const [forInverse, forScale] = await differentiate(g, g.mul(y, inverseRms), [inverseRms, scale], feeds)
  expect(forInverse![0]).toBeCloseTo((2 + 21) / 5, 5)
  expect(forScale![0]).toBeCloseTo(1 / 25, 6)
  expect(forScale![1]).toBeCloseTo(7 / 25, 6)
})

test('withGradient() replaces the rules of its nodes, once a pass', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const scale = g.input('scale', 'float', ['N'])
  let calls = 0
  const build = (): Value =>
    g.withGradient(
      [x, scale],
      () => g.mul(g.exp(g.neg(x)), scale),
      (cotangent) => {
        calls++
        return [g.mul(cotangent, g.scalar(7)), null]
      },
    )
  const y = g.add(g.mul(build(), g.scalar(2)), build())
  expect(calls).toBe(0)
  const feeds = { x: vector(1, 2), scale: vector(3, 4) }
  expect(await differentiate(g, y, [x, scale], feeds)).toEqual([[21, 21], null])
  expect(calls).toBe(2)
})

test('withGradient() inside another one leaves the gradient to the outer one', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const inner = (): Value =>
    g.withGradient(
      [x],
      () => g.neg(x),
      () => {
        throw new Error('the inner gradient was asked')
      },
    )
  const y = g.withGradient(
    [x],
    () => g.exp(inner()),
    (cotangent) => [g.mul(cotangent, g.scalar(11))],
  )
  const same = g.withGradient([y], inner, (cotangent) => [g.mul(cotangent, g.scalar(2))])
  expect(await differentiate(g, same, [x], { x: vector(1) })).toEqual([[22]])
})

test('withGradient() agrees with the rules of its nodes when the same gradient is written out', async () => {
  const random = seededRandom(4)
  const draw = (...shape: number[]): { shape: number[]; data: number[] } => ({
    shape,
    data: Array.from({ length: shape.reduce((total, size) => total * size) }, () => Math.fround(random.normal())),
  })
  const feeds = { q: draw(2, 3, 4), k: draw(2, 5, 4), v: draw(2, 5, 3), ct: draw(2, 3, 3) }
  const attention = async (grouped: boolean): Promise<(readonly number[] | null)[]> => {
    const g = new GraphBuilder()
    const q = g.input('q', 'float', ['B', 'T', 4])
    const k = g.input('k', 'float', ['B', 'S', 4])
    const v = g.input('v', 'float', ['B', 'S', 3])
    let weights!: Value
    let y!: Value
    const build = (): Value => {
      weights = g.softmax(g.fusedMatmul(q, k, { transB: true, alpha: 0.5 }))
      y = g.matmul(weights, v)
      return y
    }
    const gradient = (ct: Value): Value[] => {
      const forWeights = g.fusedMatmul(ct, v, { transB: true })
      const forScores = g.mul(weights, g.sub(forWeights, g.reduceSum(g.mul(ct, y), [-1], true)))
      return [
        g.fusedMatmul(forScores, k, { alpha: 0.5 }),
        g.fusedMatmul(forScores, q, { transA: true, alpha: 0.5 }),
        g.fusedMatmul(weights, ct, { transA: true }),
      ]
    }
    const output = grouped ? g.withGradient([q, k, v], build, gradient) : build()
    return differentiate(g, g.neg(output), [q, k, v], feeds)
  }
  const [grouped, composed] = [await attention(true), await attention(false)]
  expect(composed.map((gradient) => gradient!.length)).toEqual([24, 40, 30])
  grouped.forEach((gradient, input) => {
    gradient!.forEach((x, at) => {
      expect(x).toBeCloseTo(composed[input]![at]!, 5)
    })
  })
})

test('gradients() refuses to go through, or to stop at, a value made inside withGradient', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  let inside!: Value
  const y = g.withGradient(
    [x],
    () => {
      inside = g.exp(x)
      return g.neg(inside)
    },
    (cotangent) => [cotangent],
  )
  const z = g.mul(y, inside)
  expect(() => gradients(g, [{ value: z, cotangent: x }], [x])).toThrow(`Cannot differentiate through ${inside.name}`)
  expect(() => gradients(g, [{ value: y, cotangent: x }], [inside])).toThrow('as it was made inside withGradient')
})

test('withGradient() refuses a result that it did not make', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  expect(() =>
    g.withGradient(
      [x],
      () => x,
      (cotangent) => [cotangent],
    ),
  ).toThrow('Cannot give a gradient to x: float[N] as it is no new value')
})

test('permuteRows() picks zeros past the end and sends cotangents back by the inverse', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 2])
  const indices = g.input('indices', 'int64', ['B', 'S'])
  const inverse = g.input('inverse', 'int64', ['N'])
  const y = permuteRows(g, x, indices, inverse)
  expect(y.shape).toEqual(['B', 'S', 2])
  g.output('y', y)
  const feeds = {
    x: { shape: [4, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] },
    // Row 1 of x is not picked: its inverse is 6, past the six picked rows; 4 picks zeros.
    indices: { shape: [2, 3], data: [2, 0, 4, 3, 4, 4] },
    inverse: vector(1, 6, 0, 3),
    ct: { shape: [2, 3, 2], data: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120] },
  }
  const [gradient] = await differentiate(g, y, [x], feeds)
  expect(gradient).toEqual([30, 40, 0, 0, 10, 20, 70, 80])
  expect((await runGraph(g, feeds)).y!.data).toEqual([5, 6, 1, 2, 0, 0, 7, 8, 0, 0, 0, 0])
})

test('permuteRows() takes an inverse of several axes, and undoes itself', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['3*N', 2]) // three heads a token
  const toHeads = g.input('to_heads', 'int64', ['B', 3, 'S'])
  const fromHeads = g.input('from_heads', 'int64', ['N', 3])
  const padded = permuteRows(g, x, toHeads, fromHeads)
  const back = permuteRows(g, g.reshape(padded, [-1, 2]), fromHeads, toHeads)
  expect([padded.shape, back.shape]).toEqual([
    ['B', 3, 'S', 2],
    ['N', 3, 2],
  ])
  g.output('padded', padded)
  g.output('back', back)
  // Two examples of two tokens and one: token 2 is example 1's first; the last place of example 1 is padding.
  const places = [0, 3, 1, 4, 2, 5, 6, 9, 7, 9, 8, 9]
  const rows = Array.from({ length: 18 }, (_, at) => at + 1)
  const feeds = {
    x: { shape: [9, 2], data: rows },
    to_heads: { shape: [2, 3, 2], data: places },
    from_heads: { shape: [3, 3], data: Array.from({ length: 9 }, (_, row) => places.indexOf(row)) },
    ct: { shape: [3, 3, 2], data: rows.map((row) => row * row) },
  }
  const [gradient] = await differentiate(g, back, [x], feeds)
  expect(gradient).toEqual(feeds.ct.data)
  const fetched = await runGraph(g, feeds)
  expect(fetched.back!.data).toEqual(rows)
  expect(fetched.padded!.data).toEqual(places.flatMap((row) => (row === 9 ? [0, 0] : [2 * row + 1, 2 * row + 2])))
})

test('the gradient of Relu is 0 at 0, also at -0, and a cotangent NaN is passed on', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N'])
  const feeds = { x: vector(-1, -0, 0, 1e-30, 2, 2), ct: vector(3, 3, 3, 3, 3, Number.NaN) }
  expect(await differentiate(g, g.relu(x), [x], feeds)).toEqual([[0, 0, 0, 3, 3, Number.NaN]])
})

test('the gradient of ReduceMax is shared out evenly among ties', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['N', 4])
  const feeds = { x: { shape: [2, 4], data: [5, 1, 5, 5, -2, -2, -3, -4] }, ct: vector(6, 8) }
  const [gradient] = await differentiate(g, g.reduceMax(x, [1], false), [x], feeds)
  expect(gradient).toEqual([2, 0, 2, 2, 4, 4, 0, 0])
})

test('gradients() of a batch without rows are zeros', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float', ['B', 'S', 4])
  const w = g.input('w', 'float', [4, 3])
  const scale = g.input('scale', 'float', [4])
  const normal = g.rmsNorm(g.reshape(x, [-1, 4]), scale, 1e-6).y
  const y = g.softmax(g.gemm(normal, w))
  const feeds = {
    x: { shape: [2, 0, 4], data: [] },
    w: { shape: [4, 3], data: new Array(12).fill(1) },
    scale: vector(1, 1, 1, 1),
  }
  const found = await differentiate(g, y, [x, w, scale], feeds)
  expect(found).toEqual([[], new Array(12).fill(0), [0, 0, 0, 0]])
})
