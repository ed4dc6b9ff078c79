import type { TeachEvent } from './protocol.ts'

/** What people are told of a lesson that stopped early. */
export function stoppedSentence({
  step,
  steps,
  evaluations,
}: Omit<Extract<TeachEvent, { type: 'stopped' }>, 'type'>): string {
  const waited = evaluations === 1 ? 'its last evaluation was' : `its last ${evaluations} evaluations were`
  return `Stopped early after ${step} of ${steps} updates, as ${waited} no better than the best before`
}
