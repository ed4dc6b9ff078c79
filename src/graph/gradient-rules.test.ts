import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { declare, feedsOf, type OpCase, opCases } from '../../test/rig/op-cases.ts'
import { type Feeds, loadGraph, type PlainTensor, runGraph } from '../../test/rig/run-graph.ts'
import { seededRandom } from '../base/random.ts'
import { GraphBuilder } from './builder.ts'
import { gradients } from './gradient.ts'
import { gradientRules } from './gradient-rules.ts'
import type { ElementType, OpAttributes, OpName, Value } from './ops.ts'
import { permuteRows } from './permute-rows.ts'

// Central differences of fourth order: truncation is h⁴/30·f⁗′, 2e-9·f⁗′, and float32 rounding of the results about 6e-8/h = 4e-6
// of the terms that are summed. The largest error seen is 3e-5, in norms and softmax, which sum the most.
const step = 1 / 64
const bound = 1e-4

/** Of numbers, and used where nothing is differentiated. */
const onlyForward: readonly OpName[] = ['ReduceSumSquare', 'ScatterND']

test('gradientRules: every operator with a rule has a case that is differentiated', () => {
  const tried = new Set(opCases.filter(differentiable).map(({ op }) => op))
  const ruled = Object.entries(gradientRules).flatMap(([op, rule]) => (rule ? [op] : []))
  expect([...tried].sort()).toEqual(ruled.sort())
})

for (const opCase of opCases.filter(differentiable)) {
  test(`gradientRules.${opCase.op} agrees with finite differences within ${bound}: ${opCase.name}`, async () => {
    await expectGradient(opCase)
  })
}

interface Golden {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly inputs: Readonly<Record<string, PlainTensor & { readonly type: ElementType }>>
  readonly cotangent: readonly number[]
  readonly output: PlainTensor
  readonly gradients: Readonly<Record<string, readonly number[]>>
}

// The goldens are torch's float64 results on float32 inputs, so all of the error is float32's, relative to the largest number of
// the tensor: a few roundings of 6e-8 each for an operator. For the block torch's own float32 is 9e-7 away from its float64.
const goldenBound = (op: string): number => (op === 'block' ? 5e-6 : 2e-6)
const goldenFolder = new URL('../../test/fixtures/operators/', import.meta.url)
const goldenFiles = readdirSync(goldenFolder).filter((file) => file.endsWith('.json'))

test('gradientRules: every operator with a rule has values from torch, and no file is unused', () => {
  const ruled = Object.entries(gradientRules).flatMap(([op, rule]) => (rule ? [`${op}.json`] : []))
  expect(goldenFiles.sort()).toEqual([...ruled, 'block.json'].sort())
})

for (const file of goldenFiles) {
  const op = file.replace('.json', '')
  const goldens = JSON.parse(readFileSync(new URL(file, goldenFolder), 'utf8')) as Golden[]
  test.each(goldens)(`gradientRules.${op} gives torch's values within ${goldenBound(op)}: $name`, (golden) =>
    expectGolden(op, golden),
  )
}

async function expectGolden(op: string, golden: Golden): Promise<void> {
  const g = new GraphBuilder()
  const inputs = declare(g, golden.inputs)
  const y =
    op === 'block' ? buildBlock(g, inputs, golden.attributes) : buildGolden(g, op as OpName, inputs, golden.attributes)
  const ct = g.input('ct', 'float', y.shape)
  g.output('y', y)
  const names = Object.keys(golden.gradients)
  expect(names).toEqual(Object.keys(golden.inputs).filter((name) => golden.inputs[name]!.type === 'float'))
  const wrt = names.map((name) => inputs[name]!)
  gradients(g, [{ value: y, cotangent: ct }], wrt).forEach((gradient, at) => {
    g.output(`d_${names[at]}`, gradient!)
  })
  const cotangent = { shape: golden.output.shape, data: golden.cotangent }
  const found = await runGraph(g, { ...golden.inputs, ct: cotangent })
  expectNear('y', found.y!, golden.output, goldenBound(op))
  for (const name of names) {
    expectNear(
      `d_${name}`,
      found[`d_${name}`]!,
      { shape: golden.inputs[name]!.shape, data: golden.gradients[name]! },
      goldenBound(op),
    )
  }
}

function expectNear(name: string, found: PlainTensor, wanted: PlainTensor, bound: number): void {
  expect(found.shape, `shape of ${name}`).toEqual(wanted.shape)
  expect(found.data.length).toBe(wanted.data.length)
  const largest = wanted.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  wanted.data.forEach((x, at) => {
    const error = Math.abs(found.data[at]! - x) / largest
    expect(error, `${name}[${at}] is ${found.data[at]}, torch gives ${x}`).toBeLessThan(bound)
  })
}

