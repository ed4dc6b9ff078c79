import { basename } from 'node:path'
import { readPlainFile, writeFileAtomic } from '../base/atomic-file.ts'
import { checkpointsOf } from '../study/checkpoints/checkpoints.ts'
import { likelyTask } from '../study/checkpoints/likely-task.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { Store } from '../study/store/store.ts'
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
    // A lesson that hides spans has no other task.
    const task = likelyTask(plan.study, checkpoint) ?? plan.study.tasks.get(checkpoint.lesson.name)
    if (task === undefined || !store.hasWeights(key)) continue
    const askedAs = `${basename(plan.study.file)}#${checkpoint.names[0]}@${checkpoint.seeds[0]}`
    const card = await modelCard({ plan, store, checkpoint, task, calibration: undefined, askedAs })
    if (contentOf(store.cardFile(key)) !== card) writeFileAtomic(store.cardFile(key), card)
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readPlainFile(path).toString()
  } catch {
    return undefined
  }
}
