import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import type { Dialect } from '../../src/graph/dialect.ts'
import { boundDim } from '../../src/graph/dim.ts'
import { elementCount, type Tensor } from '../../src/graph/tensor.ts'
import type { Example, LessonGraphOptions } from '../../src/model/family.ts'
import { packBatch } from '../../src/model/t5/batch.ts'
import { parseT5Config } from '../../src/model/t5/config.ts'
import { t5LessonGraph } from '../../src/model/t5/lesson-graph.ts'
import { t5Parameters } from '../../src/model/t5/parameters.ts'
import { relativeError } from './goldens.ts'
import { type Fetched, type PlainTensor, runGraph } from './run-graph.ts'
import { fixture } from './study-folder.ts'

/** Losses and gradients of a fixture's model with random weights, by its lesson graph in some form: the same masks for every form. */
export async function lessonOutputs(
  model: string,
  examples: readonly Example[],
  form: Pick<LessonGraphOptions, 'dialect' | 'shortTargets'>,
): Promise<Record<string, Fetched>> {
  const file = fixture(`models/${model}/config.json`)
  const config = parseT5Config(JSON.parse(readFileSync(file, 'utf8')), file)
  const { inputs, extents } = packBatch(config, examples)
  const random = seededRandom(1)
  const factors = Array.from({ length: 2048 }, (_, at) => (((at >> 3) >> (at & 7)) & 1) * 1.25)
  const feeds: Record<string, PlainTensor> = {
    loss_scale: { shape: [], data: [0.125] },
    kept_factor: { shape: [1], data: [1.25] },
    mask_factors: { shape: [256, 8], data: factors },
    mask_factors_again: { shape: [256, 8], data: factors },
  }
  for (const { name, shape } of t5Parameters(config)) {
    feeds[name] = { shape, data: Array.from({ length: elementCount(shape) }, () => random.uniform() - 0.5) }
  }
  for (const [name, tensor] of Object.entries(inputs)) feeds[name] = plainTensor(tensor)
  const lesson = t5LessonGraph(config, { gradients: true, dropout: true, ...form })
  for (const [name, shape] of lesson.boundShapes ?? []) {
    feeds[name] = { shape: [shape.length], data: shape.map((dim) => boundDim(dim, extents)) }
  }
  lesson.dropoutSites.forEach(({ name, shape }, site) => {
    const dims = shape.map((dim) => boundDim(dim, extents))
    feeds[`mask:${name}`] = maskOf(dims, seededRandom(100 + site), lesson.graph.dialect.masks)
  })
  return await runGraph(lesson.graph, feeds)
}

/** The same outputs, each within 1e-5 of the other's (L2). */
export function expectAlike(found: Record<string, Fetched>, expected: Record<string, Fetched>): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, { data }] of Object.entries(expected)) {
    expect(relativeError(Float32Array.from(found[name]!.data), Float32Array.from(data)), name).toBeLessThan(1e-5)
  }
}

/** An example of these tokens. */
export function example(source: readonly number[], target: readonly number[]): Example {
  return { source: Int32Array.from(source), target: Int32Array.from(target) }
}

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
