import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Tensor } from '../../graph/tensor.ts'
import { bitsArguments, kernelModule } from '../cpu/kernel/kernel.ts'
import type { DropoutStream } from '../dropout-stream.ts'

/** Which mask: its elements, and the random numbers that decide on them. */
export interface PackedMask {
  readonly count: number
  readonly stream: DropoutStream
}

/**
 * Dropout masks as the processor draws them, a bit an element: a thirty-second of the way up to the device. Drawn by several
 * threads; a draw may be asked for before the one before it is there.
 */
export class PackedMasks {
  #workers: Drawer[] | undefined

  /** The bits of each mask, uint8 [bytes], 1 for what is kept; the first element's bit is the lowest. */
  async draw(masks: readonly PackedMask[], probability: number): Promise<Tensor[]> {
    this.#workers ??= Array.from({ length: threads() }, () => new Drawer())
    const workers = this.#workers
    const shares = shareOut(masks, workers.length)
    const drawn = await Promise.all(
      shares.map(async (share, at) => {
        const jobs = share.map((mask) => bitsArguments(masks[mask]!.count, probability, masks[mask]!.stream))
        return await workers[at]!.ask(jobs)
      }),
    )
    const tensors: Tensor[] = []
    shares.forEach((share, at) => {
      share.forEach((mask, place) => {
        const data = drawn[at]![place]!
        tensors[mask] = { type: 'uint8', data, dims: [data.length] }
      })
    })
    return tensors
  }

  async release(): Promise<void> {
    for (const worker of this.#workers ?? []) await worker.release()
    this.#workers = undefined
  }
}

/** What each byte's bits stand for, [256, 8]: 0, or 1 / (1 - probability) for what is kept. */
export function maskFactorTable(probability: number): Tensor {
  const kept = 1 / (1 - probability)
  const data = Float32Array.from({ length: 2048 }, (_, at) => ((at >> 3) & (1 << (at & 7)) ? kept : 0))
  return { type: 'float', data, dims: [256, 8] }
}

/** One is left to the rest of the process. */
function threads(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1))
}

/** Masks for each worker, the largest first, each to the one with the least to do. */
function shareOut(masks: readonly PackedMask[], workers: number): number[][] {
  const shares = Array.from({ length: workers }, () => ({ masks: [] as number[], elements: 0 }))
  const bySize = [...masks.keys()].sort((a, b) => masks[b]!.count - masks[a]!.count)
  for (const mask of bySize) {
    const least = shares.reduce((a, b) => (b.elements < a.elements ? b : a))
    least.masks.push(mask)
    least.elements += masks[mask]!.count
  }
  return shares.map((share) => share.masks)
}

/** A text, so that it runs from the source as it does from the build. */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
let memory
let kernel
function roomFor(bytes) {
  if (memory && memory.buffer.byteLength >= bytes) return
  const pages = Math.ceil(bytes / 65536)
  memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  kernel = new WebAssembly.Instance(workerData, { env: { memory } }).exports
}
parentPort.on('message', (jobs) => {
  const drawn = jobs.map(([count, ...rest]) => {
    const bytes = Math.ceil(count / 8)
    roomFor(bytes)
    kernel.dropoutBits(0, count, ...rest)
    return new Uint8Array(memory.buffer.slice(0, bytes))
  })
  parentPort.postMessage(drawn, drawn.map(({ buffer }) => buffer))
})
`

/** A thread that draws, in the order in which it is asked. */
class Drawer {
  readonly #worker = new Worker(program, { eval: true, workerData: kernelModule() })
  readonly #asked: { resolve: (drawn: Uint8Array[]) => void; reject: (error: Error) => void }[] = []

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (drawn: Uint8Array[]) => {
      this.#asked.shift()!.resolve(drawn)
      if (this.#asked.length === 0) this.#worker.unref()
    })
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#asked.splice(0)) reject(error)
    })
  }

  ask(jobs: readonly (readonly number[])[]): Promise<Uint8Array[]> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      // The process is not to end before the answer.
      this.#worker.ref()
      this.#worker.postMessage(jobs)
    })
  }

  async release(): Promise<void> {
    await this.#worker.terminate()
  }
}
