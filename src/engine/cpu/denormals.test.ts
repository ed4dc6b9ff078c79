import { expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { OptimizerSettings } from '../optimizer.ts'
import { CpuTaughtModel } from './cpu-taught-model.ts'

const common = { maxGradNorm: 1, weightDecay: 0.01 }
const optimizers: OptimizerSettings[] = [
  { ...common, name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  { ...common, name: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-16 },
  {
    ...{ ...common, name: 'adafactor', beta1: 0.9, decayRate: -0.8, clipThreshold: 1, epsilon: [1e-30, 1e-3] },
    ...{ scaleParameter: true, relativeStep: false, warmupInit: false },
  },
]
const width = 5
const shapes = [
  { name: 'vocabulary', shape: [40, width], decay: true, lookedUp: true },
  { name: 'head', shape: [40, width], decay: true, lookedUp: false },
  { name: 'norm', shape: [width], decay: false, lookedUp: false },
]

/** Teaches 3,000 updates: ever rarer rows of the vocabulary have a gradient, some of them only once. */
function taughtLong(settings: OptimizerSettings): CpuTaughtModel {
  const model = new CpuTaughtModel(shapes, settings, 1)
  const { arenas, gradients } = model
  const random = seededRandom(5)
  for (const { name } of shapes) {
    const parameter = arenas.parameter(name)
    parameter.set(Array.from(parameter, () => random.normal()))
  }
  for (let update = 1; update <= 3000; update++) {
    const rows = Array.from({ length: 40 }, (_, row) => row).filter((row) => update % (row ** 3 + 1) === 0)
    const values = Float32Array.from({ length: rows.length * width }, () => random.normal() * 10 ** -random.below(25))
    gradients.zeroRows()
    gradients.addRows('vocabulary', Int32Array.from(rows), values)
    arenas.gradient('head').fill(0)
    for (const [at, row] of rows.entries()) {
      arenas.gradient('head').set(values.subarray(at * width, (at + 1) * width), row * width)
    }
    arenas.gradient('norm').fill(update < 100 ? 1e-3 : 0)
    model.applyGradients(1e-3)
  }
  return model
}

it.each(optimizers)('3,000 updates over rarely seen rows leave no denormal number: $name, $epsilon', (settings) => {
  const { arenas } = taughtLong(settings)
  for (const { name } of shapes) {
    const moments = arenas.optimizerArrays(name)
    for (const array of [arenas.parameter(name), arenas.gradient(name), ...moments]) {
      expect(denormals(array), name).toBe(0)
    }
    // A thread that has made a session has no denormal numbers by itself, and still no such small ones but by the kernel.
    if (settings.name === 'adamw') expect(smallest(moments[0]!), name).toBeGreaterThanOrEqual(Math.fround(1e-30))
  }
})

/** By their bits, as the thread may compare them with 0 as equal. */
function denormals(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return bits.filter((word) => (word & 0x7f800000) === 0 && (word & 0x007fffff) !== 0).length
}

/** The least absolute value that is not 0. */
function smallest(values: Float32Array): number {
  return values.reduce(
    (least, value) => (value === 0 ? least : Math.min(least, Math.abs(value))),
    Number.POSITIVE_INFINITY,
  )
}
