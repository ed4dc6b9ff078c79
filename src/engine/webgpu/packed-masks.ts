import type { Tensor } from '../../graph/tensor.ts'
import { type DropoutStream, instantiateKernel, type Kernel } from '../cpu/kernel/kernel.ts'
import { reserveMemory } from '../cpu/reserve-memory.ts'

/** Dropout masks as the processor draws them, a bit an element: a thirty-second of the way up to the device. */
export class PackedMasks {
  #block: { readonly memory: WebAssembly.Memory; readonly kernel: Kernel } | undefined
  #used = 0

  /**
   * Forgets all masks and makes room for the next ones.
   *
   * @param counts elements of each
   */
  reset(counts: readonly number[]): void {
    this.#used = 0
    const bytes = counts.reduce((sum, count) => sum + bytesOf(count), 0)
    if (this.#block && this.#block.memory.buffer.byteLength >= bytes) return
    const memory = reserveMemory('dropout masks', Math.ceil(bytes / pageBytes))
    this.#block = { memory, kernel: instantiateKernel(memory) }
  }

  /** The bits of one mask, uint8 [bytes]; they stay until {@link reset}. */
  draw(count: number, probability: number, stream: DropoutStream): Tensor {
    if (!this.#block) throw new Error('Cannot draw a mask before its room was made')
    const { memory, kernel } = this.#block
    const begin = this.#used
    this.#used += bytesOf(count)
    kernel.dropoutBits(begin, count, probability, stream)
    const bytes = Math.ceil(count / 8)
    return { type: 'uint8', data: new Uint8Array(memory.buffer, begin, bytes), dims: [bytes] }
  }
}

/** What each byte's bits stand for, [256, 8]: 0, or 1 / (1 - probability) for what is kept. */
export function maskFactorTable(probability: number): Tensor {
  const kept = 1 / (1 - probability)
  const data = Float32Array.from({ length: 2048 }, (_, at) => ((at >> 3) & (1 << (at & 7)) ? kept : 0))
  return { type: 'float', data, dims: [256, 8] }
}

/** Each begins at a multiple of 8. */
function bytesOf(count: number): number {
  return Math.ceil(count / 64) * 8
}

const pageBytes = 2 ** 16
