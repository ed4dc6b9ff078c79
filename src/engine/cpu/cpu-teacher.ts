import { boundDim } from '../../graph/dim.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import type { LessonGraph, WeightedGraph } from '../../graph/weighted-graph.ts'
import { boundShapes } from '../bound-shapes.ts'
import { dropoutStream } from '../dropout-stream.ts'
import type { LessonGraphOf, Pass, Teacher, Update } from '../engine.ts'
import { int32Of } from '../int32-of.ts'
import type { ParameterArenas } from './arena.ts'
import { rowsOf } from './cpu-model.ts'
import type { Gradients } from './gradients.ts'
import { MaskPool } from './mask-pool.ts'
import { GraphSession } from './session.ts'

/** Runs lesson graphs, which write dense gradients in place, and adds the gradients of picked rows. */
export class CpuTeacher implements Teacher {
  readonly #model: TaughtMemory
  readonly #graph: LessonGraphOf
  readonly #masks = new MaskPool()
  /** The graphs of an update's first pass, and those that add to its gradients. */
  readonly #ready = new Map<string, ReadyGraph>()

  constructor(model: TaughtMemory, graph: LessonGraphOf) {
    this.#model = model
    this.#graph = graph
  }

  async update(passes: Iterable<Pass>, learningRate: number): Promise<Update> {
    const nll = await this.gradients(passes)
    return { nll, gradNorm: this.#model.applyGradients(learningRate) }
  }

  async gradients(passes: Iterable<Pass>): Promise<number> {
    this.#model.gradients.zeroRows()
    let nll = 0
    let accumulate = false
    for (const pass of passes) {
      nll += await this.#run(pass, accumulate)
      accumulate = true
    }
    return nll
  }

  async gradient(name: string): Promise<Float32Array> {
    return this.#model.arenas.gradient(name)
  }

  async gradientNorm(): Promise<number> {
    return this.#model.gradients.norm()
  }

  async release(): Promise<void> {
    for (const { session } of this.#ready.values()) await session.release()
    this.#ready.clear()
  }

  /** @returns the sum of the pass's token losses */
  async #run(pass: Pass, accumulate: boolean): Promise<number> {
    const { lesson, session, parameters } = await this.#readyGraph(accumulate, pass.shortTargets ?? false)
    const feeds: Record<string, Tensor> = {
      ...parameters,
      ...pass.inputs,
      ...boundShapes(lesson, pass),
      ...this.#drawMasks(lesson, pass),
      loss_scale: { type: 'float', data: Float32Array.of(pass.lossScale), dims: [] },
    }
    const outputs: Record<string, Tensor | null> = { nll: null }
    for (const [name, output] of lesson.denseGradients) {
      const { dims } = parameters[name]!
      const gradient: Tensor = { type: 'float', data: this.#gradientOf(name, lesson), dims }
      outputs[output] = gradient
      const accumulator = lesson.accumulators.get(name)
      if (accumulator !== undefined) feeds[accumulator] = gradient
    }
    for (const { output } of lesson.gatheredRows) outputs[output] = null
    const results = await session.run(feeds, outputs)
    for (const { parameter, ids, output } of lesson.gatheredRows) {
      const picked = int32Of(pass.inputs[ids]!.data as BigInt64Array)
      this.#model.gradients.addRows(parameter, picked, results[output]!.data as Float32Array)
    }
    return (results.nll!.data as Float32Array).reduce((total, value) => total + value, 0)
  }

  async #readyGraph(accumulate: boolean, shortTargets: boolean): Promise<ReadyGraph> {
    const name = `${accumulate} ${shortTargets}`
    const known = this.#ready.get(name)
    if (known) return known
    const lesson = this.#graph(accumulate, shortTargets)
    const { threads, mostThreads } = this.#model
    const session = await GraphSession.create(lesson.graph, threads, mostThreads)
    const ready = { lesson, session, parameters: this.#model.feeds(lesson) }
    this.#ready.set(name, ready)
    return ready
  }

  /** Where the gradient of a graph's input lies. */
  #gradientOf(input: string, { parameterRows }: LessonGraph): Float32Array {
    const rows = parameterRows?.get(input)
    if (!rows) return this.#model.arenas.gradient(input)
    return rowsOf(this.#model.arenas.gradient(rows.parameter), this.#model.dims(rows.parameter), rows)
  }

  #drawMasks({ dropoutSites }: LessonGraph, { extents, dropout }: Pass): Record<string, Tensor> {
    if (dropoutSites.length === 0) return {}
    this.#masks.reset()
    const factor = Float32Array.of(1 / (1 - dropout.probability))
    const masks: Record<string, Tensor> = { kept_factor: { type: 'float', data: factor, dims: [1] } }
    dropoutSites.forEach(({ name, shape }, site) => {
      const dims = shape.map((dim) => boundDim(dim, extents))
      const data = this.#masks.draw(elementCount(dims), dropout.probability, dropoutStream(dropout, site))
      masks[`mask:${name}`] = { type: 'uint8', data, dims }
    })
    return masks
  }
}

/** What a teacher works on. */
interface TaughtMemory {
  readonly arenas: ParameterArenas
  readonly gradients: Gradients
  readonly threads: number | undefined
  readonly mostThreads: number | undefined
  /** Parameters as a graph takes them. */
  feeds(graph: WeightedGraph): Record<string, Tensor>
  /** The shape of a parameter. */
  dims(parameter: string): readonly number[]
  /** Makes one update. @returns the gradient norm before clipping */
  applyGradients(learningRate: number): number
}

interface ReadyGraph {
  readonly lesson: LessonGraph
  readonly session: GraphSession
  readonly parameters: Record<string, Tensor>
}