/** Builds a golden's operator: by its own method where that takes more than inputs and attributes, otherwise as it stands. */
function buildGolden(
  g: GraphBuilder,
  op: OpName,
  inputs: Readonly<Record<string, Value>>,
  attributes: Readonly<Record<string, unknown>>,
): Value {
  const [x, like] = Object.values(inputs)
  const { axes, axis, begin, end, keepdims, shape } = attributes as {
    axes: number[]
    axis: number
    begin: number
    end: number
    keepdims: 0 | 1
    shape: number[]
  }
  const at = (position: number): Value => g.constant('int64', [position])
  switch (op) {
    case 'ReduceSum':
      return g.reduceSum(x!, axes, keepdims === 1)
    case 'ReduceMean':
      return g.reduceMean(x!, axes, keepdims === 1)
    case 'ReduceMax':
      return g.reduceMax(x!, axes, keepdims === 1)
    case 'Reshape':
      return g.reshape(x!, shape)
    case 'Unsqueeze':
      return g.unsqueeze(x!, axes)
    case 'Expand':
      return g.mul(g.expandLike(x!, like!), like!)
    case 'Slice':
      return g.slice(x!, axis, at(begin), at(end), end - begin)
    case 'Pad':
      return g.mul(g.padLike(x!, axis, at(begin), like!), like!)
    default:
      return g.apply(op, Object.values(inputs), attributes as OpAttributes[typeof op])
  }
}

/** The block of scripts/goldens/graph_ops.py: norm, attention over padded heads, gated GELU, loss. */
function buildBlock(
  g: GraphBuilder,
  v: Readonly<Record<string, Value>>,
  attributes: Readonly<Record<string, unknown>>,
): Value {
  const { heads, d_kv: dKv } = attributes as { heads: number; d_kv: number }
  const linear = (x: Value, w: Value): Value => g.gemm(x, w, { transB: true })
  const normal = g.rmsNorm(v.x!, v.norm1!, 1e-6).y
  const split = (w: Value): Value => permuteRows(g, g.reshape(linear(normal, w), [-1, dKv]), v.to_heads!, v.from_heads!)
  const scores = g.fusedMatmul(split(v.wq!), split(v.wk!), { transB: true })
  const weights = g.softmax(g.add(g.add(scores, v.position!), v.padding!))
  const read = g.reshape(g.matmul(weights, split(v.wv!)), [-1, dKv])
  const joined = g.reshape(permuteRows(g, read, v.from_heads!, v.to_heads!), [-1, heads * dKv])
  const x = g.add(v.x!, linear(joined, v.wo!))
  const inner = g.rmsNorm(x, v.norm2!, 1e-6).y
  const gated = g.mul(g.gelu(linear(inner, v.wi0!), 'tanh'), linear(inner, v.wi1!))
  const logits = linear(g.add(x, linear(gated, v.wout!)), v.head!)
  return g.neg(g.gatherElements(g.logSoftmax(logits), v.labels!, 1))
}

function differentiable({ op, build, inputs }: OpCase): boolean {
  if (onlyForward.includes(op)) return false
  const g = new GraphBuilder()
  return build(g, declare(g, inputs)).type === 'float' && Object.values(inputs).some(({ type }) => type === 'float')
}

async function expectGradient({ op, inputs, build, name }: OpCase): Promise<void> {
  const feeds = feedsOf({ op, inputs, build, name })
  const forward = new GraphBuilder()
  forward.output('y', build(forward, declare(forward, inputs)))
  const loaded = await loadGraph(forward)
  const y = (await loaded.run(feeds)).y!
  const random = seededRandom(y.data.length)
  const cotangent = { shape: y.shape, data: y.data.map(() => Math.fround(random.normal())) }

  const reverse = new GraphBuilder()
  const values = declare(reverse, inputs)
  const result = build(reverse, values)
  expect(reverse.nodes.map((node) => node.op)).toContain(op)
  const ct = reverse.input('ct', 'float', result.shape)
  const floats = Object.keys(inputs).filter((input) => inputs[input]!.type === 'float')
  const wrt = floats.map((input) => values[input]!)
  gradients(reverse, [{ value: result, cotangent: ct }], wrt).forEach((gradient, at) => {
    expect(gradient, floats[at]!).not.toBeNull()
    reverse.output(`d_${floats[at]}`, gradient!)
  })
  const reversed = await loadGraph(reverse)
  const found = await reversed.run({ ...feeds, ct: cotangent })

  const weighted = async (changed: Feeds): Promise<number> => {
    const { data } = (await loaded.run(changed)).y!
    return data.reduce((total, value, at) => total + value * cotangent.data[at]!, 0)
  }
  for (const input of floats) {
    const { shape, data } = feeds[input]!
    const { shape: gradientShape, data: gradient } = found[`d_${input}`]!
    expect(gradientShape, `shape of d_${input}`).toEqual(shape)
    const moved = (at: number, by: number): Promise<number> =>
      weighted({ ...feeds, [input]: { shape, data: data.map((x, other) => (other === at ? x + by : x)) } })
    for (let at = 0; at < data.length; at++) {
      const near = (await moved(at, step)) - (await moved(at, -step))
      const far = (await moved(at, 2 * step)) - (await moved(at, -2 * step))
      const numeric = (8 * near - far) / (12 * step)
      const error = Math.abs(gradient[at]! - numeric) / Math.max(1, Math.abs(numeric))
      expect(error, `d_${input}[${at}] is ${gradient[at]}, differences give ${numeric}`).toBeLessThan(bound)
    }
  }
  await loaded.release()
  await reversed.release()
}
