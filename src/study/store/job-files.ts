import { join } from 'node:path'
import { readPlainFile } from '../../base/atomic-file.ts'
import type { StepKey } from '../keys.ts'
import { listFolder, removeCounted } from './folders.ts'
import type { StoreLayout } from './layout.ts'
import type { StaleFile } from './stale-files.ts'

/**
 * Removes what is written down of the jobs of steps that no study has any more, and what these jobs have printed.
 *
 * @param isGone whether a step is no longer wanted; the study is that for which its job was submitted, where that is known
 */
export function removeJobFiles(
  { folder, jobsFolder }: StoreLayout,
  isGone: (key: StepKey, study: string | undefined) => boolean,
  dryRun: boolean,
): StaleFile[] {
  const names = listFolder(jobsFolder)
  const records = names.flatMap((name) => /^([0-9a-f]{64})\.json$/u.exec(name)?.[1] ?? []) as StepKey[]
  const gone = new Set(records.filter((key) => isGone(key, jobOwner({ jobsFolder }, key).study)))
  if (gone.size === 0) return []
  const left = new Set(records.filter((key) => !gone.has(key)))
  const goneArrays = names.filter(
    (name) => /^array-[0-9a-f]+\.txt$/u.test(name) && !keysIn(join(jobsFolder, name)).some((key) => left.has(key)),
  )
  const jobs = new Set([
    ...[...gone].map((key) => key.slice(0, 12)),
    ...goneArrays.map((name) => name.replace('.txt', '')),
    ...(left.size === 0 ? ['go-on'] : []),
  ])
  const logs = names.filter((name) => jobs.has(/^(array-[0-9a-f]+|go-on|[0-9a-f]{12})-.*\.log$/u.exec(name)?.[1] ?? ''))
  const idle = names.filter((name) => name.endsWith('.idle') && gone.has(name.slice(0, -'.idle'.length) as StepKey))
  return [...[...gone].map((key) => `${key}.json`), ...idle, ...goneArrays, ...logs].map((name) => {
    const path = join(jobsFolder, name)
    return { path: path.slice(folder.length + 1), bytes: removeCounted(path, dryRun) }
  })
}

/** The study for which a step's latest job was submitted, and what the step is; nothing where it had no job. */
export function jobOwner(
  { jobsFolder }: Pick<StoreLayout, 'jobsFolder'>,
  key: StepKey,
): { readonly study?: string; readonly label?: string } {
  try {
    const { study, label } = JSON.parse(readPlainFile(join(jobsFolder, `${key}.json`)).toString()) as JobOwner
    return {
      ...(typeof study === 'string' ? { study } : {}),
      ...(typeof label === 'string' ? { label } : {}),
    }
  } catch {
    return {}
  }
}

interface JobOwner {
  readonly study?: unknown
  readonly label?: unknown
}

function keysIn(path: string): StepKey[] {
  try {
    return readPlainFile(path).toString().split('\n') as StepKey[]
  } catch {
    return []
  }
}
