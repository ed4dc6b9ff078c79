import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { relativeError } from '../../../test/rig/goldens.ts'
import { type PlainTensor, runGraph } from '../../../test/rig/run-graph.ts'
import { fixture } from '../../../test/rig/study-folder.ts'
import { seededRandom } from '../../base/random.ts'
import { type Dialect, processorDialect } from '../../graph/dialect.ts'
import { boundDim } from '../../graph/dim.ts'
import { views } from '../../graph/live-bytes.ts'
import { emittedNodes } from '../../graph/serialize.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import { knownConfig } from '../../pretrained/known-configs.ts'
import { packBatch } from './batch.ts'
import { parseT5Config } from './config.ts'
import { t5LessonGraph } from './lesson-graph.ts'
import { t5Parameters } from './parameters.ts'

const poorest: Dialect = {
  packsSecond: false,
  fusedMatmul: false,
  transposesFirst: true,
  transposesWide: Number.POSITIVE_INFINITY,
  inverseRms: false,
  orderedScatter: false,
  sparesZeroRows: true,
  addsInProducts: true,
  masks: 'bits',
  keepsLittle: false,
  fewestOperations: false,
  outputRows: Number.POSITIVE_INFINITY,
}

test('a lesson graph without what an engine lacks has the same losses and gradients, with dropout', async () => {
  const file = fixture('models/small-silu/config.json')
  const config = parseT5Config(JSON.parse(readFileSync(file, 'utf8')), file)
  const ids = (...numbers: number[]) => Int32Array.from(numbers)
  const { inputs, extents } = packBatch(config, [
    { source: ids(9, 4, 31, 7, 1), target: ids(8, 3, 1) },
    { source: ids(5, 1), target: ids(40, 8, 6, 2, 1) },
  ])
  const random = seededRandom(1)
  const shared: Record<string, PlainTensor> = { loss_scale: { shape: [], data: [0.125] } }
  for (const { name, shape } of t5Parameters(config)) {
    shared[name] = { shape, data: Array.from({ length: elementCount(shape) }, () => random.uniform() - 0.5) }
  }
  for (const [name, tensor] of Object.entries(inputs)) shared[name] = plainTensor(tensor)
  const found = []
  for (const dialect of [processorDialect, poorest]) {
    const lesson = t5LessonGraph(config, { gradients: true, dropout: true, dialect })
    const feeds = { ...shared }
    for (const [name, shape] of lesson.boundShapes ?? []) {
      feeds[name] = { shape: [shape.length], data: shape.map((dim) => boundDim(dim, extents)) }
    }
    const factors = Array.from({ length: 2048 }, (_, at) => (((at >> 3) >> (at & 7)) & 1) * 1.25)
    feeds.kept_factor = { shape: [1], data: [1.25] }
    for (const name of ['mask_factors', 'mask_factors_again']) feeds[name] = { shape: [256, 8], data: factors }
    lesson.dropoutSites.forEach(({ name, shape }, site) => {
      const dims = shape.map((dim) => boundDim(dim, extents))
      feeds[`mask:${name}`] = maskOf(dims, seededRandom(100 + site), dialect.masks)
    })
    found.push(await runGraph(lesson.graph, feeds))
  }
  const [rich, poor] = found
  expect(Object.keys(poor!).sort()).toEqual(Object.keys(rich!).sort())
  for (const [name, { data }] of Object.entries(rich!)) {
    expect(relativeError(Float32Array.from(poor![name]!.data), Float32Array.from(data)), name).toBeLessThan(1e-5)
  }
})

test('the lesson graph of mT5-small begins no more work on a graphics card than it did', () => {
  const config = parseT5Config(knownConfig('google/mt5-small')!, 'mt5-small')
  const counts = [false, true].map((accumulate) => {
    const { graph } = t5LessonGraph(config, { gradients: true, dropout: true, accumulate, dialect: poorest })
    // A view of a buffer is no work.
    return emittedNodes(graph).filter(({ op }) => !views.has(op)).length
  })
  expect(counts).toEqual([2648, 2692])
})

function plainTensor({ data, dims }: Tensor): PlainTensor {
  return { shape: dims, data: Array.from(data as Float32Array, Number) }
}

/** The same mask as bytes or as bits: four of five elements are kept. */
function maskOf(dims: readonly number[], random: ReturnType<typeof seededRandom>, form: Dialect['masks']): PlainTensor {
  const kept = Array.from({ length: elementCount(dims) }, () => (random.below(5) > 0 ? 1 : 0))
  if (form === 'bytes') return { shape: dims, data: kept }
  const bytes = new Array<number>(Math.ceil(kept.length / 8)).fill(0)
  kept.forEach((bit, at) => {
    bytes[at >> 3]! |= bit << (at & 7)
  })
  return { shape: [bytes.length], data: bytes }
}
