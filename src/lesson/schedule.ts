/** What the schedules need to know of a lesson; each reads only the parameters that are its own. */
export interface ScheduleSettings {
  readonly learningRate: number
  readonly schedule: ScheduleName
  readonly warmupSteps: number
}

/** An update after the warm-up. */
interface Moment {
  /** Updates since the warm-up ended, and all that come after it. */
  readonly done: number
  readonly span: number
}

interface Schedule {
  /** How the rate goes on after the warm-up. */
  readonly help: string
  /** The rate as a share of the peak. */
  share(at: Moment): number
}

/** Every schedule: an entry is all that there is to one. */
export const schedules = {
  linear: {
    help: 'from the peak to 0 at the last update',
    share: ({ done, span }) => Math.max(0, (span - done) / Math.max(1, span)),
  },
  constant: { help: 'at the peak', share: () => 1 },
} as const satisfies Readonly<Record<string, Schedule>>

export type ScheduleName = keyof typeof schedules
export const scheduleNames = Object.keys(schedules) as readonly ScheduleName[]

/**
 * The learning rate of one update: a linear warm-up from 0 to the peak, then the schedule's own course.
 *
 * @param step the update's number, from 0
 * @param steps updates of the whole lesson
 * Source: same values as transformers' `get_scheduler` (goldens: schedules). Its `constant` knows no warm-up; here it has one
 * where one is asked for.
 */
export function learningRateAt(settings: ScheduleSettings, step: number, steps: number): number {
  const { learningRate: peak, schedule, warmupSteps } = settings
  if (step < warmupSteps) return peak * (step / Math.max(1, warmupSteps))
  return peak * schedules[schedule].share({ done: step - warmupSteps, span: steps - warmupSteps })
}
