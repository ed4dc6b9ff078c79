import type { Study, StudyTask } from '../study.ts'
import type { Checkpoint } from './checkpoints.ts'
import { testedTask } from './tested-task.ts'

/** What a model is most likely asked for: what it was taught last; of a mixture the first of its tasks that it is tested on, or has. */
export function likelyTask(study: Study, checkpoint: Checkpoint): StudyTask | undefined {
  const { lesson, tests } = checkpoint
  const [first] = study.mixtures.get(lesson.name)?.parts.keys() ?? []
  for (const name of [undefined, tests[0]?.task, first]) {
    const task = testedTask(study, checkpoint, name)
    if (typeof task !== 'string') return task
  }
  return undefined
}
