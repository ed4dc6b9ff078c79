import { expect, test } from 'vitest'
import { declare, feedsOf, type OpCase, opCases } from '../../test/op-cases.ts'
import { type Feeds, loadGraph } from '../../test/run-graph.ts'
import { seededRandom } from '../base/random.ts'
import { GraphBuilder } from './builder.ts'
import { gradients } from './gradient.ts'
import { gradientRules } from './gradient-rules.ts'

// Central differences of fourth order with step 1/32: truncation is about h⁴/30·f⁗′ ≈ 3e-8·f⁗′, and float32 rounding of the
// results about 6e-8/h ≈ 2e-6 of the largest term. The bound leaves room for sums of some tens of terms.
const step = 1 / 32
const bound = 5e-5

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

function differentiable({ build, inputs }: OpCase): boolean {
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
