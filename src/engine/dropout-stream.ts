import type { DropoutDraw } from './engine.ts'

/** Which random numbers: each combination is a stream of its own. */
export interface DropoutStream {
  /** A safe integer. */
  readonly seed: number
  /** In [0, 2^32), as is `site`. */
  readonly step: number
  readonly site: number
}

/**
 * The stream of one mask of a pass, the same on every engine.
 *
 * @param site the mask's place among the lesson graph's dropout sites, below 2^16, as a pass's number is
 */
export function dropoutStream({ seed, step, pass }: DropoutDraw, site: number): DropoutStream {
  return { seed, step, site: pass * 65536 + site }
}
