import type { OptimizerSettings } from '../../engine/optimizer.ts'
import { LiveBytes, valueBytes } from '../../graph/live-bytes.ts'
import type { Value } from '../../graph/ops.ts'
import type { LessonGraph } from '../../graph/weighted-graph.ts'
import type { LessonSettings } from '../../lesson/lesson-settings.ts'
import type { Architecture, Example } from '../../model/family.ts'
import { lessonSize } from './lesson-size.ts'

/** What decides on a lesson's memory besides its rows. */
interface LessonMemoryOptions {
  readonly architecture: Architecture
  readonly optimizer: OptimizerSettings
  readonly lesson: Pick<LessonSettings, 'dropout' | 'labelSmoothing'>
  /** Parameters of the model that stand beside those taught, where these are a part of it. */
  readonly wholeParameters?: number | undefined
}

/** The memory of a lesson's process on the processor, counted from its graph and its model's sizes. */
export class LessonMemory {
  /** Parameters that are taught, their gradients, what the optimizer keeps. */
  readonly modelBytes: number
  /** Before any pass: the process, and all that it holds of models. */
  readonly heldBytes: number
  readonly #architecture: Architecture
  readonly #graphOf: (shortTargets: boolean) => LessonGraph
  readonly #counts = new Map<boolean, PassBytes>()

  constructor({ architecture, optimizer, lesson, wholeParameters = 0 }: LessonMemoryOptions) {
    const { dropout = architecture.dropoutRate, labelSmoothing } = lesson
    const options = { gradients: true, dropout: dropout > 0, labelSmoothing }
    this.#graphOf = (shortTargets) => architecture.lessonGraph({ ...options, shortTargets })
    const size = lessonSize(architecture, optimizer)
    this.modelBytes = 8 * size.parameters + size.optimizerBytes
    this.heldBytes = processBytes + this.modelBytes + 4 * wholeParameters
    this.#architecture = architecture
  }

  /** Of the whole process while it computes a pass over these examples. */
  during(examples: readonly Example[]): number {
    return this.heldBytes + this.ofPass(examples)
  }

  /** Of a pass over these examples alone. */
  ofPass(examples: readonly Example[]): number {
    const extents = this.#architecture.extents(examples)
    const { live, inputs } = this.#countOf(this.#architecture.hasShortTargets(extents))
    const inputBytes = inputs.reduce((sum, input) => sum + valueBytes(input, extents), 0)
    return Math.ceil(roomFactor * (live.most(extents) + inputBytes))
  }

  #countOf(shortTargets: boolean): PassBytes {
    const known = this.#counts.get(shortTargets)
    if (known) return known
    const { graph, parameters, parameterRows, denseGradients } = this.#graphOf(shortTargets)
    const weights = new Set([...parameters, ...(parameterRows?.keys() ?? [])])
    const inputs = graph.inputs.filter(({ name }) => !weights.has(name))
    const count = { live: new LiveBytes(graph, new Set(denseGradients.values())), inputs }
    this.#counts.set(shortTargets, count)
    return count
  }
}

/** What is counted of a lesson graph. */
interface PassBytes {
  readonly live: LiveBytes
  /** A pass's own: ids, biases, masks. */
  readonly inputs: readonly Value[]
}

/** Node, onnxruntime and the sessions of a lesson. */
const processBytes = 350e6

/** Arrays of ever other sizes leave gaps between them. */
const roomFactor = 1.15
