import { Fault } from '../../base/fault.ts'
import { instantiateKernel, type Kernel, type RowTable } from './kernel/kernel.ts'
import { reserveMemory } from './reserve-memory.ts'

/** A tensor to place, of `size` elements. */
export interface TensorSpec {
  readonly name: string
  readonly size: number
  /** Place its gradient beside it, and arrays of so many elements for the optimizer; without, it is only read. */
  readonly taught?: { readonly optimizer: readonly number[] }
  /** For embeddings that are taught: gradients come row by row, and rows without any cost next to nothing. `rows · width` is the size. */
  readonly rows?: RowTable
}

export interface ArenaOptions {
  /** Room kept in each arena for {@link ParameterArenas.scratch}; pages never written cost no memory. @default 0 */
  readonly scratchBytes?: number
}

/** Where a tensor lies: byte offsets into its arena's memory. */
export interface TensorPlace {
  readonly name: string
  readonly size: number
  readonly kernel: Kernel
  readonly parameter: number
  /** The parameter's own place where it is only read. */
  readonly gradient: number
  readonly optimizer: readonly number[]
  readonly rows?: RowTablePlace
}

/** An embedding's bookkeeping: which rows ever had a gradient, and which have one in this update. */
export interface RowTablePlace extends RowTable {
  /** Byte offset of one byte a row, not 0 when the row had a gradient in this lesson. */
  readonly touched: number
  /** Byte offset of the int32 numbers of the rows with a gradient in this update. */
  readonly list: number
}

/** A stretch of an arena's memory for whatever a lesson needs there. Views may be made of any part of it. */
export interface Scratch {
  readonly buffer: ArrayBuffer
  readonly offset: number
  readonly bytes: number
  readonly kernel: Kernel
}

/**
 * The memory of a model being taught: for each tensor the parameter, its gradient and the optimizer's arrays side by side, in
 * as few WebAssembly memories of at most 4 GiB as first-fit decreasing finds. onnxruntime reads and writes the views in
 * place. All starts as zero, and a page takes real memory only once it is written.
 */
export class ParameterArenas {
  readonly #places = new Map<string, PlacedTensor>()

  /** @throws {Fault} when one tensor with all that lies beside it does not fit 4 GiB */
  constructor(tensors: readonly TensorSpec[], options: ArenaOptions = {}) {
    const { scratchBytes = 0 } = options
    const plans: ArenaPlan[] = []
    for (const { tensor, bytes } of tensors
      .map((tensor) => ({ tensor, bytes: tensorBytes(tensor) }))
      .sort((a, b) => b.bytes - a.bytes)) {
      if (bytes + scratchBytes > memoryLimit - alignment) throw tooLarge(tensor, bytes)
      let plan = plans.find(({ end }) => end + bytes + scratchBytes <= memoryLimit)
      if (plan === undefined) {
        plan = { end: alignment, tensors: [] }
        plans.push(plan)
      }
      plan.tensors.push({ tensor, offset: plan.end })
      plan.end += bytes
    }
    if (plans.length === 0) plans.push({ end: alignment, tensors: [] })
    for (const { end, tensors } of plans) {
      const arena = new Arena(end, Math.min(memoryLimit, end + scratchBytes))
      for (const { tensor, offset } of tensors) {
        if (this.#places.has(tensor.name)) throw new Error(`Cannot place tensor "${tensor.name}" twice`)
        this.#places.set(tensor.name, { spec: tensor, arena, place: placeTensor(tensor, offset, arena.kernel) })
      }
    }
  }

  /** Every tensor, largest first. */
  get places(): readonly TensorPlace[] {
    return Array.from(this.#places.values(), ({ place }) => place)
  }

  place(name: string): TensorPlace {
    return this.#placed(name).place
  }

  parameter(name: string): Float32Array<ArrayBuffer> {
    const { arena, place } = this.#placed(name)
    return new Float32Array(arena.memory.buffer, place.parameter, place.size)
  }

  gradient(name: string): Float32Array<ArrayBuffer> {
    const { arena, place, spec } = this.#placed(name)
    if (spec.taught === undefined) throw new Error(`Cannot give the gradient of "${name}" as it is only read`)
    return new Float32Array(arena.memory.buffer, place.gradient, place.size)
  }

  /** What the optimizer keeps for a tensor, in the order in which it was asked for. */
  optimizerArrays(name: string): Float32Array<ArrayBuffer>[] {
    const { arena, place, spec } = this.#placed(name)
    const sizes = spec.taught?.optimizer ?? []
    return sizes.map((size, at) => new Float32Array(arena.memory.buffer, place.optimizer[at], size))
  }

  /** The touched map of a tensor with rows: part of the optimizer's state, as rows outside it are taken to have no moments. */
  touchedRows(name: string): Uint8Array<ArrayBuffer> {
    const { arena, place } = this.#placed(name)
    if (place.rows === undefined) throw new Error(`Cannot give the touched rows of "${name}" as it has none`)
    return new Uint8Array(arena.memory.buffer, place.rows.touched, place.rows.rows)
  }

  /**
   * Sets memory aside for good, 64-byte aligned and zero.
   *
   * @param near the tensor whose kernel is to work on it, as each kernel sees one memory
   * @throws {Fault} when no room is left
   */
  scratch(bytes: number, near: string): Scratch {
    return this.#placed(near).arena.reserve(bytes, near)
  }

  #placed(name: string): PlacedTensor {
    const placed = this.#places.get(name)
    if (placed === undefined) throw new Error(`Cannot find tensor "${name}" in the arenas`)
    return placed
  }
}

interface PlacedTensor {
  readonly spec: TensorSpec
  readonly arena: Arena
  readonly place: TensorPlace
}

interface ArenaPlan {
  end: number
  readonly tensors: { readonly tensor: TensorSpec; readonly offset: number }[]
}

/** What a 32-bit WebAssembly memory can hold. */
const memoryLimit = 2 ** 32
const pageBytes = 2 ** 16
/** A cache line; also keeps offset 0, which the kernel reads as "none", free. */
const alignment = 64

class Arena {
  readonly memory: WebAssembly.Memory
  readonly kernel: Kernel
  #end: number

