import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { relativeError } from '../../../test/rig/goldens.ts'
import { type PlainTensor, runGraph } from '../../../test/rig/run-graph.ts'
import { fixture } from '../../../test/rig/study-folder.ts'
import { seededRandom } from '../../base/random.ts'
import { boundDim } from '../../graph/dim.ts'
import { elementCount } from '../../graph/tensor.ts'
import { knownConfig } from '../../pretrained/known-configs.ts'
import { absorbsProjections } from './absorbed-attention.ts'
import { packBatch } from './batch.ts'
import { parseT5Config } from './config.ts'
import { t5LessonGraph } from './lesson-graph.ts'
import { t5Parameters } from './parameters.ts'

test.each(['small-silu', 'tiny-t5', 'small-umt5-tied'])(
  'with keys and values absorbed %s has the same losses and gradients, with dropout',
  async (model) => {
    const file = fixture(`models/${model}/config.json`)
    const config = parseT5Config(JSON.parse(readFileSync(file, 'utf8')), file)
    const ids = (...numbers: number[]) => Int32Array.from(numbers)
    const { inputs, extents } = packBatch(config, [
      { source: ids(9, 4, 31, 7, 1), target: ids(8, 3, 1) },
      { source: ids(5, 1), target: ids(40, 8, 6, 2, 1) },
      { source: ids(7, 30, 12, 6, 2, 8, 1), target: ids(1) },
    ])
    const random = seededRandom(1)
    const feeds: Record<string, PlainTensor> = {
      loss_scale: { shape: [], data: [0.125] },
      kept_factor: { shape: [1], data: [1.25] },
    }
    for (const { name, shape } of t5Parameters(config)) {
      feeds[name] = { shape, data: Array.from({ length: elementCount(shape) }, () => random.uniform() - 0.5) }
    }
    for (const [name, { data, dims }] of Object.entries(inputs)) {
      feeds[name] = { shape: dims, data: Array.from(data as Float32Array, Number) }
    }
    const found = []
    for (const shortTargets of [false, true]) {
      const lesson = t5LessonGraph(config, { gradients: true, dropout: true, shortTargets })
      for (const { name, shape } of lesson.dropoutSites) {
        const dims = shape.map((dim) => boundDim(dim, extents))
        const data =
          feeds[`mask:${name}`]?.data ?? Array.from({ length: elementCount(dims) }, () => (random.below(5) > 0 ? 1 : 0))
        feeds[`mask:${name}`] = { shape: dims, data }
      }
      found.push(await runGraph(lesson.graph, feeds))
    }
    const [projected, absorbed] = found
    expect(Object.keys(absorbed!).sort()).toEqual(Object.keys(projected!).sort())
    for (const [name, { data }] of Object.entries(projected!)) {
      expect(relativeError(Float32Array.from(absorbed![name]!.data), Float32Array.from(data)), name).toBeLessThan(1e-5)
    }
  },
)

test('projections are absorbed where targets are short beside their sources', () => {
  const config = parseT5Config(knownConfig('google/flan-t5-small')!, 'flan-t5-small')
  const absorbs = (S: number, T: number) => absorbsProjections(config, { B: 16, N: 16 * S, S, T })
  expect(absorbs(230, 14)).toBe(true)
  expect(absorbs(130, 8)).toBe(true)
  expect(absorbs(230, 40)).toBe(false)
  expect(absorbs(40, 35)).toBe(false)
  // Padding alone counts on one side: rows of a few tokens beside one long source.
  expect(absorbsProjections(config, { B: 16, N: 400, S: 230, T: 14 })).toBe(false)
})
