import type { Study } from './study.ts'

/** A chain, a task or a score as a study wants it printed. */
export function shownName({ report }: Pick<Study, 'report'>, name: string): string {
  return report.names.get(name) ?? name
}
