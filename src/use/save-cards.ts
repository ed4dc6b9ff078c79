import { basename } from 'node:path'
import { readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
import { type Checkpoint, checkpointsOf } from '../study/checkpoints/checkpoints.ts'
import { testedTask } from '../study/checkpoints/tested-task.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { Store } from '../study/store/store.ts'
import type { Study, StudyTask } from '../study/study.ts'
import { modelCard } from './model-card.ts'

/**
 * Writes a model card into the folder of every model that a study has taught and kept, or writes it anew where a test has been
 * finished since.
 *
 * @throws {Fault} if a folder cannot be written
 */
export async function saveCards(plan: Plan, store: Store): Promise<void> {
  for (const checkpoint of checkpointsOf(plan)) {
    const { key } = checkpoint.step
    const task = taskOf(plan.study, checkpoint)
    if (task === undefined || !store.hasWeights(key)) continue
    const askedAs = `${basename(plan.study.file)}#${checkpoint.names[0]}@${checkpoint.seeds[0]}`
    const card = await modelCard({ plan, store, checkpoint, task, calibration: undefined, askedAs })
    if (contentOf(store.cardFile(key)) !== card) writeFileAtomic(store.cardFile(key), card)
  }
}

/** What it was taught last; of a mixture the first of its tasks that it is tested on, or has. */
function taskOf(study: Study, checkpoint: Checkpoint): StudyTask | undefined {
  const { lesson, tests } = checkpoint
  const [first] = study.mixtures.get(lesson.name)?.parts.keys() ?? []
  for (const name of [undefined, tests[0]?.task, first]) {
    const task = testedTask(study, checkpoint, name)
    if (typeof task !== 'string') return task
  }
  return study.tasks.get(lesson.name)
}

function contentOf(path: string): string | undefined {
  try {
    return readPlainFile(path).toString()
  } catch {
    return undefined
  }
}
