import type { ParameterArenas, RowTablePlace, Scratch, TensorPlace } from './arena.ts'
import type { RowList } from './kernel/kernel.ts'

/** The bit of a touched map that lasts for the lesson; the others belong to one update. */
const touchedBit = 1

/** Room beside a tensor for picked rows on their way into its gradient, and for their numbers. */
export const rowScratchBytes = 8 * 2 ** 20

/** The gradients of one update over all tensors of the arenas. */
export class Gradients {
  readonly #arenas: ParameterArenas
  readonly #listed = new Map<string, number>()
  readonly #scratch = new Map<string, RowScratch>()

  constructor(arenas: ParameterArenas) {
    this.#arenas = arenas
  }

  /** The L2 norm over all gradients; NaN or infinite when one of them holds such a value. */
  norm(): number {
    let sum = 0
    for (const place of this.#arenas.places) sum += this.#sumOfSquares(place)
    return Math.sqrt(sum)
  }

  /**
   * Adds rows[i] to row ids[i] of a table's gradient, in the order of i. Of a table that was placed by rows these alone
   * make up the gradient until {@link zeroRows}.
   *
   * @param ids row numbers, which may repeat
   * @param rows [ids, width]
   */
  addRows(name: string, ids: Int32Array, rows: Float32Array): void {
    const width = rows.length / ids.length
    const scratch = this.#scratchNear(name)
    const stretch = Math.floor(Math.min(scratch.rows.length / width, scratch.ids.length))
    if (stretch === 0) throw new RangeError(`Cannot add rows of ${width} elements to the gradient of "${name}"`)
    for (let begin = 0; begin < ids.length; begin += stretch) {
      const part = ids.subarray(begin, begin + stretch)
      scratch.ids.set(part)
      scratch.rows.set(rows.subarray(begin * width, (begin + part.length) * width))
      this.#scatter(this.#arenas.place(name), scratch, part.length, width)
    }
  }

  /** Zeroes the gradients that come by rows. Those of whole tensors are left: a batch's first pass overwrites them. */
  zeroRows(): void {
    for (const { name, kernel, gradient, rows } of this.#arenas.places) {
      if (rows === undefined) continue
      kernel.zeroRows(gradient, rows.width, this.#listedRows(name, rows), rows.touched)
      this.#listed.set(name, 0)
    }
  }

  /**
   * To be called when the touched maps have been put back from a stored state: one that was stored after an update still
   * has that update's rows on its list, and would not list them anew.
   */
  forgetList(): void {
    for (const { name, rows } of this.#arenas.places) {
      if (rows === undefined) continue
      const touched = this.#arenas.touchedRows(name)
      for (let row = 0; row < touched.length; row++) touched[row]! &= touchedBit
      this.#listed.set(name, 0)
    }
  }

  #scatter(place: TensorPlace, { idsPlace, rowsPlace }: RowScratch, count: number, width: number): void {
    const { name, size, kernel, gradient, rows } = place
    const table = { rows: size / width, width }
    const tracking = rows && { touched: rows.touched, ...this.#listedRows(name, rows) }
    const listed = kernel.scatterAddRows(gradient, table, idsPlace.offset, count, rowsPlace.offset, 1, tracking)
    if (rows) this.#listed.set(name, listed)
  }

  #sumOfSquares({ name, size, kernel, gradient, rows }: TensorPlace): number {
    return rows === undefined
      ? kernel.sumOfSquares(gradient, size)
      : kernel.sumOfSquaresRows(gradient, rows.width, this.#listedRows(name, rows))
  }

  #listedRows(name: string, { list }: RowTablePlace): RowList {
    return { list, count: this.#listed.get(name) ?? 0 }
  }

  #scratchNear(name: string): RowScratch {
    const known = this.#scratch.get(name)
    if (known) return known
    const rowsPlace = this.#arenas.scratch(rowScratchBytes * 0.75, name)
    const idsPlace = this.#arenas.scratch(rowScratchBytes * 0.25, name)
    const scratch = {
      rowsPlace,
      idsPlace,
      rows: new Float32Array(rowsPlace.buffer, rowsPlace.offset, rowsPlace.bytes / 4),
      ids: new Int32Array(idsPlace.buffer, idsPlace.offset, idsPlace.bytes / 4),
    }
    this.#scratch.set(name, scratch)
    return scratch
  }
}

interface RowScratch {
  readonly rowsPlace: Scratch
  readonly idsPlace: Scratch
  readonly rows: Float32Array
  readonly ids: Int32Array
}
