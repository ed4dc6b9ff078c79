import { plural } from '../base/plural.ts'

/** What the schedules need to know of a lesson; each reads only the parameters that are its own. */
export interface ScheduleSettings {
  readonly learningRate: number
  readonly schedule: ScheduleName
  readonly warmupSteps: number
  /** Share of the updates; `warmupSteps` wins where it is more than 0. */
  readonly warmupRatio?: number
  readonly numCycles?: number
  readonly power?: number
  readonly lrEnd?: number
  readonly timescale?: number
}

/**
 * The learning rate of one update: a linear warm-up from 0 to the peak, then the schedule's own course.
 *
 * @param step the update's number, from 0
 * @param steps updates of the whole lesson
 * Source: same values as transformers' `get_scheduler` (goldens: schedules). Its `constant` knows no warm-up; here it
 * has one where one is asked for, as `constant_with_warmup`.
 */
export function learningRateAt(settings: ScheduleSettings, step: number, steps: number): number {
  const { learningRate: peak } = settings
  const warmup = warmupUpdates(settings, steps)
  if (step < warmup) return peak * (step / Math.max(1, warmup))
  const { share, own } = ownSchedule(settings)
  return peak * share({ done: step - warmup, span: steps - warmup, warmup, peak }, own)
}

/** Every schedule: an entry is all that there is to one. */
export const schedules = {
  linear: schedule({
    help: 'from the peak to 0 at the last update',
    parameters: {},
    share: ({ done, span }) => Math.max(0, (span - done) / Math.max(1, span)),
  }),
  constant: schedule({ help: 'at the peak, after a warm-up where there is one', parameters: {}, share: () => 1 }),
  cosine: schedule({
    help: 'down a cosine, by default half a wave to 0',
    parameters: { numCycles: 0.5 },
    share: (at, { numCycles }) => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * numCycles * 2 * progress(at)))),
  }),
  cosine_with_restarts: schedule({
    help: 'down half a cosine wave to 0, as often as num_cycles says',
    parameters: { numCycles: 1 },
    share: (at, { numCycles }) => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((numCycles * progress(at)) % 1)))),
  }),
  polynomial: schedule({
    help: 'down to lr_end by a power of what is left',
    parameters: { power: 1, lrEnd: 1e-7 },
    share: ({ done, span, peak }, { power, lrEnd }) => ((peak - lrEnd) * (1 - done / span) ** power + lrEnd) / peak,
    refusal: (peak, { lrEnd }) => (lrEnd < peak ? undefined : `its end, ${lrEnd}, is not below its peak, ${peak}`),
  }),
  inverse_sqrt: schedule({
    help: 'down with the root of the updates',
    parameters: { timescale: null },
    share: ({ done, warmup }, { timescale }) => {
      const scale = timescale ?? (warmup || 10_000)
      return 1 / Math.sqrt((done + scale) / scale)
    },
  }),
  constant_with_warmup: schedule({ help: 'as constant', parameters: {}, share: () => 1 }),
} as const

export type ScheduleName = keyof typeof schedules
export const scheduleNames = Object.keys(schedules) as readonly ScheduleName[]

type Parameter = 'numCycles' | 'power' | 'lrEnd' | 'timescale'
type Parameters = { readonly [Name in Parameter]?: number | null }

/** An update after the warm-up. */
interface Moment {
  /** Updates since the warm-up ended, and all that come after it. */
  readonly done: number
  readonly span: number
  readonly warmup: number
  readonly peak: number
}

interface Schedule<Own extends Parameters> {
  /** How the rate goes on after the warm-up. */
  readonly help: string
  /** Its own parameters with their defaults; null: it follows from the lesson. */
  readonly parameters: Own
  /** The rate as a share of the peak. */
  share(at: Moment, own: Given<Own>): number
  /** What hinders it: half a sentence. */
  refusal?(peak: number, own: Given<Own>): string | undefined
}

type Given<Own extends Parameters> = { readonly [Name in keyof Own]: number | Extract<Own[Name], null> }

/** The schedules that have a parameter, each with its default. */
export function schedulesWith(parameter: Parameter): Readonly<Record<string, number | null>> {
  const having = scheduleNames.flatMap((name): [string, number | null][] => {
    const own: Parameters = schedules[name].parameters
    return own[parameter] === undefined ? [] : [[name, own[parameter]]]
  })
  return Object.fromEntries(having)
}

/** Says of a lesson that it ends before its learning rate has come to the peak. */
export function warmupWarning(settings: ScheduleSettings, steps: number): string | undefined {
  const { learningRate } = settings
  const warmup = warmupUpdates(settings, steps)
  if (steps === 0 || warmup < steps || learningRate === 0) return undefined
  const most = Number(learningRateAt(settings, steps - 1, steps).toPrecision(3))
  return `The warm-up takes ${plural(warmup, 'update')} and the lesson ${steps}: the learning rate comes to ${most} and not to ${learningRate}`
}

/** Why a lesson cannot be taught with its schedule: half a sentence. */
export function scheduleRefusal(settings: ScheduleSettings): string | undefined {
  const { refusal, own } = ownSchedule(settings)
  return refusal?.(settings.learningRate, own)
}

/** The schedule of a lesson with the values of its parameters. */
function ownSchedule(settings: ScheduleSettings): Schedule<Parameters> & { own: Given<Parameters> } {
  const entry = schedules[settings.schedule] as Schedule<Parameters>
  const own = Object.entries(entry.parameters).map(([name, usual]) => [name, settings[name as Parameter] ?? usual])
  return { ...entry, own: Object.fromEntries(own) as Given<Parameters> }
}

/** Source: transformers' `TrainingArguments.get_warmup_steps`. */
function warmupUpdates({ warmupSteps, warmupRatio = 0 }: ScheduleSettings, steps: number): number {
  return warmupSteps > 0 ? warmupSteps : Math.ceil(steps * warmupRatio)
}

/** Lets an entry of the table see its own parameters by their names. */
function schedule<const Own extends Parameters>(entry: Schedule<Own>): Schedule<Own> {
  return entry
}

function progress({ done, span }: Moment): number {
  return done / Math.max(1, span)
}
