import { clearAway } from '../../base/temporary-folder.ts'
import type { FileHashes } from '../contents/file-hashes.ts'
import { refuseChanged } from '../contents/outside-input.ts'
import type { FinishedSteps } from './finished-steps.ts'
import type { StepRunners, WorkContext } from './runners.ts'
import { type ResultOf, ruleOf, type Step, type StepKind } from './step-kinds.ts'
import type { StepPlace } from './step-rule.ts'

/**
 * Does the work of one step into its folder and returns what `step.json` shall tell of it. Files beside the store must be what
 * the step's key says before they are read and after: once the work is further than where it began, or at its end.
 *
 * @throws {Fault} when the work cannot be done, or such a file is another one by now
 */
export async function runStep(
  step: Step,
  place: StepPlace,
  done: FinishedSteps,
  runners: StepRunners,
  hashes: FileHashes,
  context: WorkContext,
): Promise<ResultOf<StepKind>> {
  const outside = ruleOf(step.kind).outside?.(step) ?? []
  const refuse = async (): Promise<void> => await refuseChanged(outside, hashes)
  await refuse()
  let looking: Promise<void> | undefined
  const settle = async (): Promise<void> => {
    try {
      await (looking ?? refuse())
    } catch (error) {
      // A state that is made of other files would be gone on from once these are back.
      clearAway(place.stateFolder)
      throw error
    }
  }
  const stop = new AbortController()
  const watched: WorkContext = {
    ...context,
    signal: AbortSignal.any([context.signal, stop.signal]),
    onProgress(progress) {
      if (looking === undefined && progress.done > progress.from) {
        looking = refuse()
        looking.catch(() => stop.abort())
      }
      context.onProgress(progress)
    },
  }
  try {
    return await ruleOf(step.kind).work(step, place, { ...watched, runners, done })
  } finally {
    // What has changed is the reason of whatever else has come of it.
    await settle()
  }
}
