import type { FinishedSteps } from './finished-steps.ts'
import type { StepRunners, WorkContext } from './runners.ts'
import { type ResultOf, ruleOf, type Step, type StepKind } from './step-kinds.ts'
import type { StepPlace } from './step-rule.ts'

/** Does the work of one step into its folder and returns what `step.json` shall tell of it. */
export async function runStep(
  step: Step,
  place: StepPlace,
  done: FinishedSteps,
  runners: StepRunners,
  context: WorkContext,
): Promise<ResultOf<StepKind>> {
  return await ruleOf(step.kind).work(step, place, { ...context, runners, done })
}
