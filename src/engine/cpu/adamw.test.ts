import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AdamW } from './adamw.ts'
import { ParameterArenas } from './arena.ts'

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

function taughtArenas(byRows: boolean) {
  const tensors = golden.tensors.map(({ name, shape, rows_per_update }) => {
    const [rows, width = 1] = shape as [number, number?]
    const table = byRows && rows_per_update !== undefined ? { rows: { rows, width } } : {}
    return { name, size: rows * width, ...table }
  })
  const arenas = new ParameterArenas(tensors)
  const optimizer = new AdamW(arenas, {
    weightDecay: golden.weight_decay,
    maxGradientNorm: golden.max_gradient_norm,
    decays: (name) => golden.tensors.some((tensor) => tensor.name === name && tensor.decay),
  })
  const indices = arenas.scratch(64 * 4, 'embedding')
  const source = arenas.scratch(64 * 64 * 4, 'embedding')
  const random = lcg(golden.seed)
  for (const { name } of tensors) {
    const parameter = arenas.parameter(name)
    for (let i = 0; i < parameter.length; i++) parameter[i] = random.float()
  }
  const norms: number[] = []
  for (let step = 0; step < golden.steps; step++) {
    optimizer.zeroGradientRows()
    for (const { name, shape, gradient_scale, rows_per_update: picks } of golden.tensors) {
      const [rows, width = 1] = shape as [number, number?]
      const gradient = arenas.gradient(name)
      if (picks === undefined) {
        for (let i = 0; i < gradient.length; i++) gradient[i] = random.float() * gradient_scale
        continue
      }
      const picked = Int32Array.from({ length: picks }, () => rows / 2 + (random.next() % (rows / 2)))
      const values = Float32Array.from({ length: picks * width }, random.float)
      if (byRows) {
        new Int32Array(indices.buffer, indices.offset, picks).set(picked)
        new Float32Array(source.buffer, source.offset, values.length).set(values)
        optimizer.addGradientRows(name, indices, source, picks, gradient_scale)
      } else {
        gradient.fill(0)
        values.forEach((value, i) => {
          gradient[picked[Math.floor(i / width)]! * width + (i % width)]! += value * gradient_scale
        })
      }
    }
    norms.push(optimizer.step(golden.learning_rate * (1 - step / golden.steps)))
  }
  return { arenas, norms, optimizer }
}

describe('AdamW', () => {
  it('equals torch.optim.AdamW after clip_grad_norm_ over 50 updates', () => {
    const { arenas, norms } = taughtArenas(true)
    const bytes = readFileSync(new URL('final.f32', folder))
    const final = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    let offset = 0
    for (const { name } of golden.tensors) {
      for (const found of [arenas.parameter(name), arenas.firstMoment(name), arenas.secondMoment(name)]) {
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
    const byRows = taughtArenas(true).arenas
    const whole = taughtArenas(false).arenas
    for (const { name } of golden.tensors) expect(byRows.parameter(name)).toEqual(whole.parameter(name))
    expect(byRows.touchedRows('embedding').filter((byte) => byte !== 0).length).toBeLessThanOrEqual(30)
  })

  it.each([
    ['scales gradients down to the limit', 0.25, 0.5],
    ['leaves gradients under the limit as they are', 1, 1],
    ['leaves every gradient as it is when the limit is 0', 0, 1],
  ])('%s', (_, maxGradientNorm, scale) => {
    const arenas = new ParameterArenas([{ name: 'a', size: 2 }])
    arenas.gradient('a').set([0.3, 0.4])
    expect(new AdamW(arenas, { maxGradientNorm }).step(0)).toBeCloseTo(0.5, 7)
    const [x, y] = arenas.firstMoment('a')
    expect(x).toBeCloseTo(0.03 * scale, 6)
    expect(y).toBeCloseTo(0.04 * scale, 6)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('updates nothing when a gradient is %d', (bad) => {
    const { arenas, optimizer } = taughtArenas(true)
    const before = golden.tensors.map(({ name }) => arenas.parameter(name).slice())
    arenas.gradient('layer_norm')[5] = bad
    expect(optimizer.step(1e-3)).toBe(bad)
    golden.tensors.forEach(({ name }, i) => {
      expect(arenas.parameter(name)).toEqual(before[i])
    })
    expect(optimizer.stepsDone).toBe(golden.steps)
  })

  it('refuses rows that lie in another memory or beyond the scratch', () => {
    const arenas = new ParameterArenas([{ name: 'table', size: 4, rows: { rows: 2, width: 2 } }], { scratchBytes: 0 })
    const optimizer = new AdamW(arenas)
    const [near, far] = [arenas.scratch(64, 'table'), arenas.scratch(2 ** 20)]
    expect(() => optimizer.addGradientRows('table', near, far, 1)).toThrow(/another memory/)
    expect(() => optimizer.addGradientRows('table', near, near, 9)).toThrow(/fewer/)
  })
})

/** L2 norm of the difference over that of the wanted values. */
function relativeDifference(found: Float32Array, wanted: Float32Array): number {
  const difference = wanted.reduce((sum, value, i) => sum + (found[i]! - value) ** 2, 0)
  return Math.sqrt(difference / wanted.reduce((sum, value) => sum + value ** 2, 0))
}
