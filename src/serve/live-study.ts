import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { readJsonLines } from '../base/json-lines.ts'
import { checkpointsOf } from '../study/checkpoints/checkpoints.ts'
import { likelyTask } from '../study/checkpoints/likely-task.ts'
import type { StepKey } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
import { type StepStatus, studyStatus } from '../study/run/status.ts'
import { shownName } from '../study/shown-name.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { PredictionRow } from '../study/steps/score-answers.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { Store } from '../study/store/store.ts'
import { followLog } from './follow-log.ts'
import { type LogPlaces, lessonCurves, validationCurve } from './lesson-curves.ts'
import type {
  LiveJob,
  LivePoint,
  LivePoints,
  LiveQueue,
  LiveSample,
  LiveStatus,
  LiveStep,
  LiveTarget,
} from './live-data.ts'

const shownRows = 5
const shownWaiting = 10
const shownJobs = 20
/** Finished steps whose files are looked at anew each time: all of most studies, and of a large one some after the others. */
const lookedAtAnew = 100

/** What of a study is known to others than its store. */
export interface LiveSources {
  /** The jobs of a cluster that do its steps, as they were last seen: nobody is asked anew for the sake of the page. */
  readonly jobs: () => Promise<LiveJobs>
  /** What is to be known beside how the steps stand, a sentence each. */
  readonly notes: () => readonly string[]
  /** What a lesson is to reach, by the curve that decides. */
  readonly targetOf: (key: StepKey) => Promise<(LiveTarget & { readonly of: string }) | undefined>
}

export interface LiveJobs {
  readonly jobs: ReadonlyMap<StepKey, LiveJob>
  /** Why they are not known. */
  readonly note?: string
}

/** How a study stands while it runs, whoever runs it: read from its store, as the store is by then. */
export class LiveStudy {
  readonly #plan: Plan
  readonly #store: Store
  readonly #sources: LiveSources
  readonly #finished = new Set<StepKey>()
  #hasLooked = false
  /** How many finished steps have been looked at anew. */
  #looks = 0
  #sample: LiveSample | undefined
  /** Whose answers {@link #sample} shows. */
  #sampled: StepKey | undefined
  #models: LiveStatus['models'] = []
  /** Lessons at work, and those that have been finished since the last look. */
  #lessons: readonly StepKey[] = []
  #targets = new Map<StepKey, LiveTarget & { readonly curve: string }>()
  #targetsOf = ''

  constructor(plan: Plan, store: Store, sources: LiveSources) {
    this.#plan = plan
    this.#store = store
    this.#sources = sources
  }

