import { didYouMean } from '../../base/nearest.ts'
import type { StudyTask } from '../study.ts'
import type { Resolving } from './resolve-task.ts'
import type { YamlPath } from './yaml-places.ts'

/** A score is one of those that a task has. */
export function checkScore(
  score: string,
  task: StudyTask,
  known: readonly string[],
  at: YamlPath,
  { report }: Pick<Resolving, 'report'>,
  where: 'key' | 'value' = 'value',
): void {
  if (known.includes(score)) return
  const hint = didYouMean(score, known) || `: it has ${known.map((one) => `"${one}"`).join(', ')}`
  report(at, `Unknown score "${score}" of "${task.name}"${hint}`, where)
}
