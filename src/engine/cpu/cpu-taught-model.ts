import { bytesOf } from '../../base/bytes-of.ts'
import { elementCount } from '../../graph/tensor.ts'
import type { ParameterSpec } from '../../graph/weighted-graph.ts'
import type { LessonGraphOf, TaughtModel, Teacher } from '../engine.ts'
import { type OptimizerSettings, optimizerArrays } from '../optimizer.ts'
import { ParameterArenas, type TensorSpec } from './arena.ts'
import { CpuModel } from './cpu-model.ts'
import type { CpuOptimizer } from './cpu-optimizer.ts'
import { CpuTeacher } from './cpu-teacher.ts'
import { Gradients, rowScratchBytes } from './gradients.ts'
import { createOptimizer } from './optimizers.ts'

/** A model that is taught: beside each parameter lie its gradient and the optimizer's arrays. */
export class CpuTaughtModel extends CpuModel implements TaughtModel {
  readonly arenas: ParameterArenas
  readonly gradients: Gradients
  readonly #specs: readonly ParameterSpec[]
  readonly #optimizer: CpuOptimizer
  readonly #maxGradNorm: number
  #updatesDone = 0

  constructor(specs: readonly ParameterSpec[], settings: OptimizerSettings, threads: number | undefined) {
    const arenas = new ParameterArenas(
      specs.map((spec) => tensorSpec(spec, settings)),
      { scratchBytes: 2 * rowScratchBytes },
    )
    super(specs, threads, arenas)
    this.arenas = arenas
    this.gradients = new Gradients(arenas)
    this.#specs = specs
    this.#optimizer = createOptimizer(settings, arenas, specs)
    this.#maxGradNorm = settings.maxGradNorm
  }

  get updatesDone(): number {
    return this.#updatesDone
  }

  teacher(graph: LessonGraphOf): Teacher {
    return new CpuTeacher(this, graph)
  }

  /**
   * Clips the gradients, updates every parameter and leaves the gradients as they are.
   *
   * @returns the gradient norm before clipping. When it is not finite nothing is updated or counted
   */
  applyGradients(learningRate: number): number {
    const norm = this.gradients.norm()
    if (!Number.isFinite(norm)) return norm
    this.#updatesDone++
    const scale = this.#maxGradNorm === 0 ? 1 : Math.min(1, this.#maxGradNorm / (norm + 1e-6))
    this.#optimizer.update(this.#updatesDone, learningRate, scale)
    return norm
  }

  async saveState(write: (bytes: Uint8Array) => void): Promise<void> {
    for (const part of this.#state()) write(part)
  }

  async restoreState(updatesDone: number, read: (bytes: Uint8Array) => void): Promise<void> {
    for (const part of this.#state()) read(part)
    this.#updatesDone = updatesDone
    this.gradients.forgetList()
  }

  *#state(): Generator<Uint8Array> {
    for (const { name } of this.#specs) {
      yield bytesOf(this.arenas.parameter(name))
      for (const array of this.arenas.optimizerArrays(name)) yield bytesOf(array)
      if (this.arenas.place(name).rows) yield this.arenas.touchedRows(name)
    }
  }
}

function tensorSpec(spec: ParameterSpec, settings: OptimizerSettings): TensorSpec {
  const { name, shape } = spec
  const [rows, width] = shape
  return {
    name,
    size: elementCount(shape),
    taught: { optimizer: optimizerArrays(settings, shape) },
    ...(spec.lookedUp ? { rows: { rows: rows!, width: width! } } : {}),
  }
}
