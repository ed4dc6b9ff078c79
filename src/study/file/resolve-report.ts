import { didYouMean } from '../../base/nearest.ts'
import { scoreNames } from '../score-names.ts'
import type { Chain, ReportRequest, StudyTask } from '../study.ts'
import { fileDefaults } from './keys/file-defaults.ts'
import type { Resolving } from './resolve-task.ts'
import type { StudyFile } from './schema.ts'

/** Checks how a study wants its tables and figures printed. */
export function resolveReport(
  { report: entry }: StudyFile,
  tasks: ReadonlyMap<string, StudyTask>,
  chains: readonly Chain[],
  { report }: Resolving,
): ReportRequest {
  const names = Object.keys(entry?.names ?? {})
  const known = names.length === 0 ? new Set<string>() : printable(tasks, chains)
  for (const name of names.filter((one) => !known.has(one))) {
    const hint = didYouMean(name, known) || ': use the label of a chain, a task or a score'
    report(['report', 'names', name], `Unknown chain, task or score "${name}"${hint}`, 'key')
  }
  return {
    names: new Map(Object.entries(entry?.names ?? {})),
    minutes: entry?.minutes ?? fileDefaults.report.minutes,
    marks: entry?.marks ?? fileDefaults.report.marks,
  }
}

function printable(tasks: ReadonlyMap<string, StudyTask>, chains: readonly Chain[]): ReadonlySet<string> {
  const scores = [...tasks.values()].flatMap((task) => (task.texts.kind === 'spans' ? [] : scoreNames(task).all))
  return new Set([...chains.map(({ label }) => label), ...tasks.keys(), ...scores])
}
