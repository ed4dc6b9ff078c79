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
  const waiting = steps.map((step) => ({ step, jobs: step.needs.flatMap((key) => options.jobOf.get(key) ?? []) }))
  const users = counted(waiting.flatMap(({ jobs }) => jobs.map(({ id }) => id)))
  const alike = counted(waiting.map(({ jobs }) => idsOf(jobs).join()))
  const groups = new Map<string, JobGroup[]>()
  for (const { step, jobs } of waiting) {
    const needs = options.needsOf(step)
    const own = alike.get(idsOf(jobs).join())! > 1 ? undefined : ownElement(jobs, users)
    const isBeside = ({ element }: StepJob): boolean => element !== undefined && element.index === own?.index
    const after = idsOf(jobs.filter((job) => !isBeside(job)))
    const beside = [...new Set(jobs.filter(isBeside).map(({ element }) => element!.array))].sort()
    add(groups, JSON.stringify([after, beside, needs]), { step, index: own?.index, needs, after, beside }, options)
  }
  return [...groups.values()].flat()
}

/** The element of an array that a step waits for and fewest others do. */
function ownElement(jobs: readonly StepJob[], users: ReadonlyMap<string, number>): StepJob['element'] {
  const elements = jobs.filter(({ element }) => element !== undefined)
  return elements.sort((a, b) => users.get(a.id)! - users.get(b.id)!)[0]?.element
}

function add(
  groups: Map<string, JobGroup[]>,
  name: string,
  { step, index, ...common }: Omit<JobGroup, 'steps'> & { readonly step: Step; readonly index: number | undefined },
  { arraySize }: GroupOptions,
): void {
  const alike = groups.get(name) ?? []
  groups.set(name, alike)
  const free = alike.find(({ steps }) => (index === undefined ? steps.size < arraySize : !steps.has(index)))
  if (free !== undefined) free.steps.set(index ?? free.steps.size, step)
  else alike.push({ steps: new Map([[index ?? 0, step]]), ...common })
}

function idsOf(jobs: readonly StepJob[]): string[] {
  return [...new Set(jobs.map(({ id }) => id))].sort()
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
