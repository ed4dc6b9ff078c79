import type { Plan } from '../plan/plan.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { SetAside } from '../store/sealed-steps.ts'
import type { Store } from '../store/store.ts'

/** One sentence for each step of a plan that is finished and no longer what was written. */
export function damageNotes(plan: Plan, store: Store): string[] {
  return [...plan.steps.values()].flatMap((step) => {
    const damage = store.damage(step.kind, step.key)
    return damage === undefined ? [] : [`"${step.label}" does not count, as ${damage}: "reteach run" has it done anew`]
  })
}

/** What is told of something that was moved out of a step's place. */
export function setAsideNote({ label }: Step, { faults, path }: SetAside): string {
  return `"${label}" was damaged (${faults.join('; ')}): what was there lies in "${path}", and the step is done anew`
}

/**
 * Looks at every finished step of a plan before a run: seals those that were finished before files were sealed, and puts
 * files aside that are not a step's own.
 *
 * @param say told what was found and done
 * @throws {Fault} if the store cannot be written
 */
export function takeStock(plan: Plan, store: Store, say: (sentence: string) => void): void {
  let sealed = 0
  for (const { kind, key, label } of plan.steps.values()) {
    const check = store.recheck(kind, key)
    if (check.state === 'unsealed') {
      if (store.sealStep(kind, key)) sealed++
    } else if (check.state === 'sound' && check.strangers.length > 0) {
      const path = store.putStrangersAside(kind, key, check.strangers)
      say(`"${label}" had files that are not its own (${check.strangers.join(', ')}): they lie in "${path}"`)
    }
  }
  if (sealed > 0) say(sealedNote(sealed))
}

export function sealedNote(steps: number): string {
  const [were, their] = steps === 1 ? ['1 step was', 'its'] : [`${steps} steps were`, 'their']
  return `${were} finished before files were sealed: ${their} files are taken as they are, and sealed from now on`
}
