import { hostname } from 'node:os'
import { Fault } from '../base/fault.ts'
import { programVersion } from '../base/package.ts'
import { readSealedJson, writeSealedJson } from '../content/sealed-json.ts'
import { sha256Of } from '../content/sha256.ts'
import { graphicsFacts } from '../devices/graphics-facts.ts'
import { usualDevice } from '../lesson/device.ts'
import type { StepKey } from '../study/keys.ts'
import {
  estimateLesson,
  estimatePrefixTest,
  estimateTest,
  type LessonMeasurement,
  rowCounts,
  type StepEstimate,
  shapeOf,
  type TestMeasurement,
} from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { WorkContext } from '../study/steps/runners.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { StepTold } from '../study/store/step-told.ts'
import type { Store } from '../study/store/store.ts'
import { engineRunners } from './engine-runners.ts'
import { type MachineShare, type MeasureContext, machineName, measureLesson, measureTest } from './measure.ts'
import { runStudy } from './run-study.ts'
import type { MeasuredBySize } from './size-measurements.ts'

export type Estimates = ReadonlyMap<StepKey, StepEstimate>

/**
 * Makes what an estimate needs: prepares the tasks, which is quick and needed anyway, and measures each shape of lesson
 * and test that is not finished and has not been measured on this machine.
 *
 * @param say told what is measured
 */
export async function measureStudy(
  plan: Plan,
  store: Store,
  context: MeasureContext,
  say: (sentence: string) => void,
): Promise<void> {
  const broken = await prepareTasks(plan, store, context)
  const [known, machine] = [readMeasurements(store), machineName(context)]
  for (const planned of plan.steps.values()) {
    const step = measuredStep(planned)
    if (step === undefined || store.isDone(planned.kind, planned.key)) continue
    if (step.needs.some((key) => broken.has(key))) continue
    const id = measurementId(step, plan, machine)
    if (Object.hasOwn(known, id)) continue
    say(`Measuring ${step.label}`)
    try {
      known[id] =
        step.kind === 'teach'
          ? await measureLesson(step, plan, store, context)
          : await measureTest(step, plan, store, context)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      context.onNotice(`${step.label}: ${error.describe()}`)
      // One trial tells enough: the same shape would fail again.
      known[id] = null
    }
    keepMeasurements(store, known)
  }
}

/**
 * Runs the steps that prepare tasks.
 *
 * @returns those that failed; why is told as a notice
 */
export async function prepareTasks(plan: Plan, store: Store, context: WorkContext): Promise<ReadonlySet<StepKey>> {
  const steps = new Map([...plan.steps].filter(([, { kind }]) => kind === 'prepare'))
  const { failed } = await runStudy(
    { ...plan, steps },
    {
      store,
      runners: engineRunners,
      signal: context.signal,
      program: `reteach ${programVersion()}`,
      observer: { onNotice: (_, sentence) => context.onNotice(sentence) },
    },
  )
  context.signal.throwIfAborted()
  for (const { reason } of failed) context.onNotice(reason)
  return new Set(failed.map(({ step }) => step.key))
}

/**
 * What every unfinished step is expected to take, as far as its rows are known and its shape has been measured so.
 *
 * @param options `bySize` tells of steps that have not been measured, `isDone` of steps that are finished, by what was just found of
 *   them
 */
export function estimateStudy(
  plan: Plan,
  store: Store,
  share: MachineShare,
  {
    bySize,
    isDone = ({ kind, key }) => store.isDone(kind, key),
  }: { readonly bySize?: MeasuredBySize | undefined; readonly isDone?: (step: Step) => boolean } = {},
): Estimates {
  const rows = rowCounts(plan, store)
  const [known, machine] = [readMeasurements(store), machineName(share)]
  const isMeasured = Object.keys(known).length > 0
  const measuredOf = (step: TeachStep | EvaluateStep) =>
    isMeasured ? known[measurementId(step, plan, machine)] : undefined
  const estimates = new Map<StepKey, StepEstimate>()
  for (const step of plan.steps.values()) {
    const like = measuredStep(step)
    if (like === undefined || isDone(step)) continue
    const measured = measuredOf(like) ?? bySize?.(like)
    estimates.set(step.key, estimateStep(step, rows, measured))
  }
  return estimates
}

