import type { StudyTask } from './study.ts'

/** Whether a task's data has rows to validate with, as far as the study says. */
export function hasValidationRows({ data }: Pick<StudyTask, 'data'>): boolean {
  return data.parts.validation !== undefined || (data.rows !== undefined && data.split.validation > 0)
}

/** Whether a task's data has rows to test with, as far as the study says. */
export function hasTestRows({ data }: Pick<StudyTask, 'data'>): boolean {
  return data.parts.test !== undefined || (data.rows !== undefined && data.split.test > 0)
}
