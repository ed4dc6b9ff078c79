import { existsSync } from 'node:fs'
import type { Store } from '../store/store.ts'
import type { Checkpoint } from './checkpoints.ts'
import { bestByValidation } from './kept-checkpoint.ts'

export interface ChosenCheckpoint {
  readonly checkpoint: Checkpoint
  /** Why this one of several seeds; absent where there was no choice. */
  readonly why?: string
}

/**
 * The one of a lesson's seeds that is used: of those whose weights are there the best by the validation rows, else the first.
 *
 * @param seeds of one lesson, at least one
 * @param run the command that teaches the study
 * @returns a sentence that says what to do where none can be used
 */
export async function chooseCheckpoint(
  seeds: readonly Checkpoint[],
  store: Store,
  run: string,
): Promise<ChosenCheckpoint | string> {
  const ready = seeds.filter(({ step }) => store.hasWeights(step.key))
  const [first, ...more] = ready
  if (first === undefined) return whyNone(seeds, store, run)
  if (seeds.length === 1) return { checkpoint: first }
  const best = await bestByValidation(
    ready.map(({ step }) => step),
    store,
  )
  const checkpoint = ready.find(({ step }) => step === best) ?? first
  return { checkpoint, why: reasonOf(more.length === 0, best !== undefined, seeds.length - ready.length) }
}

function reasonOf(isOnly: boolean, isBest: boolean, missing: number): string {
  const rest = missing === 0 ? '' : `, ${missing} more not there yet`
  if (isOnly) return `the only one that is there${rest}`
  return `${isBest ? 'the best by its validation rows' : 'the first'}${rest}`
}

function whyNone(seeds: readonly Checkpoint[], store: Store, run: string): string {
  const { names, step } = seeds[0]!
  const cannot = `Cannot use "${names[0]}"`
  const removed = seeds.find((one) => store.isDone('teach', one.step.key))
  if (removed !== undefined) {
    const folder = store.modelFolder(removed.step.key)
    return `${cannot} as its weights were removed to save space: write "weights: all" in the study, remove "${folder}" and run "${run}" to teach it again`
  }
  const each = [...new Set(seeds.flatMap((one) => one.seeds))]
  const all = `seed${each.length === 1 ? '' : 's'} ${each.join(', ')}`
  const failure = store.failure('teach', step.key)
  const damage = store.damage('teach', step.key)
  if (damage !== undefined) return `${cannot} (${all}) as ${damage}: run "${run}" to teach it again`
  const why = failure === undefined ? stateOf(step.key, store) : `its lesson has failed (${failure.reason}):`
  return `${cannot} (${all}) as ${why} run "${run}"`
}

/** Up to what is to be done about it. */
function stateOf(key: Checkpoint['step']['key'], store: Store): string {
  if (store.worker('teach', key) !== undefined) return 'it is being taught: wait for it, or'
  return existsSync(store.stateFolder('teach', key)) ? 'its lesson was interrupted:' : 'it is not taught yet:'
}
