import { Fault } from '../../base/fault.ts'
import type { DropoutStream } from '../dropout-stream.ts'
import { instantiateKernel, type Kernel } from './kernel/kernel.ts'
import { reserveMemory } from './reserve-memory.ts'

/** Memory for the dropout masks of one pass at a time; it grows to the largest pass and is used again. */
export class MaskPool {
  readonly #blocks: Block[] = []

  /** Forgets all masks: their memory is written again by the next ones. */
  reset(): void {
    for (const block of this.#blocks) block.used = 0
  }

  /**
   * Draws a mask of `count` elements, 0 with the given probability and else 1. The view stays valid until {@link reset}.
   *
   * @throws {Fault} when one mask does not fit 4 GiB
   */
  draw(count: number, probability: number, stream: DropoutStream): Uint8Array {
    const bytes = Math.ceil(count / alignment) * alignment
    const block = this.#blocks.find(({ used, memory }) => used + bytes <= memory.buffer.byteLength) ?? this.#grow(bytes)
    const offset = block.used
    block.used += bytes
    block.kernel.dropoutBytes(offset, count, probability, stream)
    return new Uint8Array(block.memory.buffer, offset, count)
  }

  #grow(bytes: number): Block {
    const size = Math.max(blockBytes, bytes)
    if (size > 2 ** 32) {
      const gib = (bytes / 2 ** 30).toFixed(1)
      throw new Fault(`Cannot hold a dropout mask of ${gib} GiB as 4 GiB is the limit: use a smaller micro-batch`)
    }
    const pages = Math.ceil(size / pageBytes)
    const memory = reserveMemory('dropout masks', pages)
    const block = { memory, kernel: instantiateKernel(memory), used: 0 }
    this.#blocks.push(block)
    return block
  }
}

interface Block {
  readonly memory: WebAssembly.Memory
  readonly kernel: Kernel
  used: number
}

const alignment = 64
const pageBytes = 2 ** 16
/** Pages that no mask reaches are never written and take no memory. */
const blockBytes = 2 ** 29
