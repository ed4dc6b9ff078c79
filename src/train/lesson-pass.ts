import { AdamW } from '../engine/cpu/adamw.ts'
import type { Scratch } from '../engine/cpu/arena.ts'
import { MaskPool } from '../engine/cpu/mask-pool.ts'
import { GraphSession, type Tensor } from '../engine/cpu/session.ts'
import type { Dim } from '../graph/dim.ts'
import type { LessonSettings } from '../lesson/lesson-settings.ts'
import { type Batch, type Example, packBatch } from '../model/t5/batch.ts'
import { type LessonGraph, t5LessonGraph } from '../model/t5/lesson-graph.ts'
import { parameterFeeds, rowScratchBytes, type Weights } from './model-memory.ts'

/** What one update did. */
export interface UpdateResult {
  /** Mean over all real target tokens of the batch, before the update. */
  readonly loss: number
  /** Before clipping. */
  readonly gradNorm: number
  /** Source and target tokens. */
  readonly tokens: number
}

type PassSettings = Pick<
  LessonSettings,
  'weightDecay' | 'adamBeta1' | 'adamBeta2' | 'adamEpsilon' | 'maxGradNorm' | 'microBatch' | 'dropout' | 'seed'
>

/** Teaches: gradients of a batch, pass by pass, then one AdamW update in place. */
export class LessonPass {
  readonly optimizer: AdamW
  readonly #weights: Weights
  readonly #settings: PassSettings
  readonly #dropout: number
  readonly #threads: number | undefined
  readonly #masks = new MaskPool()
  readonly #rowScratch = new Map<string, RowScratch>()
  /** The graph of a batch's first pass, and the one that adds to its gradients. */
  readonly #passes = new Map<boolean, Pass>()

  constructor(weights: Weights, settings: PassSettings, threads?: number) {
    this.#weights = weights
    this.#settings = settings
    this.#threads = threads
    this.#dropout = settings.dropout ?? weights.config.dropoutRate
    const decayed = new Set(weights.specs.filter((spec) => spec.decay).map((spec) => spec.name))
    this.optimizer = new AdamW(weights.arenas, {
      beta1: settings.adamBeta1,
      beta2: settings.adamBeta2,
      epsilon: settings.adamEpsilon,
      weightDecay: settings.weightDecay,
      maxGradientNorm: settings.maxGradNorm,
      decays: (name) => decayed.has(name),
    })
  }

  /**
   * Computes the gradients of a batch's mean token loss and updates the weights.
   *
   * @param step the update's number, from 0: it picks the dropout masks
   * @returns the loss and norm; when the norm is not finite the weights are left as they were
   */
  async update(examples: readonly Example[], step: number, learningRate: number): Promise<UpdateResult> {
    const { loss, tokens } = await this.gradients(examples, step)
    const gradNorm = this.optimizer.step(learningRate)
    return { loss, gradNorm, tokens }
  }

