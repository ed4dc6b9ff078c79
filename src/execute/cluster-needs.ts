import type { StepNeeds } from '../cluster/resources.ts'
import { estimateLesson, rowCounts, shapeOf } from '../study/plan/estimate.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { TeachStep } from '../study/steps/kinds/teach.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'
import type { Estimates } from './estimates.ts'

type Measured = TeachStep | EvaluateStep

/** Steps of one shape: those that have not been looked at since they were finished, and what the others took. */
interface Shape {
  unread: Measured[]
  secondsPerUnit: number
  bytes: number
  lookedMs: number
}

/** To look for finished steps once for each that is submitted would ask a shared folder too much. */
const lookEveryMs = 30_000

/**
 * What steps take on a cluster: as the slowest and the largest finished step of their shape took, on whichever node it ran, else
 * as they are estimated on this machine.
 */
export class ClusterNeeds {
  readonly #plan: Plan
  readonly #store: Store
  readonly #estimates: Estimates
  readonly #shapes = new Map<string, Shape>()
  #rows: { readonly counts: ReturnType<typeof rowCounts>; readonly countedMs: number } | undefined

  constructor(plan: Plan, store: Store, estimates: Estimates) {
    this.#plan = plan
    this.#store = store
    this.#estimates = estimates
    for (const step of plan.steps.values()) {
      if (step.kind !== 'teach' && step.kind !== 'evaluate') continue
      const shape = shapeOf(step, plan)
      const known = this.#shapes.get(shape)
      if (known === undefined)
        this.#shapes.set(shape, { unread: [step], secondsPerUnit: 0, bytes: 0, lookedMs: Number.NEGATIVE_INFINITY })
      else known.unread.push(step)
    }
  }

  of(step: Step): StepNeeds {
    const { seconds, peakMemoryBytes: bytes } = this.#estimates.get(step.key) ?? {}
    const estimate = { ...(seconds === undefined ? {} : { seconds }), ...(bytes === undefined ? {} : { bytes }) }
    if (step.kind !== 'teach' && step.kind !== 'evaluate') return estimate
    const shape = this.#shapes.get(shapeOf(step, this.#plan))!
    this.#learn(shape)
    const units = this.#unitsOf(step)
    return {
      ...estimate,
      ...(shape.secondsPerUnit > 0 && units !== undefined ? { seconds: units * shape.secondsPerUnit } : {}),
      ...(shape.bytes > 0 ? { bytes: shape.bytes } : {}),
    }
  }

  #learn(shape: Shape): void {
    const now = performance.now()
    if (now - shape.lookedMs < lookEveryMs) return
    shape.lookedMs = now
    shape.unread = shape.unread.filter((step) => {
      if (!this.#store.isDone(step.kind, step.key)) return true
      const result = this.#store.soundResult(step.kind, step.key)
      if (result === undefined) return false
      // Of a lesson in several sittings the record tells the last one's time alone.
      const seconds = Math.max(this.#store.record(step.kind, step.key).seconds, result.seconds)
      const units = 'steps' in result ? result.steps : result.examples
      shape.secondsPerUnit = Math.max(shape.secondsPerUnit, seconds / Math.max(1, units))
      shape.bytes = Math.max(shape.bytes, result.peakRssBytes)
      return false
    })
  }

  /** Updates of a lesson, rows of a test. */
  #unitsOf(step: Measured): number | undefined {
    const now = performance.now()
    if (this.#rows === undefined || now - this.#rows.countedMs > lookEveryMs)
      this.#rows = { counts: rowCounts(this.#plan, this.#store), countedMs: now }
    const rows = this.#rows.counts
    return step.kind === 'teach' ? estimateLesson(step, rows).updates : rows.get(step.data)?.test
  }
}
