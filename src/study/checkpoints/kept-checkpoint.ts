import { existsSync } from 'node:fs'
import { readAllJsonLines } from '../../base/json-lines.ts'
import { bestIs } from '../best-by.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import type { Store } from '../store/store.ts'

/** Which weights of a finished lesson its folder holds. */
export interface KeptCheckpoint {
  readonly which: 'best' | 'last'
  /** The update after which they were so, of how many. */
  readonly update: number
  readonly updates: number
  /** What it had on the validation rows: the loss, or the score that decides; absent where nothing was validated. */
  readonly validation?: { readonly by: string; readonly value: number }
}

/** What a finished lesson has kept. @throws {Fault} if its record cannot be read */
export async function keptCheckpoint({ key, settings }: TeachStep, store: Store): Promise<KeptCheckpoint> {
  const { steps: updates, best } = store.result('teach', key)
  if (best !== undefined) {
    return { which: 'best', update: best.step, updates, validation: { by: settings.best_by, value: best.value } }
  }
  const loss = await lossAfter(store.lessonEvaluations(key), updates)
  const last: KeptCheckpoint = { which: 'last', update: updates, updates }
  return loss === undefined ? last : { ...last, validation: { by: 'loss', value: loss } }
}

async function lossAfter(evaluations: string, update: number): Promise<number | undefined> {
  if (!existsSync(evaluations)) return undefined
  const lines = await readAllJsonLines<{ step: number; loss: number }>(evaluations)
  return lines.find(({ step }) => step === update)?.loss
}

/**
 * The lesson whose kept weights are the best by its validation rows; test rows are for reporting, not for choosing.
 *
 * @param lessons finished seeds of one lesson
 * @returns `undefined` when not every one of them has such a value, or each has validation rows of its own (splits)
 */
export async function bestByValidation(lessons: readonly TeachStep[], store: Store): Promise<TeachStep | undefined> {
  if (lessons.some(({ data }) => data !== lessons[0]!.data)) return undefined
  const values: { lesson: TeachStep; worth: number }[] = []
  for (const lesson of lessons) {
    const { validation } = await keptCheckpoint(lesson, store)
    if (validation === undefined) return undefined
    const isHigh = validation.by !== 'loss' && bestIs(lesson) === 'highest-value'
    values.push({ lesson, worth: isHigh ? validation.value : -validation.value })
  }
  return values.reduce<(typeof values)[number] | undefined>(
    (best, one) => (best === undefined || one.worth > best.worth ? one : best),
    undefined,
  )?.lesson
}
