import type { StepKey } from '../keys.ts'
import { lessonsLabel, type Plan, type PlannedChain } from '../plan/plan.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import type { Chain, ChainLesson } from '../study.ts'

/** A model that a study teaches: what stands after one lesson of a chain with one seed. */
export interface Checkpoint {
  readonly step: TeachStep
  /** What chains call it, the notation first: `mt5 -> res`. Never empty. */
  readonly names: readonly string[]
  /** What the study file calls it beside those, where it has been decided what lessons are computed on. */
  readonly fileNames: readonly string[]
  /** What people read: the first chain that ends with it, else the notation. */
  readonly label: string
  /** Seeds of the chains that share it; of a lesson that is part of a start, the lesson's own. */
  readonly seeds: readonly number[]
  /** The first chain that has it, and its lesson there. */
  readonly chain: Chain
  readonly lesson: ChainLesson
  /** What it is tested on. */
  readonly tests: readonly CheckpointTest[]
}

export interface CheckpointTest {
  readonly task: string
  readonly key: StepKey
}

/** Every model of a plan once, in the order of the chains, the seeds of one beside each other. */
export function checkpointsOf({ steps, chains }: Plan): Checkpoint[] {
  const found = new Map<StepKey, Draft>()
  for (const planned of chains) {
    for (const [index, key] of planned.teach.entries()) {
      const step = steps.get(key) as TeachStep
      const { chain } = planned
      const lesson = chain.lessons[index]!
      const draft = found.get(key) ?? {
        step,
        chain,
        lesson,
        names: new Set(),
        fileNames: new Set(),
        seeds: new Set(),
        tests: new Map(),
      }
      found.set(key, draft)
      note(draft, planned, index)
    }
  }
  return besideEachOther([...found.values()].map(checkpointOf))
}

interface Draft {
  readonly step: TeachStep
  readonly chain: Chain
  readonly lesson: ChainLesson
  readonly names: Set<string>
  readonly fileNames: Set<string>
  label?: string
  readonly seeds: Set<number>
  readonly tests: Map<StepKey, string>
}

function note(draft: Draft, planned: PlannedChain, index: number): void {
  const { step, names, fileNames, seeds, tests } = draft
  const { chain, seed, evaluations } = planned
  for (const name of namesAfter(chain, index)) names.add(name)
  for (const name of chain.written?.flatMap((one) => namesAfter(one, index)) ?? []) fileNames.add(name)
  if (index + 1 === chain.lessons.length) draft.label ??= chain.label
  seeds.add(chain.lessons[index]!.beforehand ? step.seed : seed)
  for (const { afterLessons, task, key } of evaluations) if (afterLessons === index + 1) tests.set(key, task)
}

/** What a chain calls the model that its lessons up to one have taught. */
function namesAfter(chain: Chain, index: number): string[] {
  const notation = lessonsLabel(chain, index)
  return index + 1 === chain.lessons.length ? [notation, chain.label] : [notation]
}

function checkpointOf({ step, chain, lesson, names, fileNames, label, seeds, tests }: Draft): Checkpoint {
  return {
    step,
    chain,
    lesson,
    names: [...names],
    fileNames: [...fileNames].filter((name) => !names.has(name)),
    label: label ?? [...names][0]!,
    seeds: [...seeds],
    tests: [...tests].map(([key, task]) => ({ task, key })),
  }
}

function besideEachOther(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const order = [...new Set(checkpoints.map(({ names }) => names[0]!))]
  return order.flatMap((name) => checkpoints.filter(({ names }) => names[0] === name))
}
