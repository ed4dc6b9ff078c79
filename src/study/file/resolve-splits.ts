import type { Chain, StudyMixture, StudyTask } from '../study.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import type { Resolving } from './resolve-task.ts'
import type { StudyFile } from './schema.ts'
import type { YamlPath } from './yaml-places.ts'

/**
 * A task whose rows are divided several times: each of the study's seeds has a division of its own, the first one that of
 * the same study without `splits`.
 */
export function resolveSplits(task: StudyTask, study: StudyFile, { report }: Resolving): StudyTask {
  const asked = study.tasks[task.name]?.data.split?.splits
  if (asked === undefined) return task
  const at: YamlPath = ['tasks', task.name, 'data', 'split', 'splits']
  const { parts, split } = task.data
  const fixed = (['train', 'test'] as const).find((part) => parts[part] !== undefined)
  if (fixed !== undefined) {
    report(at, `Cannot divide the rows several times as "${fixed}" has a file of its own: remove "splits"`, 'key')
  }
  if (!split.shuffle) {
    report(at, 'Cannot divide the rows several times without "shuffle", as they would be the same each time', 'key')
  }
  const seeds = [...new Set(study.seeds ?? fileDefaults.seeds)]
  if (seeds.length !== asked) {
    report(
      at,
      `Wrong value of "splits": found ${asked}, wanted ${seeds.length}, as many as "seeds" of the study has: each split is taught with a seed of its own`,
    )
  }
  const splits = new Map(seeds.map((seed, at) => [seed, split.seed + at]))
  return { ...task, data: { ...task.data, splits } }
}

/** A chain's own seeds must be some of the study's, where one of its tasks has a split for each of those. */
export function checkSplitSeeds(
  chains: readonly Chain[],
  { tasks, mixtures }: { tasks: ReadonlyMap<string, StudyTask>; mixtures: ReadonlyMap<string, StudyMixture> },
  { report }: Resolving,
): void {
  for (const { lessons, evaluate, seeds, at, label } of chains) {
    const names = [...lessons.map(({ name }) => name), ...evaluate]
    const used = names.flatMap((name) => [...(mixtures.get(name)?.parts.keys() ?? [name])])
    for (const name of new Set(used)) {
      const splits = tasks.get(name)?.data.splits
      const unknown = splits === undefined ? [] : seeds.filter((seed) => !splits.has(seed))
      if (splits === undefined || unknown.length === 0) continue
      report(
        at,
        `Cannot teach "${label}" with seed ${unknown.join(', ')} as "${name}" has a split for each of the study's seeds (${[...splits.keys()].join(', ')}) and no other`,
      )
    }
  }
}
