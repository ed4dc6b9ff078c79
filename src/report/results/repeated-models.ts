import { listOf } from '../../base/plural.ts'
import type { Store } from '../../study/store/store.ts'
import { isUntaught } from '../../study/study.ts'
import type { Arm, SeedResult } from './arms.ts'

/**
 * Whether several seeds have one model, as those of a start that is not taught have, and of lessons that draw nothing by them: their
 * scores say nothing of chance.
 */
export function areOneModel(seeds: readonly Pick<SeedResult, 'evaluation' | 'lessons'>[], store: Store): boolean {
  if (seeds.length < 2) return false
  if (new Set(seeds.map(({ evaluation }) => evaluation)).size === 1) return true
  const weights = seeds.map(({ lessons }) => {
    const last = lessons.at(-1)
    return last && store.soundResult('teach', last)?.weightsSha256
  })
  return weights[0] !== undefined && weights.every((one) => one === weights[0])
}

/** One sentence for each arm that was taught with several seeds and has come to one model. */
export function repeatedModelNotes(arms: readonly Arm[], store: Store): string[] {
  return arms.flatMap(({ chain, seeds }) => {
    if (isUntaught(chain) || !areOneModel(seeds, store)) return []
    const names = listOf(seeds.map(({ seed }) => String(seed)))
    return [
      `Seeds ${names} of "${chain.label}" have come to the same model, as its lessons draw nothing by them: its scores say nothing of chance`,
    ]
  })
}
