import { listOf } from '../../base/plural.ts'
import type { DeviceChoice, DeviceName } from '../../lesson/device.ts'
import type { Chain, DeviceDecision, Study, StudyTask } from '../study.ts'
import { chainsOnDevice } from './chains-on-device.ts'
import { relabelled } from './relabelled.ts'

/** Whether somebody must decide what some of a study's lessons or tests are computed on. */
export function leavesDeviceOpen({ tasks, chains }: Pick<Study, 'tasks' | 'chains'>): boolean {
  const lessons = chains.flatMap((chain) => chain.lessons)
  return [...tasks.values()].some(({ device }) => device === 'auto') || lessons.some(isOpen)
}

function isOpen({ settings }: Chain['lessons'][number]): boolean {
  return settings.device === 'auto'
}

/**
 * A study with a device for each lesson and test: keys of steps have what was decided, never that it was left open. Labels say
 * what is true then, and chains that have become the same are one.
 */
export function withDevice(study: Study, decision: DeviceDecision): Study {
  const decided = (device: DeviceChoice): DeviceName =>
    decision.forAll || device === 'auto' ? decision.device : device
  const tasks = [...study.tasks].map(([name, task]): [string, StudyTask] => [
    name,
    { ...task, device: decided(task.device) },
  ])
  const { chains, labels, twins } = chainsOnDevice(study.chains, decided)
  return { ...study, ...relabelled(study, labels), tasks: new Map(tasks), chains, twins, device: decision }
}

type NotedStudy = Pick<Study, 'device' | 'twins' | 'chains'>

/** Sentences where somebody has decided what a study is computed on. */
export function deviceNotes({ device: decision, twins = new Map(), chains }: NotedStudy): string[] {
  if (decision === undefined) return []
  const { device, forAll, why } = decision
  const what = forAll ? 'All lessons and tests are' : 'What the study leaves to "device: auto" is'
  return [`${what} computed on ${device}, as ${why}`, ...twinNotes(twins), ...memoryNotes(chains)]
}

/** More would be a list, not a sentence. */
const mostNamed = 3

function twinNotes(twins: NonNullable<Study['twins']>): string[] {
  if (twins.size === 0) return []
  const pairs = [...twins].slice(0, mostNamed).map(([label, same]) => `"${label}" is the same as "${same}"`)
  const more = twins.size > mostNamed ? [`${twins.size - mostNamed} more are the same as others`] : []
  return [`Computed so, ${listOf([...pairs, ...more])}: each stands in tables once`]
}

/** A bound that the study file may well set, as its lessons were left open or for the processor there, and that does not hold now. */
function memoryNotes(chains: readonly Chain[]): string[] {
  const lessons = chains.flatMap((chain) => chain.lessons)
  const unbounded = lessons.filter(({ settings }) => settings.memory !== undefined && settings.device === 'webgpu')
  const names = [...new Set(unbounded.map(({ label }) => `"${label}"`))]
  if (names.length === 0) return []
  const more = names.length > mostNamed ? [`${names.length - mostNamed} more`] : []
  const which = `${names.length === 1 ? 'the lesson' : 'lessons'} ${listOf([...names.slice(0, mostNamed), ...more])}`
  return [`"memory" does not bound ${which} on webgpu: it is for the processor; give "micro_batch"`]
}
