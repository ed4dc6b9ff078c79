import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { AdafactorSettings } from '../optimizer.ts'
import { CpuTaughtModel } from './cpu-taught-model.ts'

const plain: AdafactorSettings = {
  name: 'adafactor',
  maxGradNorm: 0,
  weightDecay: 0,
  decayRate: -0.8,
  clipThreshold: 1,
  epsilon: [1e-30, 1e-3],
  scaleParameter: false,
  relativeStep: false,
  warmupInit: false,
}

/** Teaches a table of which each update touches some rows, as a table of looked-up rows or as a whole one. */
function taughtTable(byRows: boolean, change: Partial<AdafactorSettings>, width = 13) {
  const rows = 200
  const settings = { ...plain, ...change }
  const model = new CpuTaughtModel(
    [{ name: 'table', shape: [rows, width], decay: true, lookedUp: byRows }],
    settings,
    1,
  )
  const { arenas, gradients } = model
  const random = seededRandom(7)
  const parameter = arenas.parameter('table')
  for (let i = 0; i < parameter.length; i++) parameter[i] = random.normal()
  for (let update = 0; update < 6; update++) {
    const ids = Int32Array.from({ length: 30 }, () => random.below(100))
    const values = Float32Array.from({ length: ids.length * width }, () => random.normal() * 10 ** -(update % 3))
    gradients.zeroRows()
    if (!byRows) arenas.gradient('table').fill(0)
    gradients.addRows('table', ids, values)
    model.applyGradients(0.02)
  }
  return { parameter, state: arenas.optimizerArrays('table') }
}

describe('Adafactor', () => {
  it.each([{}, { beta1: 0.9 }, { weightDecay: 0.1 }, { beta1: 0.9, weightDecay: 0.1, scaleParameter: true }])(
    'gives the same bits whether a table is placed by rows or whole, with %j',
    (change) => {
      expect(taughtTable(true, change)).toEqual(taughtTable(false, change))
    },
  )

  it.each([1, 2, 3, 4, 5, 70])('is within 1e-5 of float64 for rows of %d', (width) => {
    const rows = 150
    const model = new CpuTaughtModel([{ name: 'w', shape: [rows, width], decay: true, lookedUp: false }], plain, 1)
    const parameter = model.arenas.parameter('w')
    const wanted = new Float64Array(rows * width)
    const [rowMeans, columnMeans] = [new Float64Array(rows), new Float64Array(width)]
    const random = seededRandom(width)
    for (let number = 1; number <= 3; number++) {
      const gradient = model.arenas.gradient('w')
      for (let i = 0; i < gradient.length; i++) gradient[i] = random.normal() * 10 ** (i % 5)
      model.applyGradients(0.1)
      float64Update(wanted, gradient, { rowMeans, columnMeans, beta2: 1 - number ** -0.8, rate: 0.1 })
    }
    const length = Math.hypot(...wanted)
    expect(length).toBeGreaterThan(0.1)
    expect(Math.hypot(...wanted.map((value, i) => value - parameter[i]!)) / length).toBeLessThan(1e-5)
  })

  it('keeps no more than means of rows and columns, and a first moment only with beta1', () => {
    const sizes = (change: Partial<AdafactorSettings>) => taughtTable(true, change).state.map(({ length }) => length)
    expect(sizes({})).toEqual([200, 13])
    expect(sizes({ beta1: 0.9 })).toEqual([200, 13, 2600])
  })

  it('leaves everything as it is when a gradient is not finite', () => {
    const model = new CpuTaughtModel([{ name: 'w', shape: [2, 2], decay: true, lookedUp: false }], plain, 1)
    model.arenas.parameter('w').fill(3)
    model.arenas.gradient('w')[1] = Number.NaN
    expect(model.applyGradients(0.1)).toBeNaN()
    expect([...model.arenas.parameter('w')]).toEqual([3, 3, 3, 3])
    expect(model.updatesDone).toBe(0)
  })
})

/** The update of a matrix as the paper has it (Shazeer and Stern 2018, algorithm 4), without its scale. */
function float64Update(
  parameter: Float64Array,
  gradient: Float32Array,
  state: { rowMeans: Float64Array; columnMeans: Float64Array; beta2: number; rate: number },
): void {
  const { rowMeans, columnMeans, beta2, rate } = state
  const [rows, width] = [rowMeans.length, columnMeans.length]
  const square = (row: number, column: number): number => gradient[row * width + column]! ** 2 + 1e-30
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let column = 0; column < width; column++) sum += square(row, column)
    rowMeans[row] = beta2 * rowMeans[row]! + (1 - beta2) * (sum / width)
  }
  for (let column = 0; column < width; column++) {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += square(row, column)
    columnMeans[column] = beta2 * columnMeans[column]! + (1 - beta2) * (sum / rows)
  }
  const mean = rowMeans.reduce((sum, value) => sum + value, 0) / rows
  const update = Float64Array.from(gradient, (value, i) => {
    const moment = (rowMeans[Math.floor(i / width)]! * columnMeans[i % width]!) / mean
    return value / Math.sqrt(moment)
  })
  const rms = Math.hypot(...update) / Math.sqrt(update.length)
  update.forEach((value, i) => {
    parameter[i]! -= (rate * value) / Math.max(1, rms)
  })
}
