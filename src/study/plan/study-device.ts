import type { DeviceChoice, DeviceName } from '../../lesson/device.ts'
import type { Chain, DeviceDecision, Study, StudyTask } from '../study.ts'

/** Whether somebody must decide what some of a study's lessons or tests are computed on. */
export function leavesDeviceOpen({ tasks, chains }: Pick<Study, 'tasks' | 'chains'>): boolean {
  const lessons = chains.flatMap((chain) => chain.lessons)
  return [...tasks.values()].some(({ device }) => device === 'auto') || lessons.some(isOpen)
}

function isOpen({ settings }: Chain['lessons'][number]): boolean {
  return settings.device === 'auto'
}

/** A study with a device for each lesson and test: keys of steps have what was decided, never that it was left open. */
export function withDevice(study: Study, decision: DeviceDecision): Study {
  const decided = (device: DeviceChoice): DeviceName =>
    decision.forAll || device === 'auto' ? decision.device : device
  const tasks = [...study.tasks].map(([name, task]): [string, StudyTask] => [
    name,
    { ...task, device: decided(task.device) },
  ])
  const chains = study.chains.map((chain) => ({
    ...chain,
    lessons: chain.lessons.map((lesson) => ({
      ...lesson,
      settings: { ...lesson.settings, device: decided(lesson.settings.device) },
    })),
  }))
  return { ...study, tasks: new Map(tasks), chains, device: decision }
}

/** One sentence where somebody has decided what a study is computed on. */
export function deviceNotes({ device: decision }: Pick<Study, 'device'>): string[] {
  if (decision === undefined) return []
  const { device, forAll, why } = decision
  const what = forAll ? 'All lessons and tests are' : 'What the study leaves to "device: auto" is'
  return [`${what} computed on ${device}, as ${why}`]
}
