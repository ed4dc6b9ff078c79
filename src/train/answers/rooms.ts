import type { HeldModel, HeldTensor } from '../../engine/engine.ts'
import { elementCount } from '../../graph/tensor.ts'

/**
 * Memory where a model computes that run after run writes into, by name. What is handed out anew for every run is touched for
 * the first time every time, which costs as much as a step.
 */
export class Rooms {
  readonly #model: HeldModel
  readonly #rooms = new Map<string, HeldTensor>()

  constructor(model: HeldModel) {
    this.#model = model
  }

  /**
   * Room for a tensor, in place of the last one of that name.
   *
   * @param roomDims extents to be ready for, where larger tensors of that name are soon to come
   */
  async tensor(name: string, dims: readonly number[], roomDims = dims): Promise<HeldTensor> {
    let room = this.#rooms.get(name)
    if (room === undefined || elementCount(room.dims) < elementCount(dims)) {
      room?.release()
      room = await this.#model.hold({
        type: 'float',
        data: new Float32Array(elementCount(roomDims)),
        dims: [elementCount(roomDims)],
      })
      this.#rooms.set(name, room)
    }
    return room.part(0, dims)
  }

  release(): void {
    for (const room of this.#rooms.values()) room.release()
    this.#rooms.clear()
  }
}
