/** A blob that tells, as it is read, how many of its bytes have been taken; each reading begins from 0. */
export class WatchedBlob extends Blob {
  override readonly size: number
  readonly #blob: Blob
  readonly #onTaken: (bytes: number) => void

  constructor(blob: Blob, onTaken: (bytes: number) => void) {
    super([], { type: blob.type })
    this.size = blob.size
    this.#blob = blob
    this.#onTaken = onTaken
  }

  override stream(): ReturnType<Blob['stream']> {
    let taken = 0
    this.#onTaken(0)
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        taken += chunk.length
        this.#onTaken(taken)
        controller.enqueue(chunk)
      },
    })
    return this.#blob.stream().pipeThrough(count) as ReturnType<Blob['stream']>
  }
}
