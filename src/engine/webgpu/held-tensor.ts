import { elementCount, type Tensor } from '../../graph/tensor.ts'
import type { HeldTensor } from '../engine.ts'
import type { DeviceTensor } from './device-tensor.ts'
import { joined, pickedRows, sliceOf, upload } from './small-graphs.ts'

/**
 * Elements that runs write in pieces. A run cannot write into memory that is there already: each output is a buffer of its
 * own, and what is read across several of them is put together first.
 */
class Room {
  /** What it was filled with, until it is asked for: it may never be. */
  readonly filling: Tensor
  /** In order, none over another; between them stands the filling. */
  #pieces: Piece[] = []

  constructor(filling: Tensor) {
    this.filling = filling
  }

  put(begin: number, tensor: DeviceTensor): void {
    const end = begin + tensor.size
    const around = this.#pieces.flatMap((piece) => without(piece, begin, end))
    for (const piece of this.#pieces) piece.tensor.release()
    this.#pieces = [...around, { begin, end, tensor, from: 0 }].sort((a, b) => a.begin - b.begin)
  }

  /** The elements from `begin` to `end`, the caller's to release. */
  async take(begin: number, end: number): Promise<DeviceTensor> {
    const known = this.#pieces.find((piece) => isWhole(piece) && piece.begin === begin && piece.end === end)
    if (known) return known.tensor.view(known.tensor.dims)
    const whole = await joined(await this.#parts(begin, end))
    this.put(begin, whole)
    return whole.view(whole.dims)
  }

  release(): void {
    for (const { tensor } of this.#pieces) tensor.release()
    this.#pieces = []
  }

  async #parts(begin: number, end: number): Promise<DeviceTensor[]> {
    const parts: DeviceTensor[] = []
    for (let at = begin; at < end; ) {
      const piece = this.#pieces.find((one) => one.begin <= at && at < one.end)
      const next = this.#pieces.find((one) => one.begin > at)
      const until = Math.min(end, piece?.end ?? next?.begin ?? end)
      parts.push(piece ? await partOf(piece, at, until) : await this.#fill(at, until))
      at = until
    }
    return parts
  }

  async #fill(begin: number, end: number): Promise<DeviceTensor> {
    return await upload((this.filling.data as Float32Array).subarray(begin, end), [end - begin])
  }
}

/** Elements of a room, and where they begin in their tensor. */
interface Piece {
  readonly begin: number
  readonly end: number
  readonly tensor: DeviceTensor
  readonly from: number
}

function isWhole({ begin, end, tensor }: Piece): boolean {
  return end - begin === tensor.size
}

/** What is left of a piece where others go; each with a view of its own. */
function without({ begin, end, tensor, from }: Piece, gone: number, until: number): Piece[] {
  const left = [
    { begin, end: Math.min(end, gone), from },
    { begin: Math.max(begin, until), end, from: from + Math.max(begin, until) - begin },
  ]
  return left.filter((part) => part.begin < part.end).map((part) => ({ ...part, tensor: tensor.view(tensor.dims) }))
}

async function partOf({ begin, tensor, from }: Piece, at: number, until: number): Promise<DeviceTensor> {
  const flat = tensor.view([tensor.size])
  if (at === begin && until - at === tensor.size) return flat
  try {
    return await sliceOf(flat, from + at - begin, from + until - begin)
  } finally {
    flat.release()
  }
}

/** A tensor that a model of the device holds, or a part of one. */
export class DeviceHeldTensor implements HeldTensor {
  readonly dims: readonly number[]
  readonly #room: Room
  readonly #begin: number
  readonly #isPart: boolean
  #isReleased = false

  private constructor(room: Room, begin: number, dims: readonly number[], isPart: boolean) {
    this.#room = room
    this.#begin = begin
    this.dims = dims
    this.#isPart = isPart
  }

  static of(tensor: Tensor): DeviceHeldTensor {
    return new DeviceHeldTensor(new Room(tensor), 0, tensor.dims, false)
  }

  async pickRows(rows: readonly number[]): Promise<HeldTensor> {
    const [count, ...rest] = this.dims as [number, ...number[]]
    const width = elementCount(rest)
    const dims = [rows.length, ...rest]
    const filling: Tensor = { type: 'float', data: new Float32Array(0), dims }
    const picked = new DeviceHeldTensor(new Room(filling), 0, dims, false)
    if (width * rows.length === 0) return picked
    const whole = await this.#elements([count, width])
    try {
      picked.put(await pickedRows(whole, rows))
    } finally {
      whole.release()
    }
    return picked
  }

  part(begin: number, dims: readonly number[]): HeldTensor {
    this.#refuseReleased()
    if (begin < 0 || begin + elementCount(dims) > elementCount(this.dims)) {
      throw new RangeError(`Cannot take [${dims}] from ${begin} on of a tensor of [${this.dims}]`)
    }
    return new DeviceHeldTensor(this.#room, this.#begin + begin, dims, true)
  }

  /** As an input of a run: what lies on the device is the caller's to release. */
  async input(): Promise<Tensor | DeviceTensor> {
    const { filling } = this.#room
    // A buffer of the device holds an element at least.
    if (filling.type !== 'float' || elementCount(this.dims) === 0) return { ...filling, dims: this.dims } as Tensor
    return await this.#elements(this.dims)
  }

  /** Takes over what a run gave. */
  put(output: DeviceTensor): void {
    this.#refuseReleased()
    if (output.size !== elementCount(this.dims)) {
      throw new RangeError(`Cannot put [${output.dims}] into a tensor of [${this.dims}]`)
    }
    this.#room.put(this.#begin, output)
  }

  release(): void {
    this.#isReleased = true
    if (!this.#isPart) this.#room.release()
  }

  async #elements(dims: readonly number[]): Promise<DeviceTensor> {
    this.#refuseReleased()
    const taken = await this.#room.take(this.#begin, this.#begin + elementCount(this.dims))
    try {
      return taken.view(dims)
    } finally {
      taken.release()
    }
  }

  #refuseReleased(): void {
    if (this.#isReleased) throw new Error(`Cannot use a tensor of [${this.dims}] that was released`)
  }
}
