import type { LessonSettings } from './lesson-settings.ts'

/** Updates in which every row is seen once; the last may have fewer rows than a batch. */
export function updatesAnEpoch(rows: number, batch: number): number {
  return Math.ceil(rows / batch)
}

/** Updates of a whole lesson. */
export function updatesOf({ steps, epochs }: Pick<LessonSettings, 'steps' | 'epochs'>, anEpoch: number): number {
  return steps ?? Math.ceil((epochs ?? 0) * anEpoch)
}

/** Updates from one evaluation to the next. */
export function updatesBetweenEvaluations(every: 'epoch' | number, anEpoch: number): number {
  return every === 'epoch' ? anEpoch : every
}

/**
 * As many batches as are sorted by length together where rows of like length share one: 50, or a quarter of an epoch.
 * Source: transformers' LengthGroupedSampler.
 */
export function batchesSortedTogether(rows: number, batch: number): number {
  return Math.max(1, Math.min(Math.floor(rows / (batch * 4)), 50))
}
