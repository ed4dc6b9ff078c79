import type { Dialect } from '../graph/dialect.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { LessonGraph, ParameterSpec, WeightedGraph } from '../graph/weighted-graph.ts'
import type { OptimizerSettings } from './optimizer.ts'

/** What computes: it holds parameters wherever it likes and runs graphs over them. */
export interface Engine {
  /** The version of what runs the graphs, and the processors that it can use here. */
  readonly runtime: { readonly version: string; readonly providers: readonly string[] }
  /** Room for a model that answers, all parameters zero. @throws {Fault} when it does not fit */
  hold(parameters: readonly ParameterSpec[], options: HoldOptions): Promise<HeldModel>
  /** Room for a model that is taught, with its gradients and the optimizer's state. @throws {Fault} when it does not fit */
  holdTaught(
    parameters: readonly ParameterSpec[],
    optimizer: OptimizerSettings,
    options: HoldOptions,
  ): Promise<TaughtModel>
  /** Bytes that it holds on a device with memory of its own, for all models of this process. */
  bytesOnDevice(): number
}

export interface HoldOptions {
  /** Threads inside one operator. Default: as many as the machine has. */
  readonly threads?: number | undefined
}

/** Fills an array with a parameter's elements from `begin` on. */
export type FillPart = (data: Float32Array, begin: number) => void | Promise<void>

/** A model's parameters where the engine computes. */
export interface HeldModel {
  /** What graphs over it must be built for. */
  readonly dialect: Dialect
  /** No tensor of a graph may have more elements. */
  readonly mostElements: number
  /**
   * Gives `fill` an array of as many elements as the parameter has; what stands in it then is the parameter. What stands in it before
   * may be anything.
   *
   * @param part fills elements from one on: an engine may ask it instead, part by part in order, so that no large one is here as a whole
   */
  write(name: string, fill: (data: Float32Array) => void | Promise<void>, part?: FillPart): Promise<void>
  /** The parameter as it is now: to be looked at only, and before the next update. */
  read(name: string): Promise<Float32Array>
  /** The same part by part, so that no large one is in memory as a whole: each part is to be looked at before the next is asked for. */
  parts(name: string): AsyncIterable<Float32Array>
  /** Makes a graph over these parameters ready to run. */
  session(graph: WeightedGraph): Promise<Session>
  /** Brings a tensor to where the engine computes. */
  hold(tensor: Tensor): Promise<HeldTensor>
}

/** A graph made ready; it takes the model's parameters by itself. */
export interface Session {
  /**
   * Runs the graph once.
   *
   * @param inputs every graph input but the parameters
   */
  run<R extends string>(
    inputs: Readonly<Record<string, Tensor | HeldTensor>>,
    outputs: SessionOutputs<R>,
  ): Promise<{ readonly read: Readonly<Record<R, Tensor>> }>
  release(): Promise<void>
}

/** The outputs wanted of a run. */
export interface SessionOutputs<R extends string> {
  /** To be read here. */
  readonly read: readonly R[]
  /** To be written into held tensors of the outputs' extents, for further runs over the same model; no inputs of this run. */
  readonly into?: Readonly<Record<string, HeldTensor>>
}

/** A tensor where the engine computes. */
export interface HeldTensor {
  readonly dims: readonly number[]
  /** Some rows of axis 0 as a tensor of their own. */
  pickRows(rows: readonly number[]): Promise<HeldTensor>
  /** Its elements from `begin` on as a tensor of these extents: over the same memory, and of no use after this one is released. */
  part(begin: number, dims: readonly number[]): HeldTensor
  release(): void
}

/** A model with what teaching it takes. */
export interface TaughtModel extends HeldModel {
  /** Updates made. */
  readonly updatesDone: number
  teacher(graph: LessonGraphOf): Teacher
  /** Gives everything that further updates depend on to `write`, piece by piece: parameters and the optimizer's state. */
  saveState(write: (bytes: Uint8Array) => void): Promise<void>
  /** Goes on after so many updates from what {@link saveState} gave: `read` fills each piece in the same order. */
  restoreState(updatesDone: number, read: (bytes: Uint8Array) => void): Promise<void>
}

/**
 * The graph of the first pass of an update, or of one that adds to the gradients of those before.
 *
 * @param shortTargets as {@link Pass} has it
 */
export type LessonGraphOf = (accumulate: boolean, shortTargets: boolean) => LessonGraph

/** Some examples of an update as a lesson graph takes them. */
export interface Pass {
  /** Inputs of the lesson graph but for parameters, masks, the loss scale and accumulated gradients. */
  readonly inputs: Readonly<Record<string, Tensor>>
  /** This run's value of each symbol in the graph's shapes. */
  readonly extents: Readonly<Record<string, number>>
  /** Takes the graph for short targets. */
  readonly shortTargets?: boolean
  /** What each token's loss counts in the sum that is differentiated. */
  readonly lossScale: number
  readonly dropout: DropoutDraw
}

/** Which masks: the same numbers give the same masks on every engine. */
export interface DropoutDraw {
  /** In [0, 1). */
  readonly probability: number
  /** A safe integer. */
  readonly seed: number
  /** The update's number, below 2^32. */
  readonly step: number
  /** The pass's number in its update, from 0, below 2^16. */
  readonly pass: number
}

/** Teaches a model update by update; one at a time. */
export interface Teacher {
  /**
   * Adds up the gradients of all passes, clips them and updates the parameters.
   *
   * When the norm is not finite nothing is updated or counted.
   *
   * @param next passes of the update that comes next, as far as is known: an engine may ask for the first of them, and make ready
   *   what that takes while it waits for its device; it changes no number
   */
  update(passes: Iterable<Pass>, learningRate: number, next?: Iterable<Pass>): Promise<Update>
  /** Only the gradients, which are then there to be looked at. @returns the sum of all token losses */
  gradients(passes: Iterable<Pass>): Promise<number>
  /** Of the last passes. */
  gradient(name: string): Promise<Float32Array>
  /** The L2 norm over all gradients of the last passes. */
  gradientNorm(): Promise<number>
  release(): Promise<void>
}

export interface Update {
  /** The sum of all token losses, before the update. */
  readonly nll: number
  /** The L2 norm over all gradients, before clipping. */
  readonly gradNorm: number
}