function estimateStep(
  step: Step,
  rows: ReturnType<typeof rowCounts>,
  measured: LessonMeasurement | TestMeasurement | undefined,
): StepEstimate {
  switch (step.kind) {
    case 'teach':
      return estimateLesson(step, rows, measured as LessonMeasurement | undefined)
    case 'evaluate':
      return estimateTest(rows.get(step.data), measured as TestMeasurement | undefined)
    case 'prefix-test':
      return estimatePrefixTest(step, rows.get(step.evaluation.data), measured as TestMeasurement | undefined)
    default:
      return {}
  }
}

/** The step whose measurement tells what a step takes; `undefined` for one that takes next to nothing. */
function measuredStep(step: Step): TeachStep | EvaluateStep | undefined {
  if (step.kind === 'prefix-test') return step.evaluation
  return step.kind === 'teach' || step.kind === 'evaluate' ? step : undefined
}

/**
 * How long each step of a plan takes: by its estimate, or by the latest finished one of its shape on this machine, which
 * ran beside what this study runs beside.
 */
export class StepTimes {
  readonly #plan: Plan
  readonly #store: Store
  readonly #host = hostname()
  readonly #estimates: Estimates
  readonly #shapes = new Map<StepKey, string>()
  readonly #rates = new Map<string, { readonly finished: string; readonly secondsPerUnit: number }>()
  #rows: ReturnType<typeof rowCounts>

  /** @param toldOf what is known of a finished step by now; default: what the store finds */
  constructor(plan: Plan, store: Store, estimates: Estimates, toldOf = told(store)) {
    this.#plan = plan
    this.#store = store
    this.#estimates = estimates
    this.#rows = rowCounts(plan, store)
    for (const step of plan.steps.values()) {
      if (step.kind !== 'teach' && step.kind !== 'evaluate') continue
      this.#shapes.set(step.key, shapeOf(step, plan))
      if (!estimates.has(step.key)) this.#learn(step, toldOf(step))
    }
  }

  /** Learns from a step that has just been finished. */
  finished(step: Step): void {
    if (step.kind === 'prepare') this.#rows = rowCounts(this.#plan, this.#store)
    this.#learn(step, told(this.#store)(step))
  }

  #learn({ key }: Step, told: StepTold | undefined): void {
    const shape = this.#shapes.get(key)
    if (shape === undefined || told === undefined) return
    const { finished, seconds, host, units = 1 } = told
    const known = this.#rates.get(shape)
    if (host !== this.#host || (known !== undefined && known.finished > finished)) return
    this.#rates.set(shape, { finished, secondsPerUnit: seconds / units })
  }

  /** `undefined` where nobody knows. */
  secondsOf(step: Step): number | undefined {
    const like = measuredStep(step)
    if (like === undefined) return 0
    const estimate = this.#estimates.get(step.key)
    const rate = this.#rates.get(this.#shapes.get(step.key) ?? '')?.secondsPerUnit
    const units = like.kind === 'teach' ? estimate?.updates : this.#rows.get(like.data)?.test
    return rate === undefined || units === undefined ? estimate?.seconds : rate * units
  }
}

function told(store: Store): (step: Step) => StepTold | undefined {
  return ({ kind, key }) => store.told(kind, key)
}

type Measurements = Record<string, LessonMeasurement | TestMeasurement | null>

/** A damaged file is no measurement: everything is measured again. */
function readMeasurements(store: Store): Measurements {
  return (readSealedJson(store.measurementsFile) ?? {}) as Measurements
}

function keepMeasurements(store: Store, known: Measurements): void {
  const found = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null))
  try {
    if (Object.keys(found).length > 0) writeSealedJson(store.measurementsFile, found)
  } catch {
    // In a store that cannot be written it is measured again the next time.
  }
}

function measurementId(step: TeachStep | EvaluateStep, plan: Plan, machine: string): string {
  const device = step.kind === 'teach' ? step.settings.device : step.task.device
  const card = device === usualDevice ? [] : [graphicsFacts().cards[0] ?? null]
  const parts = [machine, programVersion(), shapeOf(step, plan), ...card]
  return sha256Of(JSON.stringify(parts))
}