  /** Leaves the gradients of a batch's mean token loss in the arenas. */
  async gradients(examples: readonly Example[], step: number): Promise<{ loss: number; tokens: number }> {
    const targetTokens = examples.reduce((total, { target }) => total + target.length, 0)
    const size = this.#settings.microBatch ?? examples.length
    this.optimizer.zeroGradientRows()
    let nll = 0
    let tokens = 0
    for (let begin = 0; begin < examples.length; begin += size) {
      const batch = packBatch(this.#weights.config, examples.slice(begin, begin + size))
      nll += await this.#pass(batch, step, begin, 1 / targetTokens)
      tokens += batch.sourceIds.length + batch.labels.length
    }
    return { loss: nll / targetTokens, tokens }
  }

  async release(): Promise<void> {
    for (const { session } of this.#passes.values()) await session.release()
    this.#passes.clear()
  }

  /** @returns the sum of the pass's token losses */
  async #pass(batch: Batch, step: number, firstExample: number, lossScale: number): Promise<number> {
    const { arenas } = this.#weights
    const { lesson, session, parameters } = await this.#passGraph(firstExample > 0)
    const feeds: Record<string, Tensor> = {
      ...parameters,
      ...batch.inputs,
      ...this.#drawMasks(lesson, batch, step, firstExample),
      loss_scale: { type: 'float', data: Float32Array.of(lossScale), dims: [] },
    }
    const outputs: Record<string, Tensor | null> = { nll: null }
    for (const [name, output] of lesson.denseGradients) {
      const gradient: Tensor = { type: 'float', data: arenas.gradient(name), dims: parameters[name]!.dims }
      outputs[output] = gradient
      const accumulator = lesson.accumulators.get(name)
      if (accumulator !== undefined) feeds[accumulator] = gradient
    }
    for (const { output } of lesson.gatheredRows) outputs[output] = null
    const results = await session.run(feeds, outputs)
    const ids: Record<string, Int32Array> = {
      source_ids: batch.sourceIds,
      decoder_ids: batch.decoderIds,
    }
    for (const { parameter, ids: input, output } of lesson.gatheredRows) {
      this.#scatter(parameter, ids[input]!, results[output]!.data as Float32Array)
    }
    return (results.nll!.data as Float32Array).reduce((total, value) => total + value, 0)
  }

  async #passGraph(accumulate: boolean): Promise<Pass> {
    const known = this.#passes.get(accumulate)
    if (known) return known
    const lesson = t5LessonGraph(this.#weights.config, { gradients: true, dropout: this.#dropout > 0, accumulate })
    const session = await GraphSession.create(lesson.graph, sessionOptions(this.#threads))
    const pass = { lesson, session, parameters: parameterFeeds(this.#weights, lesson.parameters) }
    this.#passes.set(accumulate, pass)
    return pass
  }

  #drawMasks(lesson: LessonGraph, batch: Batch, step: number, firstExample: number): Record<string, Tensor> {
    this.#masks.reset()
    const masks: Record<string, Tensor> = {}
    lesson.dropoutSites.forEach(({ name, shape }, number) => {
      const dims = shape.map((dim) => extent(dim, batch.extents))
      const count = dims.reduce((product, size) => product * size, 1)
      // Passes of one update draw from streams of their own: a site's number is below 2^16, an example's below 2^16.
      const stream = { seed: this.#settings.seed, step, site: firstExample * 65536 + number }
      masks[`mask:${name}`] = { type: 'float', data: this.#masks.draw(count, this.#dropout, stream), dims }
    })
    return masks
  }

  /** Adds rows into a table's gradient, in stretches that fit the scratch beside it. */
  #scatter(name: string, ids: Int32Array, rows: Float32Array): void {
    const place = this.#weights.arenas.place(name)
    const width = rows.length / ids.length
    const scratch = this.#scratchNear(name)
    const stretch = Math.max(1, Math.floor(scratch.rows.length / width))
    if (width > scratch.rows.length) throw new RangeError(`Cannot scatter rows of ${width} elements`)
    for (let begin = 0; begin < ids.length; begin += stretch) {
      const part = ids.subarray(begin, begin + stretch)
      scratch.ids.set(part)
      scratch.rows.set(rows.subarray(begin * width, (begin + part.length) * width))
      if (place.rows) {
        this.optimizer.addGradientRows(name, scratch.idsPlace, scratch.rowsPlace, part.length)
      } else {
        const table = { rows: place.size / width, width }
        place.kernel.scatterAddRows(
          place.gradient,
          table,
          scratch.idsPlace.offset,
          part.length,
          scratch.rowsPlace.offset,
          1,
        )
      }
    }
  }

  #scratchNear(name: string): RowScratch {
    const known = this.#rowScratch.get(name)
    if (known) return known
    const { arenas } = this.#weights
    const rowsPlace = arenas.scratch(rowScratchBytes * 0.75, name)
    const idsPlace = arenas.scratch(rowScratchBytes * 0.25, name)
    const scratch = {
      rowsPlace,
      idsPlace,
      rows: new Float32Array(rowsPlace.buffer, rowsPlace.offset, rowsPlace.bytes / 4),
      ids: new Int32Array(idsPlace.buffer, idsPlace.offset, idsPlace.bytes / 4),
    }
    this.#rowScratch.set(name, scratch)
    return scratch
  }
}

interface Pass {
  readonly lesson: LessonGraph
  readonly session: GraphSession
  readonly parameters: Record<string, Tensor>
}

interface RowScratch {
  readonly rowsPlace: Scratch
  readonly idsPlace: Scratch
  readonly rows: Float32Array
  readonly ids: Int32Array
}

/** The loss of examples without dropout and without gradients. */
export class LossPass {
  readonly #weights: Weights
  readonly #threads: number | undefined
  #pass: { session: GraphSession; parameters: Record<string, Tensor> } | undefined

  constructor(weights: Weights, threads?: number) {
    this.#weights = weights
    this.#threads = threads
  }

  /** The negative log-likelihood of every target token, example by example. */
  async tokenLosses(examples: readonly Example[]): Promise<Float32Array[]> {
    if (!this.#pass) {
      const lesson = t5LessonGraph(this.#weights.config, { gradients: false, dropout: false })
      const session = await GraphSession.create(lesson.graph, sessionOptions(this.#threads))
      this.#pass = { session, parameters: parameterFeeds(this.#weights, lesson.parameters) }
    }
    const { session, parameters } = this.#pass
    const batch = packBatch(this.#weights.config, examples)
    const { nll } = await session.run({ ...parameters, ...batch.inputs }, { nll: null })
    const losses = nll.data as Float32Array
    return examples.map((_, b) => losses.slice(batch.targetOffsets[b], batch.targetOffsets[b + 1]))
  }

  async release(): Promise<void> {
    await this.#pass?.session.release()
    this.#pass = undefined
  }
}

export function sessionOptions(threads: number | undefined): { threads?: number } {
  return threads === undefined ? {} : { threads }
}

/** The number that a dim stands for in one run. */
function extent(dim: Dim, extents: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim
  return dim.split('*').reduce((product, factor) => {
    const value = extents[factor] ?? Number(factor)
    if (Number.isNaN(value)) throw new Error(`Cannot bind the extent "${dim}"`)
    return product * value
  }, 1)
}
