import type { GraphBuilder } from '../../graph/builder.ts'
import { boundDimIfKnown, type Dim, product } from '../../graph/dim.ts'
import type { GraphNode } from '../../graph/ops.ts'
import { emittedNodes } from '../../graph/serialize.ts'

/**
 * The matrix products of a graph: how many threads a run may take to come to the bits of one.
 *
 * A product whose result has fewer rows than columns is cut into strips of columns, one a thread, each a multiple of 16.
 * onnxruntime takes sums over more than 128 products in longer blocks where a strip has 64 columns or fewer, so that they are
 * rounded otherwise.
 *
 * Source: MlasGemmBatch and MlasSgemmOperation in onnxruntime's sgemm.cpp.
 */
export class GraphProducts {
  /** Each once, with how often it is there. */
  readonly #products = new Map<string, { readonly product: Product<Dim>; readonly times: number }>()

  constructor(graph: GraphBuilder) {
    for (const product of emittedNodes(graph).flatMap((node) => productOf(node) ?? [])) {
      const key = Object.values(product).join()
      this.#products.set(key, { product, times: (this.#products.get(key)?.times ?? 0) + 1 })
    }
  }

  /**
   * As many of `most` threads as give the bits of one, and fewer where they would wait for each other longer than they compute.
   *
   * @param extents the run's value of each symbol
   */
  equalThreads(extents: Readonly<Record<string, number>>, most: number): number {
    const all: Product<number>[] = []
    let [multiplications, products] = [0, 0]
    for (const { product, times } of this.#products.values()) {
      const bound = boundProduct(product, extents)
      if (!bound) return 1
      all.push(bound)
      multiplications += times * bound.rows * bound.terms * bound.columns * bound.count
      products += times
    }
    let threads = Math.min(most, 1 + Math.floor(multiplications / products / leastMean))
    while (threads > 1 && !all.every((bound) => areEqual(bound, threads))) threads--
    return threads
  }
}

/** `count` products of [rows, terms] and [terms, columns], by extents as a graph writes them or as they are in a run. */
interface Product<Extent> {
  readonly rows: Extent
  readonly terms: Extent
  readonly columns: Extent
  readonly count: Extent
  /** The first operand is given as [terms, rows]: its blocks are never longer. */
  readonly isTurned: boolean
}

function productOf(node: GraphNode): Product<Dim> | undefined {
  if (node.op !== 'Gemm' && node.op !== 'MatMul' && node.op !== 'FusedMatMul') return undefined
  const { inputs, outputs, attributes } = node as GraphNode<'Gemm' | 'MatMul' | 'FusedMatMul'>
  const isTurned = 'transA' in attributes && attributes.transA === 1
  const { shape } = outputs[0]
  const [rows, columns] = shape.slice(-2) as [Dim, Dim]
  return { rows, terms: inputs[0].shape.at(isTurned ? -2 : -1)!, columns, count: product(shape.slice(0, -2)), isTurned }
}

/** @returns nothing where inputs do not tell an extent */
function boundProduct(product: Product<Dim>, extents: Readonly<Record<string, number>>): Product<number> | undefined {
  const [rows, terms, columns, count] = [product.rows, product.terms, product.columns, product.count].map((dim) =>
    boundDimIfKnown(dim, extents),
  )
  if (rows === undefined || terms === undefined || columns === undefined || count === undefined) return undefined
  return { rows, terms, columns, count, isTurned: product.isTurned }
}

/** Whether so many threads give the bits of one. */
function areEqual({ rows, terms, columns, count, isTurned }: Product<number>, threads: number): boolean {
  const shares = rows * terms * columns < leastShared ? 1 : Math.ceil(threads / count)
  if (shares === 1) return true
  // Strips of rows keep the order of sums, but a single row or column has a way of its own.
  if (rows >= columns) return columns > 1 && rows >= 2 * shares
  return isTurned || stripsAreWide(columns, terms, shares)
}

/** Multiplications below which a product is not shared out. */
const leastShared = 64 * 1024

/** Multiplications of a product, in the mean of a run, from which on a second thread pays; and so many more for each other one. */
const leastMean = 500_000

/** Whether sums over so many terms are taken in the same blocks in each strip as in the whole. */
function stripsAreWide(columns: number, terms: number, threads: number): boolean {
  const blocks = Math.ceil(columns / stripAlign)
  const shares = Math.min(threads, blocks)
  const least = Math.floor(blocks / shares)
  const rest = columns - (blocks - least) * stripAlign
  const strips = [columns, Math.ceil(blocks / shares) * stripAlign, least * stripAlign, rest]
  return new Set(strips.map((width) => sumBlock(width, terms))).size === 1
}

const stripAlign = 16

/** How many terms are summed up before the next ones are begun with, of as many as there are. */
function sumBlock(columns: number, terms: number): number {
  let [width, length] = [128, 128]
  if (columns >= terms) {
    while (length / 2 >= terms) [width, length] = [width * 2, length / 2]
  } else {
    while (width > 16 && width / 2 >= columns) [width, length] = [width / 2, length * 2]
  }
  return Math.min(length, terms)
}
