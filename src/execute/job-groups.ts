import type { JobResources } from '../cluster/job-script.ts'
import type { StepKey } from '../study/keys.ts'
import type { Step } from '../study/steps/step-kinds.ts'

/** A job that does a step. */
export interface StepJob {
  /** `123`, or `123_4` of an array. */
  readonly id: string
  /** Where it has been submitted just now as an element of an array. */
  readonly element?: { readonly array: string; readonly index: number }
}

/** Steps that become one job, or the elements of one array. */
export interface JobGroup {
  /** By index in the array. */
  readonly steps: Map<number, Step>
  readonly needs: JobNeeds
  /** Jobs that have to be finished first. */
  readonly after: readonly string[]
  /** Arrays of which the element of the same index has to be finished first. */
  readonly beside: readonly string[]
}

/** What jobs of one array have in common. */
export interface JobNeeds {
  readonly resources: JobResources
  readonly memoryRetries: number
}

interface GroupOptions {
  /** All of the plan. */
  readonly steps: ReadonlyMap<StepKey, Step>
  readonly jobOf: ReadonlyMap<StepKey, StepJob>
  needsOf(step: Step): JobNeeds
  /** Elements that an array may have; less than 2 where there are no arrays. */
  readonly arraySize: number
}

/**
 * Puts steps together that ask for the same and wait for the same jobs, or each for its own element of the same arrays: thousands
 * of lessons and their tests are a few arrays, and the controller has as few dependencies to look at.
 */
export function groupSteps(steps: readonly Step[], options: GroupOptions): JobGroup[] {
  const waiting = steps.map((step) => ({ step, jobs: jobsBefore(step, options) }))
  const users = counted(waiting.flatMap(({ jobs }) => jobs.map(({ id }) => id)))
  const ways = waiting.map(({ step, jobs }) => {
    const needs = options.needsOf(step)
    return { step, alike: wayOf(jobs, undefined, needs), beside: wayOf(jobs, ownElement(jobs, users), needs) }
  })
  const alike = counted(ways.map((way) => way.alike.name))
  // Of those for the same element only one has a place in an array.
  const places = counted([...new Set(ways.map(({ beside }) => `${beside.name} ${beside.index}`))].map(withoutIndex))
  const groups = new Map<string, JobGroup[]>()
  for (const way of ways) {
    const isBeside = way.beside.index !== undefined && places.get(way.beside.name)! > alike.get(way.alike.name)!
    add(groups, isBeside ? way.beside : way.alike, way.step, options)
  }
  return [...groups.values()].flat()
}

/** The jobs that a step waits for, but those that one of them has waited for itself. */
function jobsBefore({ needs }: Step, { steps, jobOf }: GroupOptions): StepJob[] {
  const open = needs.filter((key) => jobOf.has(key))
  const implied = new Set(open.flatMap((key) => steps.get(key)?.needs ?? []))
  return open.filter((key) => !implied.has(key)).map((key) => jobOf.get(key)!)
}

/** The element of an array that a step waits for and fewest others do. */
function ownElement(jobs: readonly StepJob[], users: ReadonlyMap<string, number>): StepJob['element'] {
  const elements = jobs.filter(({ element }) => element !== undefined)
  return elements.sort((a, b) => users.get(a.id)! - users.get(b.id)!)[0]?.element
}

/** What a step waits for, with or without its own element of arrays, and by which name others wait for the same. */
interface Way extends Omit<JobGroup, 'steps'> {
  readonly name: string
  readonly index: number | undefined
}

function wayOf(jobs: readonly StepJob[], own: StepJob['element'], needs: JobNeeds): Way {
  // Another element of the same array is no neighbour: it is waited for by its own number.
  const isBeside = ({ element }: StepJob): boolean =>
    own !== undefined && element?.array === own.array && element.index === own.index
  const after = idsOf(jobs.filter((job) => !isBeside(job)))
  const beside = [...new Set(jobs.filter(isBeside).map(({ element }) => element!.array))].sort()
  return { name: JSON.stringify([after, beside, needs]), index: own?.index, needs, after, beside }
}

function withoutIndex(name: string): string {
  return name.slice(0, name.lastIndexOf(' '))
}

function add(
  groups: Map<string, JobGroup[]>,
  { name, index, needs, after, beside }: Way,
  step: Step,
  { arraySize }: GroupOptions,
): void {
  const alike = groups.get(name) ?? []
  groups.set(name, alike)
  const free = alike.find(({ steps }) => (index === undefined ? steps.size < arraySize : !steps.has(index)))
  if (free !== undefined) free.steps.set(index ?? free.steps.size, step)
  else alike.push({ steps: new Map([[index ?? 0, step]]), needs, after, beside })
}

function idsOf(jobs: readonly StepJob[]): string[] {
  return [...new Set(jobs.map(({ id }) => id))].sort()
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
