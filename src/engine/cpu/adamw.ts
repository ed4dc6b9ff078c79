import type { ParameterArenas, RowPlace, Scratch, TensorPlace } from './arena.ts'
import type { AdamWScalars, RowList } from './kernel/kernel.ts'

export interface AdamWSettings {
  /** @default 0.9 */
  readonly beta1?: number
  /** @default 0.999 */
  readonly beta2?: number
  /** @default 1e-8 */
  readonly epsilon?: number
  /** Of the tensors that `decays` names. @default 0 */
  readonly weightDecay?: number
  /** The gradients' common L2 norm is scaled down to it; 0: never. @default 1 */
  readonly maxGradientNorm?: number
  /** Whether a tensor takes part in weight decay. @default every one does */
  readonly decays?: (name: string) => boolean
}

/** The bit of a touched map that lasts for the lesson; the others belong to one update. */
const TOUCHED = 1

/**
 * AdamW with clipping by the global gradient norm over all tensors of the arenas.
 * Source: the same update as torch.optim.AdamW after torch.nn.utils.clip_grad_norm_ (golden: adamw).
 */
export class AdamW {
  readonly #arenas: ParameterArenas
  readonly #settings: Required<AdamWSettings>
  readonly #listed = new Map<string, number>()
  #stepsDone = 0

  constructor(arenas: ParameterArenas, settings: AdamWSettings = {}) {
    this.#arenas = arenas
    this.#settings = {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradientNorm: 1,
      decays: () => true,
      ...settings,
    }
  }

  /**
   * Adds scale · source[i] to row indices[i] of the gradient of a tensor placed with `rows`. These rows alone make up its
   * gradient until {@link zeroGradientRows}.
   *
   * @param indices int32 row numbers, which may repeat
   * @param source [count, width] float32; both scratch near the tensor
   */
  addGradientRows(name: string, indices: Scratch, source: Scratch, count: number, scale = 1): void {
    const place = this.#arenas.place(name)
    const { rows } = place
    if (rows === undefined) throw new Error(`Cannot add rows to the gradient of "${name}" as it was placed whole`)
    if (indices.kernel !== place.kernel || source.kernel !== place.kernel) {
      throw new Error(`Cannot add rows to the gradient of "${name}" as they lie in another memory`)
    }
    if (count * 4 > indices.bytes || count * rows.width * 4 > source.bytes) {
      throw new RangeError(`Cannot add ${count} rows to the gradient of "${name}" as the scratch holds fewer`)
    }
    const tracking = { touched: rows.touched, ...this.#listedRows(place.name, rows) }
    const { gradient, kernel } = place
    const listed = kernel.scatterAddRows(gradient, rows, indices.offset, count, source.offset, scale, tracking)
    this.#listed.set(name, listed)
  }

  /** Updates made. */
  get stepsDone(): number {
    return this.#stepsDone
  }

  /**
   * Goes on from a stored state: parameters, moments and touched maps have been put back into the arenas.
   *
   * A map that was stored after an update still has that update's rows on its list, and would not list them anew.
   */
  resumeAfter(stepsDone: number): void {
    this.#stepsDone = stepsDone
    for (const { name, rows } of this.#arenas.places) {
      if (rows === undefined) continue
      const touched = this.#arenas.touchedRows(name)
      for (let row = 0; row < touched.length; row++) touched[row]! &= TOUCHED
      this.#listed.set(name, 0)
    }
  }

  /** The L2 norm over all gradients; NaN or infinite when one of them holds such a value. */
  gradientNorm(): number {
    let sum = 0
    for (const place of this.#arenas.places) sum += this.#sumOfSquares(place)
    return Math.sqrt(sum)
  }

  /**
   * Clips the gradients, updates every parameter and leaves the gradients as they are.
   *
   * @returns the gradient norm before clipping. When it is not finite nothing is updated or counted
   */
  step(learningRate: number): number {
    const { beta1, beta2, epsilon, weightDecay, maxGradientNorm, decays } = this.#settings
    const norm = this.gradientNorm()
    if (!Number.isFinite(norm)) return norm
    this.#stepsDone++
    const scalars: AdamWScalars = {
      learningRate,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      biasCorrection1: 1 - beta1 ** this.#stepsDone,
      sqrtBiasCorrection2: Math.sqrt(1 - beta2 ** this.#stepsDone),
      gradientScale: maxGradientNorm === 0 ? 1 : Math.min(1, maxGradientNorm / (norm + 1e-6)),
    }
    const undecayed = { ...scalars, weightDecay: 0 }
    for (const place of this.#arenas.places) {
      const its = decays(place.name) ? scalars : undecayed
      if (place.rows === undefined) place.kernel.adamw(place, place.size, its)
      else place.kernel.adamwRows(place, place.rows, place.rows.touched, its)
    }
    return norm
  }

  /** Zeroes the gradients that come by rows. Those of whole tensors are left: a batch's first pass overwrites them. */
  zeroGradientRows(): void {
    for (const { name, kernel, gradient, rows } of this.#arenas.places) {
      if (rows === undefined) continue
      kernel.zeroRows(gradient, rows.width, this.#listedRows(name, rows), rows.touched)
      this.#listed.set(name, 0)
    }
  }

  #sumOfSquares({ name, size, kernel, gradient, rows }: TensorPlace): number {
    return rows === undefined
      ? kernel.sumOfSquares(gradient, size)
      : kernel.sumOfSquaresRows(gradient, rows.width, this.#listedRows(name, rows))
  }

  #listedRows(name: string, { list }: RowPlace): RowList {
    return { list, count: this.#listed.get(name) ?? 0 }
  }
}
