import { join } from 'node:path'
import type { Plan } from '../../study/plan/plan.ts'
import type { TeachStep } from '../../study/steps/kinds/teach.ts'
import type { Step } from '../../study/steps/step-kinds.ts'
import type { Store } from '../../study/store/store.ts'
import { saveLessonEvents } from '../../tensorboard/save-lesson-events.ts'

/** Writes every finished lesson of a study for TensorBoard, each as a run of its own. @throws {Fault} when it cannot be written */
export async function saveEvents(plan: Plan, store: Store, folder: string): Promise<void> {
  for (const step of plan.steps.values()) await saveStepEvents(step, store, folder)
}

/** The same of one step; nothing for one that is no lesson, or not finished. */
async function saveStepEvents(step: Step, store: Store, folder: string): Promise<void> {
  if (step.kind !== 'teach' || !store.isDone('teach', step.key)) return
  const { seconds } = store.result('teach', step.key)
  await saveLessonEvents({ folder: store.modelFolder(step.key), seconds }, join(folder, runName(step)))
}

/** As people call it, without what names of files cannot hold, and with letters of its key, as arms may come to one name. */
function runName({ taught, seed, key }: TeachStep): string {
  const name = taught.replace(/[^\p{L}\p{N}_.]+/gu, '-').slice(0, 80)
  return `${name}@${seed}-${key.slice(0, 8)}`
}
