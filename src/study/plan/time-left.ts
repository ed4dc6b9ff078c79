import type { StepKey } from '../keys.ts'
import type { Step } from '../steps/step-kinds.ts'
import type { Plan } from './plan.ts'
import { SmallestFirst } from './smallest-first.ts'

export interface TimeLeftOptions {
  /** Seconds of a whole step; `undefined` where nobody knows. */
  readonly secondsOf: (step: Step) => number | undefined
  /** How much of a step is done, for those that are begun: 1 for a finished one. */
  readonly shares: ReadonlyMap<StepKey, number>
  /** Steps that run side by side. */
  readonly jobs: number
}

export interface TimeLeft {
  /** Without the steps whose time is not known. */
  readonly seconds: number
  /** How many these are. */
  readonly unknown: number
}

/**
 * Seconds until a study is finished: its steps in the plan's order, each as soon as what it needs is done and a job is free,
 * as `runStudy` takes them, apart from limits of memory.
 */
export function timeLeft({ steps }: Pick<Plan, 'steps'>, options: TimeLeftOptions): TimeLeft {
  const { secondsOf, shares, jobs } = options
  const open = [...steps.values()].filter(({ key }) => (shares.get(key) ?? 0) < 1)
  const known = open.map(secondsOf)
  const order = new StepOrder(open)
  const running = new SmallestFirst<number>()
  let now = 0
  for (;;) {
    while (running.size < jobs) {
      const at = order.next()
      if (at === undefined) break
      running.add(now + (known[at] ?? 0) * (1 - (shares.get(open[at]!.key) ?? 0)), at)
    }
    if (running.size === 0) return { seconds: now, unknown: known.filter((seconds) => seconds === undefined).length }
    now = running.first!
    while (running.first === now) order.finish(running.take()!)
  }
}

/** Steps by their places in a list, each once those that it needs are finished: of those that may begin the first. */
class StepOrder {
  readonly #ready = new SmallestFirst<number>()
  /** Needs of each step that are not finished. */
  readonly #missing: number[]
  readonly #users: readonly number[][]

  constructor(steps: readonly Step[]) {
    const places = new Map(steps.map(({ key }, at) => [key, at]))
    const needs = steps.map((step) => [...new Set(step.needs)].flatMap((key) => places.get(key) ?? []))
    this.#missing = needs.map(({ length }) => length)
    this.#users = steps.map(() => [])
    for (const [at, own] of needs.entries()) {
      for (const need of own) this.#users[need]!.push(at)
      if (own.length === 0) this.#ready.add(at, at)
    }
  }

  next(): number | undefined {
    return this.#ready.take()
  }

  finish(at: number): void {
    for (const user of this.#users[at]!) if (--this.#missing[user]! === 0) this.#ready.add(user, user)
  }
}
