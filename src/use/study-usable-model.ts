import { existsSync } from 'node:fs'
import { asJson, type StepKey, stepKey } from '../study/keys.ts'
import type { Plan } from '../study/plan/plan.ts'
import type { EvaluateStep } from '../study/steps/kinds/evaluate.ts'
import type { Store } from '../study/store/store.ts'
import { type StudyTask, taskOfSeed } from '../study/study.ts'
import { calibrationVersion } from './calibrate.ts'
import type { Asking, UsableModel } from './usable-model.ts'
import { usableTask } from './usable-task.ts'

/** A model of a study, at work on a task of the same study. */
export function studyUsableModel(plan: Plan, store: Store, lesson: StepKey, task: StudyTask): UsableModel {
  const folder = store.modelFolder(lesson)
  const data = preparedKey(plan, lesson, task)
  const usable = usableTask(task)
  if (data === undefined || !store.isDone('prepare', data))
    return { folder, task: usable, calibration: { kind: 'known', calibration: undefined } }
  const cacheFile = (asking: Asking): string => store.confidencesFile(confidencesHash(lesson, data, task, asking))
  const [rows, testRows] = [store.rowsFile(data, 'validation'), store.rowsFile(data, 'test')]
  const test = testOf(plan, lesson, data)
  return {
    folder,
    task: usable,
    calibration: { kind: 'rows', rows, cacheFile, about: { lesson, data } },
    ...(existsSync(testRows) ? { testRows } : {}),
    ...(test !== undefined && store.isDone('evaluate', test) ? { answers: store.predictionsFile(test) } : {}),
  }
}

function testOf({ steps }: Plan, lesson: StepKey, data: StepKey): StepKey | undefined {
  const tests = [...steps.values()].filter(({ kind }) => kind === 'evaluate') as EvaluateStep[]
  return tests.find((test) => test.model.kind === 'step' && test.model.key === lesson && test.data === data)?.key
}

/**
 * The step that makes a task's rows ready, divided as they were for the seed of the lesson's chain: of another division it may have
 * been taught the test rows. None where no chain of the study uses the task.
 */
function preparedKey({ steps, chains }: Plan, lesson: StepKey, task: StudyTask): StepKey | undefined {
  const prepared = [...steps.values()].flatMap((step) =>
    step.kind === 'prepare' && step.mixture === undefined && step.task.name === task.name ? [step] : [],
  )
  const chain = chains.find(({ teach }) => teach.includes(lesson))
  const { seed } = (chain === undefined ? task : taskOfSeed(task, chain.seed)).data.split
  return (prepared.find((step) => step.task.data.split.seed === seed) ?? prepared[0])?.key
}

/** Everything that log-odds of validation rows depend on. */
function confidencesHash(lesson: StepKey, data: StepKey, { texts }: StudyTask, asking: Asking): StepKey {
  const { prefix, maxSource, generation } = asking
  return stepKey('confidences', calibrationVersion, {
    lesson,
    data,
    prefix,
    max_source: maxSource ?? null,
    generation: asJson(generation),
    ...(texts.kind === 'labels' ? { labels: asJson(texts.labels), single: texts.single } : {}),
  })
}
