import { isLowBetter } from '../../metrics/registry.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import { type StepStatus, stepStatus } from '../run/status.ts'
import { scoreName, usualFields } from '../score-names.ts'
import type { MetricScores } from '../steps/score-answers.ts'
import { sizeOf } from '../store/folders.ts'
import type { Store } from '../store/store.ts'
import { type Checkpoint, checkpointsOf } from './checkpoints.ts'
import { type KeptCheckpoint, keptCheckpoint } from './kept-checkpoint.ts'

/** A model of a study as a list shows it. */
export interface ListedCheckpoint {
  readonly key: StepKey
  readonly chain: string
  /** Other names of it, as chains that begin alike call it. */
  readonly alsoCalled: readonly string[]
  readonly seeds: readonly number[]
  /** The task or mixture that was taught last. */
  readonly taught: string
  /** `weights removed`: finished, but its weights are gone to save space. */
  readonly state: StepStatus['state'] | 'weights removed'
  /** Where it is, or will be. */
  readonly folder: string
  /** On disk. */
  readonly bytes: number
  /** Of a finished one. */
  readonly kept?: KeptCheckpoint
  /** Its finished tests. */
  readonly tests: readonly ListedTest[]
}

export interface ListedTest {
  readonly task: string
  readonly key: StepKey
  readonly examples: number
  /** The task's scores, the deciding one first. */
  readonly scores: readonly ListedScore[]
}

export interface ListedScore {
  readonly name: string
  readonly value: number
  /** What it is a share of: 100 or 1. */
  readonly best: number
  readonly lowIsBetter: boolean
}

/** Every model of a plan with what its folder holds, in the order of the chains. @throws {Fault} if a record cannot be read */
export async function listCheckpoints(plan: Plan, store: Store): Promise<ListedCheckpoint[]> {
  const listed: ListedCheckpoint[] = []
  for (const checkpoint of checkpointsOf(plan)) listed.push(await listOne(checkpoint, store))
  return listed
}

async function listOne(checkpoint: Checkpoint, store: Store): Promise<ListedCheckpoint> {
  const { step, names, seeds, lesson, tests } = checkpoint
  const { state } = stepStatus(step, store)
  const folder = store.modelFolder(step.key)
  return {
    key: step.key,
    chain: names[0]!,
    alsoCalled: names.slice(1),
    seeds,
    taught: lesson.name,
    state: state === 'finished' && !store.hasWeights(step.key) ? 'weights removed' : state,
    folder,
    bytes: sizeOf(folder),
    ...(state === 'finished' ? { kept: await keptCheckpoint(step, store) } : {}),
    tests: tests.flatMap(({ task, key }) => (store.isDone('evaluate', key) ? [listedTest(task, key, store)] : [])),
  }
}

function listedTest(task: string, key: StepKey, store: Store): ListedTest {
  const { metrics, examples } = store.scores(key)
  return { task, key, examples, scores: metrics.flatMap(shownScores) }
}

function shownScores(metric: MetricScores): ListedScore[] {
  return usualFields(metric).map((field) => ({
    name: scoreName(metric, field),
    value: metric.scores[field]!,
    best: metric.best,
    lowIsBetter: isLowBetter(metric.metric, field),
  }))
}
