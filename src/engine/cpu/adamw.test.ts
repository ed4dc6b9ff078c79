import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AdamWSettings } from '../optimizer.ts'
import { CpuTaughtModel } from './cpu-taught-model.ts'

const folder = new URL('../../../test/fixtures/adamw/', import.meta.url)
const golden = JSON.parse(readFileSync(new URL('case.json', folder), 'utf8')) as {
  seed: number
  learning_rate: number
  steps: number
  weight_decay: number
  max_gradient_norm: number
  gradient_norms: number[]
  tensors: { name: string; shape: number[]; decay: boolean; gradient_scale: number; rows_per_update?: number }[]
}

/** The generator of scripts/goldens/adamw.py. */
function lcg(seed: number) {
  let state = seed
  const next = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return state >>> 8
  }
  return { next, float: () => next() / 2 ** 24 - 0.5 }
}

const plain: AdamWSettings = { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 }

function taught(byRows: boolean) {
  const tensors = golden.tensors.map(({ name, shape, decay, rows_per_update }) => {
    return { name, shape, decay, lookedUp: byRows && rows_per_update !== undefined }
  })
  const settings = { ...plain, weightDecay: golden.weight_decay, maxGradNorm: golden.max_gradient_norm }
  const model = new CpuTaughtModel(tensors, settings, 1)
  const { arenas, gradients } = model
  const random = lcg(golden.seed)
  for (const { name } of tensors) {
    const parameter = arenas.parameter(name)
    for (let i = 0; i < parameter.length; i++) parameter[i] = random.float()
  }
  const norms: number[] = []
  for (let step = 0; step < golden.steps; step++) {
    gradients.zeroRows()
    for (const { name, shape, gradient_scale, rows_per_update: picks } of golden.tensors) {
      const [rows, width = 1] = shape as [number, number?]
      const gradient = arenas.gradient(name)
      if (picks === undefined) {
        for (let i = 0; i < gradient.length; i++) gradient[i] = random.float() * gradient_scale
        continue
      }
      const picked = Int32Array.from({ length: picks }, () => rows / 2 + (random.next() % (rows / 2)))
      const values = Float32Array.from({ length: picks * width }, () => random.float() * gradient_scale)
      if (byRows) gradients.addRows(name, picked, values)
      else {
        gradient.fill(0)
        values.forEach((value, i) => {
          gradient[picked[Math.floor(i / width)]! * width + (i % width)]! += value
        })
      }
    }
    norms.push(model.applyGradients(golden.learning_rate * (1 - step / golden.steps)))
  }
  return { model, arenas, norms }
}

describe('AdamW', () => {
  it('equals torch.optim.AdamW after clip_grad_norm_ over 50 updates', () => {
    const { arenas, norms } = taught(true)
    const bytes = readFileSync(new URL('final.f32', folder))
    const final = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    let offset = 0
    for (const { name } of golden.tensors) {
      for (const found of [arenas.parameter(name), ...arenas.optimizerArrays(name)]) {
        const wanted = final.subarray(offset, offset + found.length)
        offset += found.length
        expect(relativeDifference(found, wanted), name).toBeLessThan(5e-7)
      }
    }
    expect(offset).toBe(final.length)
    norms.forEach((norm, step) => {
      expect(Math.abs(norm / golden.gradient_norms[step]! - 1)).toBeLessThan(3e-7)
    })
    expect(norms).toHaveLength(golden.gradient_norms.length)
    expect(Math.min(...norms)).toBeGreaterThan(1)
  })

  it('gives bit-identical parameters whether an embedding is placed by rows or whole', () => {
    const byRows = taught(true).arenas
    const whole = taught(false).arenas
    for (const { name } of golden.tensors) expect(byRows.parameter(name)).toEqual(whole.parameter(name))
    expect(byRows.touchedRows('embedding').filter((byte) => byte !== 0).length).toBeLessThanOrEqual(30)
  })

  it.each([
    ['scales gradients down to the limit', 0.25, 0.5],
    ['leaves gradients under the limit as they are', 1, 1],
    ['leaves every gradient as it is when the limit is 0', 0, 1],
  ])('%s', (_, maxGradNorm, scale) => {
    const model = new CpuTaughtModel(specs('a', [2], false), { ...plain, maxGradNorm }, 1)
    const { arenas } = model
    arenas.gradient('a').set([0.3, 0.4])
    expect(model.applyGradients(0)).toBeCloseTo(0.5, 7)
    const [x, y] = arenas.optimizerArrays('a')[0]!
    expect(x).toBeCloseTo(0.03 * scale, 6)
    expect(y).toBeCloseTo(0.04 * scale, 6)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('updates nothing when a gradient is %d', (bad) => {
    const { arenas, model } = taught(true)
    const before = golden.tensors.map(({ name }) => arenas.parameter(name).slice())
    arenas.gradient('layer_norm')[5] = bad
    expect(model.applyGradients(1e-3)).toBe(bad)
    golden.tensors.forEach(({ name }, i) => {
      expect(arenas.parameter(name)).toEqual(before[i])
    })
    expect(model.updatesDone).toBe(golden.steps)
  })
})

function specs(name: string, shape: number[], lookedUp: boolean) {
  return [{ name, shape, decay: true, lookedUp }]
}

/** L2 norm of the difference over that of the wanted values. */
function relativeDifference(found: Float32Array, wanted: Float32Array): number {
  const difference = wanted.reduce((sum, value, i) => sum + (found[i]! - value) ** 2, 0)
  return Math.sqrt(difference / wanted.reduce((sum, value) => sum + value ** 2, 0))
}
