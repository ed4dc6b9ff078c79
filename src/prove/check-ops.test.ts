import { describe, expect, it } from 'vitest'
import { engineFor } from '../engine/backends/backends.ts'
import type { OpName } from '../graph/ops.ts'
import type { Tensor } from '../graph/tensor.ts'
import { goldenArchitecture, goldenTokenLosses, lessonDifference, teachGolden } from './check-lesson.ts'
import { builtForm, checkOps, opsOfGraphs, tensorDifference } from './check-ops.ts'
import { goldenRows } from './golden-lesson.ts'
import { goldenLosses, goldenNorms } from './golden-numbers.ts'
import { opForms } from './op-forms.ts'

const engine = await engineFor('cpu')
const model = await engine.hold([], {})
const floats = (...data: number[]): Tensor => ({ type: 'float', data: Float32Array.from(data), dims: [data.length] })

describe('opForms', () => {
  it.each(Object.keys(opForms) as OpName[])('has graphs with %s in them', (op) => {
    const graphs = opForms[op].map((form) => builtForm(form, model).graph)
    expect(graphs.length).toBeGreaterThan(0)
    for (const { nodes } of graphs) expect(nodes.map((node) => node.op)).toContain(op)
  })
})

it('opsOfGraphs() finds what the graphs of a device are made of', () => {
  const here = opsOfGraphs(goldenArchitecture(), model)
  expect(here).toContain('FusedMatMul')
  const plain = { dialect: { ...model.dialect, fusedMatmul: false, inverseRms: false } }
  expect(opsOfGraphs(goldenArchitecture(), plain)).not.toContain('FusedMatMul')
})

it('checkOps() runs every form, and finds the operator that is not right', async () => {
  const session: typeof model.session = async (graph) => {
    const right = await model.session(graph)
    const isTanh = graph.graph.nodes.some(({ op }) => op === 'Tanh')
    return {
      ...right,
      release: () => right.release(),
      async run(inputs, outputs) {
        const { read } = await right.run(inputs, outputs)
        const [first] = Object.values(read) as Tensor[]
        if (isTanh) first!.data[0] = 0.5
        return { read }
      },
    }
  }
  const found = await checkOps(
    ['Exp', 'Tanh', 'ArgMax', 'ScatterND'],
    { ...model, dialect: model.dialect, session },
    model,
  )
  expect(found.filter(({ difference }) => difference > 1e-3).map(({ op }) => op)).toEqual(['Tanh'])
  expect(found).toHaveLength(4)
})

it('tensorDifference() is relative to the largest number, and knows no near miss of a place', () => {
  expect(tensorDifference(floats(1, 4.4), floats(1, 4))).toBeCloseTo(0.1, 6)
  expect(tensorDifference(floats(0, 0), floats(0, 0))).toBe(0)
  expect(tensorDifference(floats(Number.NaN, 1), floats(1, 1))).toBe(Number.POSITIVE_INFINITY)
  expect(tensorDifference(floats(1), floats(1, 1))).toBe(Number.POSITIVE_INFINITY)
  const places = (...data: number[]): Tensor => ({ type: 'int64', data: BigInt64Array.from(data, BigInt), dims: [2] })
  expect(tensorDifference(places(1, 2), places(1, 2))).toBe(0)
  expect(tensorDifference(places(1, 2), places(1, 3))).toBe(Number.POSITIVE_INFINITY)
})

it('goldenTokenLosses() gives the first loss of the golden lesson for its rows', async () => {
  const { data } = await goldenTokenLosses(engine)
  const rows = goldenRows()
  const tokens = rows.slice(0, 4).reduce((sum, { target }) => sum + target.length, 0)
  const first = (data as Float32Array).slice(0, tokens).reduce((sum, loss) => sum + loss, 0) / tokens
  expect(first).toBeCloseTo(goldenLosses[0]!, 4)
})

it('teachGolden() is the lesson that transformers was taught', async () => {
  const found = await teachGolden(engine, 0)
  expect(lessonDifference(found, { losses: goldenLosses, norms: goldenNorms })).toBeLessThan(5e-6)
  const off = { ...found, losses: found.losses.with(3, found.losses[3]! * 1.01) }
  expect(lessonDifference(off, found)).toBeCloseTo(0.01, 5)
  expect(lessonDifference({ ...found, norms: found.norms.with(0, Number.NaN) }, found)).toBe(Number.POSITIVE_INFINITY)
})
