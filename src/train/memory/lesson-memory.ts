import type { OptimizerSettings } from '../../engine/optimizer.ts'
import { LiveBytes, valueBytes } from '../../graph/live-bytes.ts'
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
  readonly #live: LiveBytes
  /** Of a pass's own inputs: ids, biases, masks. */
  readonly #inputBytes: (extents: Readonly<Record<string, number>>) => number

  constructor({ architecture, optimizer, lesson, wholeParameters = 0 }: LessonMemoryOptions) {
    const { dropout = architecture.dropoutRate, labelSmoothing } = lesson
    const { graph, parameters, parameterRows, denseGradients } = architecture.lessonGraph({
      gradients: true,
      dropout: dropout > 0,
      labelSmoothing,
    })
    const size = lessonSize(architecture, optimizer)
    this.modelBytes = 8 * size.parameters + size.optimizerBytes
    this.heldBytes = processBytes + this.modelBytes + 4 * wholeParameters
    this.#architecture = architecture
    this.#live = new LiveBytes(graph, new Set(denseGradients.values()))
    const weights = new Set([...parameters, ...(parameterRows?.keys() ?? [])])
    const inputs = graph.inputs.filter(({ name }) => !weights.has(name))
    this.#inputBytes = (extents) => inputs.reduce((sum, input) => sum + valueBytes(input, extents), 0)
  }

  /** Of the whole process while it computes a pass over these examples. */
  during(examples: readonly Example[]): number {
    return this.heldBytes + this.ofPass(examples)
  }

  /** Of a pass over these examples alone. */
  ofPass(examples: readonly Example[]): number {
    const extents = this.#architecture.extents(examples)
    return Math.ceil(roomFactor * (this.#live.most(extents) + this.#inputBytes(extents)))
  }
}

/** Node, onnxruntime and the sessions of a lesson. */
const processBytes = 350e6

/** Arrays of ever other sizes leave gaps between them. */
const roomFactor = 1.15
