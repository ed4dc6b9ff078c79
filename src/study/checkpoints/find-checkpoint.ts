import { meantName, nearest } from '../../base/nearest.ts'
import type { Plan } from '../plan/plan.ts'
import type { EvaluateStep } from '../steps/kinds/evaluate.ts'
import { type Checkpoint, checkpointsOf } from './checkpoints.ts'

/** What stands behind the `#` of `study.yaml#mt5 -> res@43`. */
export interface CheckpointName {
  /** A chain, or a key or its first letters. */
  readonly name: string
  readonly seed: number | undefined
}

/** The models that a name fits, one a seed, and the task where the name is the key of a test. */
export interface FoundCheckpoints {
  readonly checkpoints: readonly Checkpoint[]
  readonly task?: string
}

/** Fewer letters too easily begin another key as soon as the study grows. */
const leastLetters = 4

/** Takes `mt5 -> res@43` apart. */
export function parseCheckpointName(text: string): CheckpointName {
  const [, name = text, seed] = /^(.*)@(\d+)$/su.exec(text.trim()) ?? []
  return { name: name.trim(), seed: seed === undefined ? undefined : Number(seed) }
}

/**
 * The models of a study that a chain or a key names.
 *
 * @returns a sentence that says why there is none, with the nearest name
 */
export function findCheckpoints(plan: Plan, { name, seed }: CheckpointName): FoundCheckpoints | string {
  const all = checkpointsOf(plan)
  const calledBy = (namesOf: (one: Checkpoint) => readonly string[]): Checkpoint[] =>
    all.filter((checkpoint) => namesOf(checkpoint).some((one) => plain(one) === plain(name)))
  // A name that is true wins over one that the study file has for what is computed on another device.
  const own = calledBy(({ names }) => names)
  const inFile = own.length > 0 ? own : calledBy(({ fileNames }) => fileNames)
  // What a table calls a chain names it too, unless it is the name of another.
  const printed = plan.study.report.names
  const named = inFile.length > 0 ? inFile : calledBy(({ names }) => names.flatMap((one) => printed.get(one) ?? []))
  if (named.length === 0) return byKey(plan, all, name)
  const wanted = seed === undefined ? named : named.filter(({ seeds }) => seeds.includes(seed))
  if (wanted.length > 0) return { checkpoints: wanted }
  const known = [...new Set(named.flatMap(({ seeds }) => seeds))]
  return `"${name}" of "${plan.study.file}" has no seed ${seed}: it has ${known.join(', ')}`
}

/** White space and the kind of arrow do not matter. */
function plain(name: string): string {
  return name.replaceAll('→', '->').replace(/\s+/gu, '')
}

function byKey({ study, steps }: Plan, all: readonly Checkpoint[], name: string): FoundCheckpoints | string {
  const letters = name.toLowerCase()
  const unknown = `Unknown model "${name}" of "${study.file}"${hintOf(name, all, study.file)}`
  if (!/^[0-9a-f]+$/u.test(letters)) return unknown
  const found = [...steps.values()].filter(({ key, kind }) => kind !== 'prepare' && key.startsWith(letters))
  if (found.length === 0) return unknown
  const [first] = found
  if (found.length > 1 || letters.length < leastLetters) {
    const keys = found.slice(0, 5).map(({ key, label }) => `${key.slice(0, 12)} (${label})`)
    return `Cannot tell a model of "${study.file}" by "${name}": give more letters of ${keys.join(' or ')}`
  }
  if (first!.kind === 'teach') return { checkpoints: all.filter(({ step }) => step.key === first!.key) }
  if (first!.kind !== 'evaluate') return `Cannot take "${first!.label}" for a model as it teaches none`
  return ofTest(first as EvaluateStep, all)
}

/** The key of a test stands for the model that it tests, on its task. */
function ofTest({ model, task, label }: EvaluateStep, all: readonly Checkpoint[]): FoundCheckpoints | string {
  if (model.kind === 'step') {
    return { checkpoints: all.filter(({ step }) => step.key === model.key), task: task.name }
  }
  return `"${label}" tests a start that is taught nothing: give its folder, "${model.folder}", as the model`
}

function hintOf(name: string, all: readonly Checkpoint[], file: string): string {
  const known = all.flatMap(({ names, fileNames }) => [...names, ...fileNames])
  const close =
    nearestName(
      name,
      known.filter((one) => isChain(one) === isChain(name)),
    ) ?? nearestName(name, known)
  return close === undefined ? `: "reteach models ${file}" lists them` : meantName(name, close)
}

/** The name of the nearest start and tasks, whatever their settings; of several that with the nearest settings. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const close = nearest(withoutSettings(name), known.map(withoutSettings))
  const alike = known.filter((one) => withoutSettings(one) === close)
  return nearest(name, alike) ?? alike[0]
}

/** Whether a name is one that is written with arrows, and not one that the study gives a chain. */
function isChain(name: string): boolean {
  return plain(name).includes('->')
}

/** `mt5->res` of `mt5 -> res(steps=2, prefix="a (b)")`. */
function withoutSettings(name: string): string {
  return plain(name.replace(/\((?:"(?:[^"\\]|\\.)*"|[^)"])*\)/gsu, ''))
}
