import { didYouMean } from '../../base/nearest.ts'
import type { Study, StudyTask } from '../study.ts'
import type { Checkpoint } from './checkpoints.ts'

/**
 * The task that a model is asked to do: the one that is named, or the one that it was taught last.
 *
 * @returns a sentence when there is no such task, or when one must be named
 */
export function testedTask(study: Study, checkpoint: Checkpoint, named: string | undefined): StudyTask | string {
  const names = [...study.tasks.values()].filter(({ texts }) => texts.kind !== 'spans').map(({ name }) => name)
  if (named !== undefined) {
    if (names.includes(named)) return study.tasks.get(named)!
    return `Unknown task "${named}" of "${study.file}"${didYouMean(named, names) || `: it has ${names.join(', ')}`}`
  }
  const candidates = candidatesOf(study, checkpoint).filter((name) => names.includes(name))
  if (candidates.length === 1) return study.tasks.get(candidates[0]!)!
  const shown = (candidates.length === 0 ? names : candidates).join(', ')
  return `Cannot tell which task "${checkpoint.names[0]}" is to do: name one with --task: ${shown}`
}

/** What was taught last; of a mixture, the tasks of it that the model is tested on. */
function candidatesOf({ mixtures }: Study, { lesson, tests }: Checkpoint): string[] {
  const mixture = mixtures.get(lesson.name)
  const tested = [...new Set(tests.map(({ task }) => task))]
  if (mixture === undefined) return [lesson.name]
  const mixed = tested.filter((task) => mixture.parts.has(task))
  return mixed.length > 0 ? mixed : [...mixture.parts.keys()]
}
