import { deviceNames } from '../../lesson/device.ts'
import type { Plan } from '../plan/plan.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import { plannedStep, type Step } from '../steps/step-kinds.ts'
import type { Weights } from '../steps/weights.ts'
import type { Store } from '../store/store.ts'

/**
 * One sentence where a lesson begins anew although the store holds a state of the same lesson on another device, of which it
 * can take nothing: its bits are others. `undefined`: nothing is lost.
 */
export function otherDeviceNote(step: Step, plan: Plan, store: Store): string | undefined {
  if (step.kind !== 'teach' || store.hasState('teach', step.key)) return undefined
  const { device: own } = step.settings
  const state = elsewhere(step, plan).find(({ key }) => store.hasState('teach', key))
  if (state === undefined) return undefined
  const { device, key, hasAll } = state
  const how = hasAll
    ? `--device ${device}, or "device: ${device}" in the study,`
    : `"device: ${device}" for it in the study`
  return (
    `${step.label}: begins anew on ${own}; a state of it that ${device} has computed lies in ` +
    `"${store.stateFolder('teach', key)}": ${how} goes on from that`
  )
}

interface StateElsewhere {
  readonly device: TeachStep['settings']['device']
  readonly key: TeachStep['key']
  /** Whether the lessons before it are on that device as well. */
  readonly hasAll: boolean
}

/** The same lesson on each other device, with all lessons before it there and with them as they are. */
function elsewhere(step: TeachStep, plan: Plan): StateElsewhere[] {
  const others = deviceNames.filter((device) => device !== step.settings.device)
  return others.flatMap((device) => [
    { device, key: chainOn(step, device, plan).key, hasAll: true },
    { device, key: lessonOn(step, device, step.start).key, hasAll: false },
  ])
}

function chainOn(step: TeachStep, device: StateElsewhere['device'], plan: Plan): TeachStep {
  const { start } = step
  if (start.kind !== 'step') return lessonOn(step, device, start)
  const before = plan.steps.get(start.key) as TeachStep
  return lessonOn(step, device, { kind: 'step', key: chainOn(before, device, plan).key })
}

function lessonOn(step: TeachStep, device: StateElsewhere['device'], start: Weights): TeachStep {
  return plannedStep('teach', { ...step, start, settings: { ...step.settings, device } })
}
