import { Fault } from '../../base/fault.ts'
import { type AdamWArrays, instantiateKernel, type Kernel, type RowTable } from './kernel/kernel.ts'

/** A tensor to place, of `size` elements. */
export interface TensorSpec {
  readonly name: string
  readonly size: number
  /** For embeddings: gradients come row by row, and rows without any cost next to nothing. `rows · width` is the size. */
  readonly rows?: RowTable
}

export interface ArenaOptions {
  /** Place gradients and moments beside each parameter; without, inference only. @default true */
  readonly optimizer?: boolean
  /** Room kept in each arena for {@link ParameterArenas.scratch}; pages never written cost no memory. @default 128 MiB */
  readonly scratchBytes?: number
}

/** Where a tensor lies: byte offsets into its arena's memory. */
export interface TensorPlace extends AdamWArrays {
  readonly name: string
  readonly size: number
  readonly kernel: Kernel
  readonly rows?: RowPlace
}

/** An embedding's bookkeeping: which rows ever had a gradient, and which have one in this update. */
export interface RowPlace extends RowTable {
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
 * The memory of a model being taught: for each tensor the parameter, gradient and both AdamW moments side by side, in as
 * few WebAssembly memories of at most 4 GiB as first-fit decreasing finds. onnxruntime reads and writes the views in
 * place. All starts as zero, and a page takes real memory only once it is written.
 */
export class ParameterArenas {
  readonly #places = new Map<string, PlacedTensor>()
  readonly #arenas: Arena[] = []
  readonly #optimizer: boolean

  /** @throws {Fault} when one tensor with its gradient and moments does not fit 4 GiB */
  constructor(tensors: readonly TensorSpec[], options: ArenaOptions = {}) {
    const { optimizer = true, scratchBytes = 128 * 2 ** 20 } = options
    this.#optimizer = optimizer
    const plans: ArenaPlan[] = []
    for (const { tensor, bytes } of tensors
      .map((tensor) => ({ tensor, bytes: tensorBytes(tensor, optimizer) }))
      .sort((a, b) => b.bytes - a.bytes)) {
      if (bytes > memoryLimit - alignment) throw tooLarge(tensor, bytes)
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
      this.#arenas.push(arena)
      for (const { tensor, offset } of tensors) {
        if (this.#places.has(tensor.name)) throw new Error(`Cannot place tensor "${tensor.name}" twice`)
        this.#places.set(tensor.name, { arena, place: placeTensor(tensor, offset, optimizer, arena.kernel) })
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
    return this.#view(name, 'parameter')
  }

  gradient(name: string): Float32Array<ArrayBuffer> {
    return this.#view(name, 'gradient')
  }

  firstMoment(name: string): Float32Array<ArrayBuffer> {
    return this.#view(name, 'firstMoment')
  }

  secondMoment(name: string): Float32Array<ArrayBuffer> {
    return this.#view(name, 'secondMoment')
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
   * @param near the tensor whose kernel is to work on it, as each kernel sees one memory; else any arena with room
   * @throws {Fault} when no room is left
   */
  scratch(bytes: number, near?: string): Scratch {
    const arena = near === undefined ? this.#arenas.find((arena) => arena.fits(bytes)) : this.#placed(near).arena
    if (arena !== undefined) return arena.reserve(bytes, near)
    const fresh = new Arena(alignment, memoryLimit)
    this.#arenas.push(fresh)
    return fresh.reserve(bytes, undefined)
  }

  #placed(name: string): PlacedTensor {
    const placed = this.#places.get(name)
    if (placed === undefined) throw new Error(`Cannot find tensor "${name}" in the arenas`)
    return placed
  }

  #view(name: string, array: keyof AdamWArrays): Float32Array<ArrayBuffer> {
    const { arena, place } = this.#placed(name)
    if (array !== 'parameter' && !this.#optimizer) {
      throw new Error(`Cannot give the ${array} of "${name}" as these arenas hold parameters only`)
    }
    return new Float32Array(arena.memory.buffer, place[array], place.size)
  }
}

interface PlacedTensor {
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
    this.memory = reserveMemory(pages)
    this.kernel = instantiateKernel(this.memory)
    this.#end = end
  }

  fits(bytes: number): boolean {
    return this.#end + aligned(bytes) <= this.memory.buffer.byteLength
  }

  reserve(bytes: number, near: string | undefined): Scratch {
    if (!this.fits(bytes)) {
      const place = near === undefined ? '' : ` near "${near}"`
      const left = this.memory.buffer.byteLength - this.#end
      throw new Fault(
        `Cannot set aside ${bytes} bytes of working memory${place} as ${left} are left: use smaller batches`,
      )
    }
    const offset = this.#end
    this.#end += aligned(bytes)
    return { buffer: this.memory.buffer, offset, bytes, kernel: this.kernel }
  }
}

function reserveMemory(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch (cause) {
    const gib = ((pages * pageBytes) / 2 ** 30).toFixed(1)
    throw new Fault(
      `Cannot reserve ${gib} GiB of address space for the model: raise the limit on virtual memory (ulimit -v)`,
      undefined,
      { cause },
    )
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

function tensorBytes({ name, size, rows }: TensorSpec, optimizer: boolean): number {
  if (rows !== undefined && rows.rows * rows.width !== size) {
    throw new Error(`Cannot place tensor "${name}" as ${rows.rows} rows of ${rows.width} are not ${size} elements`)
  }
  if (!optimizer) return aligned(size * 4)
  return 4 * aligned(size * 4) + (rows === undefined ? 0 : aligned(rows.rows) + aligned(rows.rows * 4))
}

function placeTensor(
  { name, size, rows }: TensorSpec,
  offset: number,
  optimizer: boolean,
  kernel: Kernel,
): TensorPlace {
  const stride = optimizer ? aligned(size * 4) : 0
  const place = {
    name,
    size,
    kernel,
    parameter: offset,
    gradient: offset + stride,
    firstMoment: offset + 2 * stride,
    secondMoment: offset + 3 * stride,
  }
  if (rows === undefined || !optimizer) return place
  const touched = offset + 4 * stride
  return { ...place, rows: { ...rows, touched, list: touched + aligned(rows.rows) } }
}

function tooLarge({ name, size }: TensorSpec, bytes: number): Fault {
  const gib = (bytes / 2 ** 30).toFixed(1)
  return new Fault(
    `Cannot hold tensor "${name}" of ${size} elements as it takes ${gib} GiB of memory in one piece and 4 GiB is the limit: use a smaller model`,
  )
}
