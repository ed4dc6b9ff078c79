import type { GraphBuilder } from './builder.ts'
import type { Shape } from './dim.ts'

/** A graph and the parameters that it takes as inputs, under their own names. */
export interface WeightedGraph {
  readonly graph: GraphBuilder
  readonly parameters: readonly string[]
  /** Inputs that are some rows of a parameter each, by their names. */
  readonly parameterRows?: ReadonlyMap<string, ParameterRows>
}

/** Rows of a parameter: `begin` to below `end` of axis 0. */
export interface ParameterRows {
  readonly parameter: string
  readonly begin: number
  readonly end: number
}

/** One trainable tensor, named and laid out as in the files of the hub. */
export interface ParameterSpec {
  readonly name: string
  /** `[out, in]` for projections, `[rows, width]` for tables, `[width]` for norms. */
  readonly shape: readonly number[]
  /** Weight decay applies. */
  readonly decay: boolean
  /** A table of which graphs pick rows and nothing else: only rows that were picked have a gradient. */
  readonly lookedUp: boolean
}

/** The forward pass of a batch with its loss, and its gradients where they are asked for. Gives the output `nll`. */
export interface LessonGraph extends WeightedGraph {
  /** For each input with a dense gradient, a parameter or rows of one, the graph output that holds it. */
  readonly denseGradients: ReadonlyMap<string, string>
  /** For each such input the one that the output adds to; empty unless built to accumulate. */
  readonly accumulators: ReadonlyMap<string, string>
  readonly gatheredRows: readonly GatheredRows[]
  /** Each takes its mask as the input `mask:NAME`: a byte or a bit an element, as the dialect has it. */
  readonly dropoutSites: readonly DropoutSite[]
  /** Inputs that hold the extents of a shape in a run, int64 [rank], by their names. */
  readonly boundShapes?: ReadonlyMap<string, Shape>
}

/** Rows that a graph picked from a table by ids; their gradient is added into the table's outside the graph. */
export interface GatheredRows {
  readonly parameter: string
  /** The graph input that holds the ids, int64. */
  readonly ids: string
  /** The graph output that holds the gradient of the picked rows, [ids, width]. */
  readonly output: string
}

/** A place where a model drops activations: its name and the shape of its mask. */
export interface DropoutSite {
  readonly name: string
  readonly shape: Shape
}
