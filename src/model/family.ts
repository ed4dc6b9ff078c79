import type { Dialect } from '../graph/dialect.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { LessonGraph, ParameterSpec, WeightedGraph } from '../graph/weighted-graph.ts'

/** A family of encoder-decoder models, such as T5 with mT5: it reads what `config.json` says. */
export interface ModelFamily {
  /**
   * @param json the content of a `config.json`
   * @param file the path to name in faults
   * @throws {ConfigFault} listing every key that cannot be used
   */
  readonly parse: (json: unknown, file: string) => Architecture
  /** Every key that a `config.json` of the family may have, those included that are of no use here. */
  readonly configKeys: readonly string[]
  /** Keys whose whole numbers are to be written as `1.0`: transformers 5 takes no `1` for them. */
  readonly floatKeys: readonly string[]
}

/** All that follows from a model's config: what is there to know about a model but its weights. */
export interface Architecture {
  /** As people call it. */
  readonly familyName: string
  readonly vocabSize: number
  readonly padTokenId: number
  readonly eosTokenId: number
  readonly decoderStartTokenId: number
  /** The model's own. */
  readonly dropoutRate: number
  /** The keys of its `config.json` as they were read. */
  readonly raw: Readonly<Record<string, unknown>>
  /** Every parameter, each once, in the order in which they are stored. */
  readonly parameters: readonly ParameterSpec[]

  /** Fills a parameter as a model that starts from scratch has it: by seed and parameter alone. */
  fillStart(name: string, seed: number, data: Float32Array): void
  /**
   * The same model with these pieces of its vocabulary alone, numbered anew from 0: a table of pieces has their rows only.
   *
   * @param pieces ascending, the ids named above among them
   */
  withPieces(pieces: Int32Array): Architecture
  lessonGraph(options: LessonGraphOptions): LessonGraph
  /** @throws {RangeError} on an empty source or target, and on ids outside the vocabulary */
  packBatch(examples: readonly Example[]): Batch
  /** @param dialect of the engine that is to run its graphs; default: the processor's */
  generation(dialect?: Dialect): Generation
  /** What the symbols of a lesson graph stand for in a pass over some examples. */
  extents(examples: readonly Example[]): Readonly<Record<string, number>>
  /**
   * Whether a pass of such extents takes the lesson graph for short targets: it has clearly fewer operations.
   *
   * @param dialect of the engine that is to run it; default: the processor's
   */
  hasShortTargets(extents: Readonly<Record<string, number>>, dialect?: Dialect): boolean
  /** Elements of the largest tensor of a lesson graph, its parameters and those of their extents aside. */
  largestTensor(examples: readonly Example[]): number
  /** What other programs than this one run. */
  exportedGraphs(): ExportedGraphs

  /** Which tensors of a folder are which parameters, and what architecture they make: a file may tell more than the config. */
  matchStored<T extends StoredPlace>(tensors: readonly T[], path: string): StoredMatch<T>
  /** The tensors of a saved file, in their order. */
  savedTensors(): readonly SavedTensor[]
  /** The `config.json` of a saved folder. */
  savedConfig(): Record<string, unknown>
}

export interface LessonGraphOptions {
  /** Adds the reverse pass. */
  readonly gradients: boolean
  /** Takes a mask for every dropout site. */
  readonly dropout: boolean
  /** Adds the gradients to those of an earlier pass over the same batch. */
  readonly accumulate?: boolean
  /** Comes to the same numbers in another order, which takes fewer operations where targets are short beside their sources. */
  readonly shortTargets?: boolean | undefined
  /** Share of each label that the loss spreads over the vocabulary, in [0, 1). Default: none. */
  readonly labelSmoothing?: number | undefined
  /** Rows of the output layer whose scores are made and used at a time. Default: the dialect's. */
  readonly outputRows?: number
  /** Of the engine that is to run the graph. Default: the processor's. */
  readonly dialect?: Dialect
  /** Also gives `logits` [M, V] and `encoder_output` [N, width]. */
  readonly inspect?: boolean
}

/** One example as token ids, `</s>` included. */
export interface Example {
  readonly source: Int32Array
  readonly target: Int32Array
}

/** The inputs of a lesson graph for some examples, but for parameters, masks and the loss scale. */
export interface Batch {
  readonly inputs: Readonly<Record<string, Tensor>>
  /** The run's value of each symbol of the graph. */
  readonly extents: Readonly<Record<string, number>>
  /** Where each example's target tokens begin among all of them, and their number at the end. */
  readonly targetOffsets: Int32Array
}

/** How a model writes an answer: the encoder once, then one step a token. Axis 0 of everything is the batch. */
export interface Generation {
  readonly encoder: WeightedGraph
  /** Outputs of the encoder that each step takes as they are, and the extents of each for so many sources. */
  readonly memory: readonly string[]
  memoryDims(rows: number, longest: number): readonly number[]
  /** Gives `argmax` int64 [B] and `logits` [B, V]. @param fewRows whether B is small, for engines whose dialect makes a difference */
  step(fewRows: boolean): WeightedGraph
  /**
   * One step of several beams a source, whose rows stand side by side. The source's tensors are there once for all of them.
   * It also takes which row of the cache each row goes on from, and gives `log_probs` [rows, V] alone. Asked for candidates,
   * it takes the score of each beam besides and gives so many best continuations of each source, the best first:
   * `candidate_scores`, and `candidate_places` int64 as beam * V + token, [sources, candidates].
   */
  beamStep(beams: number, candidates: number | undefined): WeightedGraph
  /** Inputs of a step that it gives back longer, each as `next_NAME`. */
  readonly cache: readonly string[]
  /** The encoder's inputs for some sources of a batch. @param longest of all its sources, in tokens */
  encoderInputs(sources: readonly Int32Array[], longest: number): Readonly<Record<string, Tensor>>
  /** Those inputs of each step that come from the sources of the whole batch. */
  sourceInputs(sources: readonly Int32Array[]): Readonly<Record<string, Tensor>>
  /** The extents of each tensor of the cache after so many tokens; nothing is in the cache of the first step. */
  cacheDims(rows: number, length: number): readonly number[]
  /**
   * What a beam step takes besides.
   *
   * @param cacheRows the row of the cache that each row goes on from
   * @param scores of each row, where candidates are asked for
   */
  beamInputs(cacheRows: readonly number[], scores?: readonly number[]): Readonly<Record<string, Tensor>>
  /** @param position of the token in its sequence, from 0 */
  stepInputs(tokens: readonly number[], position: number): Readonly<Record<string, Tensor>>
}

/** A model in the form that transformers.js expects: `encoder_model` and `decoder_model_merged`. */
export interface ExportedGraphs {
  readonly encoder: WeightedGraph
  readonly decoder: WeightedGraph
}

/** Where a tensor of a model's files lies. */
export interface StoredPlace {
  readonly name: string
  readonly file: object
  /** Of its first byte. */
  readonly position: number
}

export interface StoredMatch<T extends StoredPlace> {
  readonly architecture: Architecture
  /** The stored tensor of each parameter's name, and those that no parameter has. */
  readonly tensors: ReadonlyMap<string, T>
  /** One sentence each. */
  readonly warnings: readonly string[]
}

export interface SavedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** The parameter that it holds. */
  readonly parameter: string
}
