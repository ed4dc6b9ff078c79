import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { AdafactorSettings } from '../optimizer.ts'
import type { ParameterArenas, Scratch, TensorPlace } from './arena.ts'
import type { CpuOptimizer } from './cpu-optimizer.ts'
import type { AdafactorTable, Kernel } from './kernel/kernel.ts'

/**
 * Adafactor over all tensors of the arenas: the second moment of a matrix is kept as means of its rows and columns.
 * Source: the same update as transformers.optimization.Adafactor of 4.57 (golden: adafactor).
 */
export class Adafactor implements CpuOptimizer {
  readonly #settings: AdafactorSettings
  readonly #arenas: ParameterArenas
  readonly #specs: ReadonlyMap<string, ParameterSpec>
  readonly #scratch = new Map<Kernel, Scratch>()
  readonly #widest: number

  constructor(settings: AdafactorSettings, arenas: ParameterArenas, specs: readonly ParameterSpec[]) {
    this.#settings = settings
    this.#arenas = arenas
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]))
    this.#widest = Math.max(...specs.map(({ shape }) => shape.at(-1)!))
  }

  update(number: number, learningRate: number, gradientScale: number): void {
    const beta2 = 1 - number ** this.#settings.decayRate
    for (const place of this.#arenas.places) {
      const { shape, decay } = this.#specs.get(place.name)!
      const rate = learningRate * this.#parameterScale(place)
      const step = { rate, gradientScale, beta2, decay: decay ? 1 - rate * this.#settings.weightDecay : 1 }
      const [rows, width] = shape
      if (width === undefined) this.#updateVector(place, step)
      else this.#updateTable(place, { rows: rows!, width }, step)
    }
  }

  #parameterScale({ kernel, parameter, size }: TensorPlace): number {
    const { scaleParameter, epsilon } = this.#settings
    return scaleParameter ? Math.max(epsilon[1], Math.sqrt(kernel.sumOfSquares(parameter, size) / size)) : 1
  }

  #updateTable(place: TensorPlace, extents: { rows: number; width: number }, step: Step): void {
    const { kernel, parameter, gradient, optimizer, rows, size } = place
    const { beta1 = 0, epsilon } = this.#settings
    const [rowMeans, columnMeans, firstMoment = 0] = optimizer as [number, number, number?]
    const scratch = this.#scratchNear(place).offset
    const touched = rows?.touched ?? 0
    const table: AdafactorTable = { ...extents, gradient, rowMeans, columnMeans, firstMoment, touched, scratch }
    const { gradientScale, beta2, decay } = step
    const meanOfRows = kernel.adafactorMoments(table, { gradientScale, beta2, epsilon: epsilon[0] })
    const squares = kernel.adafactorSquares(table, meanOfRows, gradientScale)
    const stepSize = step.rate / this.#tooLong(squares, size)
    kernel.adafactorUpdate(parameter, table, meanOfRows, { gradientScale, stepSize, decay, beta1 })
  }

  /** Norm weights and the like are short: they need no kernel. */
  #updateVector({ name, size }: TensorPlace, { rate, gradientScale, beta2, decay }: Step): void {
    const { beta1 = 0, epsilon } = this.#settings
    const [parameter, gradient] = [this.#arenas.parameter(name), this.#arenas.gradient(name)]
    const [secondMoment, firstMoment] = this.#arenas.optimizerArrays(name) as [Float32Array, Float32Array?]
    const update = gradient.map((value, i) => {
      const scaled = value * gradientScale
      secondMoment[i] = secondMoment[i]! * beta2 + (scaled * scaled + epsilon[0]) * (1 - beta2)
      return scaled / Math.sqrt(secondMoment[i]!)
    })
    const stepSize =
      rate /
      this.#tooLong(
        update.reduce((sum, value) => sum + value * value, 0),
        size,
      )
    update.forEach((value, i) => {
      let step = value * stepSize
      if (firstMoment !== undefined) {
        step = flushed(firstMoment[i]! * beta1 + step * (1 - beta1))
        firstMoment[i] = step
      }
      parameter[i] = parameter[i]! * decay - step
    })
  }

  /** How many times longer than the threshold an update is, at least 1. */
  #tooLong(squares: number, size: number): number {
    return Math.max(1, Math.sqrt(squares / size) / this.#settings.clipThreshold)
  }

  /** Working memory for the widest table, one for each memory. */
  #scratchNear({ name, kernel }: TensorPlace): Scratch {
    const known = this.#scratch.get(kernel)
    if (known) return known
    const scratch = this.#arenas.scratch(this.#widest * 12, name)
    this.#scratch.set(kernel, scratch)
    return scratch
  }
}

/** 0 in place of a first moment that is too small to move a weight, as the kernel has it for tables. */
function flushed(moment: number): number {
  return Math.abs(moment) < 1e-30 ? 0 : moment
}

/** One update of one tensor. */
interface Step {
  readonly rate: number
  readonly gradientScale: number
  /** Decay of the second moment. */
  readonly beta2: number
  /** What weight decay leaves of the parameter. */
  readonly decay: number
}
