import { boundDim } from '../../graph/dim.ts'
import { elementCount, type Tensor } from '../../graph/tensor.ts'
import type { DropoutSite } from '../../graph/weighted-graph.ts'
import { dropoutStream } from '../dropout-stream.ts'
import type { Pass } from '../engine.ts'
import type { PackedMask } from './packed-masks.ts'

/**
 * The masks of a pass, drawn while the pass before it is on the device: to draw them takes about as long as the device needs. What
 * was drawn ahead and is not asked for is forgotten.
 */
export class MasksAhead {
  readonly #draw: (masks: readonly PackedMask[], probability: number) => Promise<Tensor[]>
  #ahead: { readonly of: string; readonly masks: Promise<Tensor[]> } | undefined

  /** @param draw as {@link PackedMasks.draw} */
  constructor(draw: (masks: readonly PackedMask[], probability: number) => Promise<Tensor[]>) {
    this.#draw = draw
  }

  /** Begins to draw what {@link take} is to give for this pass. */
  begin(sites: readonly DropoutSite[], pass: Masked): void {
    if (sites.length === 0 || this.#ahead?.of === nameOf(pass)) return
    const masks = this.#drawn(sites, pass)
    // Whoever takes them hears of it.
    masks.catch(() => {})
    this.#ahead = { of: nameOf(pass), masks }
  }

  /** The bits of each site's mask. */
  async take(sites: readonly DropoutSite[], pass: Masked): Promise<Tensor[]> {
    const ahead = this.#ahead
    this.#ahead = undefined
    return await (ahead?.of === nameOf(pass) ? ahead.masks : this.#drawn(sites, pass))
  }

  #drawn(sites: readonly DropoutSite[], { extents, dropout }: Masked): Promise<Tensor[]> {
    const masks = sites.map(({ shape }, site) => ({
      count: elementCount(shape.map((dim) => boundDim(dim, extents))),
      stream: dropoutStream(dropout, site),
    }))
    return this.#draw(masks, dropout.probability)
  }
}

/** What a pass's masks depend on. */
type Masked = Pick<Pass, 'extents' | 'dropout'>

function nameOf({ extents, dropout }: Masked): string {
  return JSON.stringify([extents, dropout])
}
