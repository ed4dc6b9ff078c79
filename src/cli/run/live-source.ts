import { Fault } from '../../base/fault.ts'
import { queueOf } from '../../execute/cluster-jobs.ts'
import { lessonTarget } from '../../report/conclusions/lesson-target.ts'
import type { LiveAnswer, LiveJob } from '../../serve/live-data.ts'
import type { LiveSource } from '../../serve/live-server.ts'
import { type LiveJobs, LiveStudy } from '../../serve/live-study.ts'
import { checkpointsOf } from '../../study/checkpoints/checkpoints.ts'
import { likelyTask } from '../../study/checkpoints/likely-task.ts'
import type { StepKey } from '../../study/keys.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { changedSince } from '../../study/run/changed-since.ts'
import type { ClusterJob } from '../../study/run/executor.ts'
import { shownName } from '../../study/shown-name.ts'
import type { Store } from '../../study/store/store.ts'
import { answerRows } from '../../use/answer-rows.ts'
import { studyUsableModel } from '../../use/study-usable-model.ts'
import { askingOf } from '../../use/usable-model.ts'

import { livePages } from './live-page.ts'

/** What a study's live page is served from: its store, its jobs, its models. */
export function liveSource(plan: Plan, store: Store, jobs: () => Promise<LiveJobs>): LiveSource {
  return {
    study: new LiveStudy(plan, store, {
      jobs,
      notes: changedSince(plan, store),
      targetOf: (key) => lessonTarget(key, plan, store),
    }),
    page: livePages(plan, store),
    answer: (key, text, signal) => answerWith(plan, store, key, text, signal),
  }
}

/** The jobs of a study as its cluster's queue has them, which is asked once a poll time, however many look at the page. */
export function polledJobs(plan: Plan, store: Store): () => Promise<LiveJobs> {
  let asked: { readonly at: number; readonly jobs: Promise<LiveJobs> } | undefined
  return async () => {
    const now = performance.now()
    if (asked === undefined || now - asked.at > 1000 * plan.study.cluster.pollSeconds) {
      asked = {
        at: now,
        jobs: queueOf(plan, store).then(({ jobs, note }) => ({
          jobs: liveJobs(plan, jobs),
          ...(note === undefined ? {} : { note }),
        })),
      }
    }
    return await asked.jobs
  }
}

/** Jobs as the page shows them. */
export function liveJobs({ study }: Plan, jobs: ReadonlyMap<StepKey, ClusterJob>): Map<StepKey, LiveJob> {
  const partition = study.cluster.partition ?? ''
  return new Map(
    [...jobs].map(([key, { id, state, reason, nodes }]) => [
      key,
      { id, isRunning: state === 'running', reason, nodes, partition },
    ]),
  )
}

/** One answer of a model in a process of its own. */
async function answerWith(
  plan: Plan,
  store: Store,
  key: StepKey,
  text: string,
  signal: AbortSignal,
): Promise<LiveAnswer> {
  const checkpoint = checkpointsOf(plan).find(({ step }) => step.key === key)
  if (checkpoint === undefined)
    return { name: key.slice(0, 12), answer: undefined, fault: 'The study has no such model' }
  const name = `${shownName(plan.study, checkpoint.label)}, seed ${checkpoint.seeds.join(', ')}`
  const task = likelyTask(plan.study, checkpoint)
  if (task === undefined) return { name, answer: undefined, fault: 'It was taught no task that can be asked' }
  try {
    store.openStep('teach', key)
    const model = studyUsableModel(plan, store, key, task)
    const notes = text.trim() === '' ? ['The text is empty, so that the answer says nothing'] : []
    const onWarning = (sentence: string): void => void notes.push(sentence)
    const options = { logOdds: false, signal, tellsCut: true, onWarning } as const
    const [answer] = await answerRows(model, askingOf(model, {}), [text], options)
    const { prediction, labels, unknown } = answer!
    return { name, answer: prediction, labels, unknown, notes, fault: undefined }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { name, answer: undefined, fault: error.message }
  }
}