  constructor(end: number, capacity: number) {
    const pages = Math.ceil(capacity / pageBytes)
    this.memory = reserveMemory('the model', pages)
    this.kernel = instantiateKernel(this.memory)
    this.#end = end
  }

  /** @param near what a lack of room is told by */
  reserve(bytes: number, near: string): Scratch {
    const left = this.memory.buffer.byteLength - this.#end
    if (aligned(bytes) > left) {
      throw new Fault(
        `Cannot set aside ${bytes} bytes of working memory near "${near}" as ${left} are left: use smaller batches`,
      )
    }
    const offset = this.#end
    this.#end += aligned(bytes)
    return { buffer: this.memory.buffer, offset, bytes, kernel: this.kernel }
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

function tensorBytes({ name, size, taught, rows }: TensorSpec): number {
  if (rows !== undefined && rows.rows * rows.width !== size) {
    throw new Error(`Cannot place tensor "${name}" as ${rows.rows} rows of ${rows.width} are not ${size} elements`)
  }
  if (taught === undefined) return floatBytes(size)
  const arrays = taught.optimizer.reduce((sum, elements) => sum + floatBytes(elements), 2 * floatBytes(size))
  return arrays + (rows === undefined ? 0 : aligned(rows.rows) + aligned(rows.rows * 4))
}

function placeTensor({ name, size, taught, rows }: TensorSpec, offset: number, kernel: Kernel): TensorPlace {
  if (taught === undefined) return { name, size, kernel, parameter: offset, gradient: offset, optimizer: [] }
  const gradient = offset + floatBytes(size)
  let end = gradient + floatBytes(size)
  const optimizer = taught.optimizer.map((elements) => {
    const place = end
    end += floatBytes(elements)
    return place
  })
  const place = { name, size, kernel, parameter: offset, gradient, optimizer }
  return rows === undefined ? place : { ...place, rows: { ...rows, touched: end, list: end + aligned(rows.rows) } }
}

function floatBytes(elements: number): number {
  return aligned(elements * 4)
}

function tooLarge({ name, size }: TensorSpec, bytes: number): Fault {
  const gib = (bytes / 2 ** 30).toFixed(1)
  return new Fault(
    `Cannot hold tensor "${name}" of ${size} elements as it takes ${gib} GiB of memory in one piece and 4 GiB is the limit: use a smaller model`,
  )
}
