import { nearest } from '../../base/nearest.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Plan } from './plan.ts'

/** Fewer characters would too easily name a step that a later plan has as well. */
const leastCharacters = 8
const tooMany = 5

/**
 * The step of a plan that is named by its key or the first characters of it.
 *
 * @returns a sentence that says why there is no such step, or more than one
 */
export function findStep({ study, steps }: Plan, named: string): Step | string {
  const all = [...steps.values()]
  const found = all.filter(({ key }) => key.startsWith(named))
  if (found.length === 0) return `Unknown step "${named}" of "${study.name}"${hintOf(named, all)}`
  if (named.length < leastCharacters) {
    return `Cannot tell a step by "${named}": give its key or at least ${leastCharacters} characters of it`
  }
  if (found.length > 1) {
    const shown = found.slice(0, tooMany).map(({ key, label }) => `${key.slice(0, named.length + 8)} (${label})`)
    return `Cannot tell a step by "${named}" as ${found.length} keys begin with it: ${shown.join(', ')}`
  }
  return found[0]!
}

function hintOf(named: string, steps: readonly Step[]): string {
  const label = nearest(
    named,
    steps.map((step) => step.label),
  )
  const byLabel = steps.find((step) => step.label === label)
  const key = nearest(
    named,
    steps.map((step) => step.key.slice(0, named.length)),
  )
  const close = byLabel ?? steps.find((step) => key !== undefined && step.key.startsWith(key))
  if (close === undefined) return ': "reteach plan STUDY --no-measure --json" lists the keys'
  return `: did you mean ${close.key.slice(0, 12)} (${close.label})?`
}
