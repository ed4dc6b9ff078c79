import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { readJsonLines } from '../base/json-lines.ts'
import { checkpointsOf } from '../study/checkpoints/checkpoints.ts'
import { likelyTask } from '../study/checkpoints/likely-task.ts'
import type { StepKey } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
import { type StepStatus, stepStatus } from '../study/run/status.ts'
import type { PredictionRow } from '../study/steps/score-answers.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'
import { followLog, type NewPoints } from './follow-log.ts'
import type { LiveSample, LiveStatus, LiveStep } from './live-data.ts'

const shownRows = 5
const shownWaiting = 10

/** How a study stands while it runs, whoever runs it: read from its store, finished steps once. */
export class LiveStudy {
  readonly #plan: Plan
  readonly #store: Store
  readonly #finished = new Set<StepKey>()
  #sample: LiveSample | undefined
  #models: LiveStatus['models'] = []

  constructor(plan: Plan, store: Store) {
    this.#plan = plan
    this.#store = store
  }

  async status(): Promise<LiveStatus> {
    const open = [...this.#plan.steps.values()].filter(({ key }) => !this.#finished.has(key))
    const states = open.map((step) => stepStatus(step, this.#store))
    await this.#keepFinished(states)
    const of = (state: StepStatus['state']): StepStatus[] => states.filter((one) => one.state === state)
    const waiting = [...of('waiting'), ...of('saved')]
    return {
      finished: this.#finished.size,
      all: this.#plan.steps.size,
      running: of('running').map(liveStep),
      failed: [...of('failed'), ...of('damaged')].map(({ step, reason = '' }) => ({ label: step.label, reason })),
      waiting: { labels: waiting.slice(0, shownWaiting).map(({ step }) => step.label), count: waiting.length },
      machine: {
        load: Number(loadavg()[0]!.toFixed(1)),
        cpus: cpus().length,
        freeBytes: roundedBytes(freemem()),
        allBytes: totalmem(),
      },
      sample: this.#sample,
      models: this.#models,
    }
  }

  /** Lessons that are being taught. */
  running(): Step[] {
    return [...this.#plan.steps.values()].filter(
      ({ kind, key }) => kind === 'teach' && !this.#finished.has(key) && this.#store.worker(kind, key) !== undefined,
    )
  }

  /** What a lesson has logged since. */
  points(key: StepKey, from: number): NewPoints {
    const isDone = this.#finished.has(key) || this.#store.isDone('teach', key)
    return followLog(
      isDone ? this.#store.lessonLog(key) : join(this.#store.stateFolder('teach', key), 'log.jsonl'),
      from,
    )
  }

  label(key: StepKey): string | undefined {
    return this.#plan.steps.get(key)?.label
  }

  async #keepFinished(states: readonly StepStatus[]): Promise<void> {
    const fresh = states.filter(({ state }) => state === 'finished').map(({ step }) => step)
    if (fresh.length === 0) return
    for (const { key } of fresh) this.#finished.add(key)
    const tests = fresh.filter(({ kind }) => kind === 'evaluate')
    const last = tests.toSorted((a, b) => (this.#when(a) < this.#when(b) ? -1 : 1)).at(-1)
    if (last !== undefined) this.#sample = await this.#sampleOf(last)
    this.#models = checkpointsOf(this.#plan)
      .filter((one) => this.#store.hasWeights(one.step.key) && likelyTask(this.#plan.study, one) !== undefined)
      .map(({ step, names, seeds }) => ({ key: step.key, name: `${names[0]}, seed ${seeds.join(', ')}` }))
  }

  #when({ kind, key }: Step): string {
    return this.#store.record(kind, key).finished
  }

  async #sampleOf({ key, label }: Step): Promise<LiveSample> {
    const rows: LiveSample['rows'][number][] = []
    for await (const { source, reference, prediction } of readJsonLines<PredictionRow>(
      this.#store.predictionsFile(key),
    )) {
      rows.push({ source, reference, answer: prediction })
      if (rows.length === shownRows) break
    }
    return { label, rows }
  }
}

function liveStep({ step, worker, progress }: StepStatus): LiveStep {
  const { done = 0, total = 0, unit = '', perSecond } = progress ?? {}
  return {
    label: step.label,
    worker: worker === undefined ? '' : `process ${worker.pid} on ${worker.host}`,
    done,
    total,
    unit,
    perSecond: perSecond === undefined ? undefined : Number(perSecond.toPrecision(3)),
  }
}

/** To a tenth of a gigabyte, so that nothing is told anew for less. */
function roundedBytes(bytes: number): number {
  return Math.round(bytes / 1e8) * 1e8
}