  async status(): Promise<LiveStatus> {
    const lost = this.#loseSome()
    const open = [...this.#plan.steps.values()].filter(({ key }) => !this.#finished.has(key))
    const states = studyStatus(this.#plan, this.#store, open)
    const of = (state: StepStatus['state']): StepStatus[] => states.filter((one) => one.state === state)
    const fresh = of('finished').map(({ step }) => step)
    if (lost.length + fresh.length > 0) await this.#keepFinished(fresh, lost)
    // What was finished before anybody looked stands in the figures.
    this.#lessons = [...of('running').map(({ step }) => step), ...(this.#hasLooked ? fresh : [])]
      .filter(({ kind }) => kind === 'teach')
      .map(({ key }) => key)
    this.#hasLooked = true
    await this.#findTargets()
    const waiting = [...of('waiting'), ...of('saved')]
    const stuck = this.#needing(of('failed'))
    const next = waiting.filter(({ step }) => !stuck.has(step.key))
    return {
      finished: this.#finished.size,
      all: this.#plan.steps.size,
      running: of('running').map(liveStep),
      failed: of('failed').map(withReason),
      damaged: of('damaged').map(withReason),
      notes: this.#sources.notes(),
      waiting: {
        labels: next.slice(0, shownWaiting).map(({ step }) => step.label),
        count: next.length,
        stuck: waiting.length - next.length,
      },
      queue: await this.#queue(),
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

  /** Lessons of which there may be points that nobody has seen, as of the last {@link status}. */
  get lessons(): readonly StepKey[] {
    return this.#lessons
  }

  isFinished(key: StepKey): boolean {
    return this.#finished.has(key)
  }

  /** What a lesson has logged since, by curve, and from where to go on. */
  points(key: StepKey, from: LogPlaces): { readonly curves: readonly LivePoints[]; readonly next: LogPlaces } {
    const isDone = this.#finished.has(key) || this.#store.isDone('teach', key)
    const state = this.#store.stateFolder('teach', key)
    const updates = followLog(isDone ? this.#store.lessonLog(key) : join(state, 'log.jsonl'), from.updates)
    const evaluations = followLog(
      isDone ? this.#store.lessonEvaluations(key) : join(state, 'evaluations.jsonl'),
      from.evaluations,
    )
    const curves = lessonCurves(updates.lines, evaluations.lines)
    return {
      curves: [...curves].map(([curve, points]) => this.#told(key, curve, points)),
      next: { updates: updates.next, evaluations: evaluations.next },
    }
  }

  label(key: StepKey): string | undefined {
    return this.#plan.steps.get(key)?.label
  }

  #told(key: StepKey, curve: string, points: readonly LivePoint[]): LivePoints {
    const target = this.#targets.get(key)
    return {
      key,
      label: this.label(key) ?? key,
      curve,
      points,
      target: target?.curve === curve ? { value: target.value, lowIsBetter: target.lowIsBetter } : undefined,
    }
  }

  /** Looked for anew where other lessons are at work, or more steps are finished. */
  async #findTargets(): Promise<void> {
    const of = `${this.#finished.size} ${this.#lessons.join()}`
    if (of === this.#targetsOf) return
    this.#targetsOf = of
    this.#targets = new Map()
    for (const key of this.#lessons) {
      const target = await this.#sources.targetOf(key)
      if (target !== undefined) this.#targets.set(key, { ...target, curve: validationCurve(target.of) })
    }
  }

  async #queue(): Promise<LiveQueue | undefined> {
    const { jobs, note } = await this.#sources.jobs()
    const open = [...jobs].filter(([key]) => !this.#finished.has(key))
    if (open.length === 0 && note === undefined) return undefined
    const sorted = open.toSorted(([, a], [, b]) => Number(b.isRunning) - Number(a.isRunning))
    const running = open.filter(([, { isRunning }]) => isRunning).length
    const shown = sorted.slice(0, shownJobs).map(([key, job]) => ({ ...job, label: this.label(key) ?? key }))
    return { running, waiting: open.length - running, jobs: shown, note }
  }

  /** @returns steps that were finished, and are damaged or gone: they are open again */
  #loseSome(): StepKey[] {
    const finished = [...this.#finished]
    const first = this.#looks
    this.#looks += Math.min(lookedAtAnew, finished.length)
    const lost = new Set<StepKey>()
    for (let look = first; look < this.#looks; look++) {
      const { kind, key } = this.#plan.steps.get(finished[look % finished.length]!)!
      this.#store.lookAnew(kind, key)
      if (!this.#store.isDone(kind, key)) lost.add(key)
    }
    for (const key of lost) this.#finished.delete(key)
    return [...lost]
  }

  async #keepFinished(fresh: readonly Step[], lost: readonly StepKey[]): Promise<void> {
    for (const { key } of fresh) this.#finished.add(key)
    const isSampleLost = this.#sampled !== undefined && lost.includes(this.#sampled)
    const tests = (isSampleLost ? this.#finishedSteps() : fresh).filter((step) => step.kind === 'evaluate')
    const last = this.#latest(tests)
    if (last !== undefined || isSampleLost) {
      this.#sampled = last?.key
      this.#sample = last && (await this.#sampleOf(last))
    }
    this.#models = checkpointsOf(this.#plan)
      .filter((one) => this.#store.hasWeights(one.step.key) && likelyTask(this.#plan.study, one) !== undefined)
      .map(({ step, label, seeds }) => ({
        key: step.key,
        name: `${shownName(this.#plan.study, label)}, seed ${seeds.join(', ')}`,
      }))
  }

  /** Steps that need a failed one, or what needs one; a plan has what a step needs before it. */
  #needing(failed: readonly StepStatus[]): ReadonlySet<StepKey> {
    const stuck = new Set(failed.map(({ step }) => step.key))
    if (stuck.size === 0) return stuck
    for (const { key, needs } of this.#plan.steps.values()) if (needs.some((need) => stuck.has(need))) stuck.add(key)
    return stuck
  }

  #finishedSteps(): Step[] {
    return [...this.#plan.steps.values()].filter(({ key }) => this.#finished.has(key))
  }

  #latest(tests: readonly EvaluateStep[]): EvaluateStep | undefined {
    let latest: { readonly test: EvaluateStep; readonly finished: string } | undefined
    for (const test of tests) {
      const finished = this.#whenFinished(test)
      if (finished !== undefined && !(latest !== undefined && finished < latest.finished)) latest = { test, finished }
    }
    return latest?.test
  }

  /** Nothing of a test whose record cannot be read: the next look finds it damaged. */
  #whenFinished({ kind, key }: EvaluateStep): string | undefined {
    try {
      return this.#store.told(kind, key)?.finished
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }

  async #sampleOf({ key, tested, task }: EvaluateStep): Promise<LiveSample> {
    const rows: LiveSample['rows'][number][] = []
    for await (const { source, reference, prediction } of readJsonLines<PredictionRow>(
      this.#store.predictionsFile(key),
    )) {
      rows.push({ source, reference, answer: prediction })
      if (rows.length === shownRows) break
    }
    const [, chain, seed = ''] = /^(.*?)(, seed \d+)?$/su.exec(tested)!
    return { label: `${shownName(this.#plan.study, chain!)}${seed} on ${shownName(this.#plan.study, task.name)}`, rows }
  }
}

function withReason({ step, reason = '' }: StepStatus): LiveStatus['failed'][number] {
  return { label: step.label, reason }
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
    key: step.key,
  }
}

/** To a tenth of a gigabyte, so that nothing is told anew for less. */
function roundedBytes(bytes: number): number {
  return Math.round(bytes / 1e8) * 1e8
}
