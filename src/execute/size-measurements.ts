import { availableParallelism } from 'node:os'
import { clearAway, temporaryFolder } from '../base/temporary-folder.ts'
import { type DeviceCheck, KeptChecks } from '../devices/kept-checks.ts'
import { type DeviceChoice, usualDevice } from '../lesson/device.ts'
import { parseArchitecture } from '../pretrained/families.ts'
import type { LessonMeasurement, TestMeasurement } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { WorkContext } from '../study/steps/runners.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import { measurementOfSize, operations, sizesOf, trainedShare } from './measurement-of-size.ts'
import { trial } from './trial.ts'
import { trialRequest } from './trial-lesson.ts'

/** What a step takes as its model's sizes say, for a plan whose models are not there to be measured. */
export type MeasuredBySize = (step: TeachStep | EvaluateStep) => LessonMeasurement | TestMeasurement | undefined

/**
 * Teaches a small model made-up pairs, and tells from its rate what steps of other sizes take: operations of the matrices
 * and of attention, the optimizer's work, the memory of parameters, gradients, moments and activations. Rows are taken to
 * be half as long as their limits. Steps on a graphics card follow from the check that is kept of it.
 */
export async function measureBySize(plan: Plan, context: WorkContext): Promise<MeasuredBySize> {
  const check = new KeptChecks().find()
  const onCard = check && bySizeOnCard(plan, check)
  const here = [...plan.steps.values()].filter(isMeasured)
  const usual = here.some((step) => deviceOfStep(step) === usualDevice)
  const speed = { operationsPerSecond: usual ? await operationsPerSecond(context) : 1, updateSeconds }
  return (step) => (deviceOfStep(step) === usualDevice ? measurementOfSize(step, plan, () => speed) : onCard?.(step))
}

/** What steps take on a graphics card by what its check has shown. */
export function bySizeOnCard(plan: Plan, check: DeviceCheck): MeasuredBySize {
  const lessons = Object.values(check.lessons ?? {})
  return (step) =>
    measurementOfSize(step, plan, (parameters) => {
      const likest = lessons.toSorted(
        (a, b) => Math.abs(a.parameters - parameters) - Math.abs(b.parameters - parameters),
      )[0]
      return { ...(likest ?? { operationsPerSecond: reachedShare * check.rates.float32 }), updateSeconds: 0 }
    })
}

/** Of the rate of large products, what a lesson comes to that was not tried. */
export const reachedShare = 0.3

function isMeasured(step: Step): step is TeachStep | EvaluateStep {
  return step.kind === 'teach' || step.kind === 'evaluate'
}

function deviceOfStep(step: TeachStep | EvaluateStep): DeviceChoice {
  return step.kind === 'teach' ? step.settings.device : step.task.device
}

/** Of the processor's optimizer, for each parameter. */
const updateSeconds = 1.6e-9

async function operationsPerSecond(context: WorkContext): Promise<number> {
  const folder = temporaryFolder('reteach-rate-')
  try {
    const { threads } = context
    const request = await trialRequest(folder, { width: 256, rows: trialRows })
    const { scratch } = request.start as { scratch: Record<string, unknown> }
    const made = { ...request, ...(threads === undefined ? {} : { threads }), saveStateEverySeconds: 1e9 }
    const { secondsPerUpdate, cpuSeconds, updates } = await trial(made, trialUpdates, context)
    // Where other work takes the processors, their time tells what the wall clock does not.
    const ownSeconds = cpuSeconds / updates / (threads ?? availableParallelism())
    const seconds = Math.min(secondsPerUpdate, ownSeconds === 0 ? secondsPerUpdate : ownSeconds)
    const sizes = sizesOf(parseArchitecture(scratch, 'scratch').parameters)
    return (trainedShare * request.lesson.batch * operations(sizes, trialTokens)) / seconds
  } finally {
    clearAway(folder)
  }
}

const trialUpdates = 4
const trialRows = 128
/** Tokens of the made-up texts, which repeat a sentence one to four times, on average. */
const trialTokens = { source: 62, target: 8 }
