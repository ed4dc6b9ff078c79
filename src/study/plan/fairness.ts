import { listOf } from '../../base/plural.ts'
import { settingText } from '../../lesson/teach-settings.ts'
import type { StepKey } from '../keys.ts'
import type { RowCounts } from '../steps/kinds/prepare.ts'
import type { TeachStep } from '../steps/kinds/teach.ts'
import { isUntaught, type StudyTask, type TableRequest } from '../study.ts'
import { fairSettings, type UnfairnessName } from '../unfairness-names.ts'
import { estimateLesson } from './estimate.ts'
import type { Plan, PlannedChain } from './plan.ts'

/** Something besides the start that may explain a difference between the rows of a table. */
export interface Unfairness {
  /** What `accept` calls it. */
  readonly name: UnfairnessName
  /** One sentence without a full stop. */
  readonly sentence: string
}

/**
 * Lists what differs between the rows of a table other than their start: settings of the lesson that each row ends with,
 * its updates, prefixes at teaching and at testing, seeds, rows left out of a mixture, and a limit on answers that is
 * shorter than the targets. What a chain's own label says, as in `res(learning_rate=1e-3)`, is meant to differ and is
 * not listed, but for devices.
 */
export function unfairnessOf(
  plan: Plan,
  request: Pick<TableRequest, 'task' | 'rows'>,
  rows: ReadonlyMap<StepKey, RowCounts>,
): Unfairness[] {
  const task = plan.study.tasks.get(request.task)!
  const arms = armsOf(plan, request)
  const found: Unfairness[] = []
  for (const name of fairSettings) {
    // Nobody asks what another device does to a score: that a label states it makes it no question of the study.
    const compared = name === 'device' ? arms : arms.filter(({ stated }) => !stated.has(name))
    const sentence = differing(
      compared,
      // Bits of an early lesson are in all that follows it.
      ({ last, devices }) => (name === 'device' ? devices : settingText(last.settings, name)),
      (value, chains) => `${name} is ${value} for ${chains}`,
    )
    if (sentence !== undefined) found.push({ name, sentence })
  }
  const unstated = arms.filter(({ stated }) => !stated.has('epochs') && !stated.has('steps') && !stated.has('batch'))
  const updates = differing(
    unstated,
    ({ last }) => estimateLesson(last, rows).updates ?? 'an unknown number of',
    (value, chains) => `${value} updates in the last lesson of ${chains}`,
  )
  if (updates !== undefined) found.push({ name: 'updates', sentence: updates })
  const seeds = differing(
    arms,
    ({ seeds }) => seeds,
    (value, chains) => `${chains}: ${value} seed${value === 1 ? '' : 's'}`,
  )
  if (seeds !== undefined) found.push({ name: 'seeds', sentence: seeds })
  found.push(...prefixes(arms, task), ...leftOut(arms, plan, rows), ...answerLimit(task))
  return found.filter(({ name }) => !plan.study.accept.has(name))
}

interface Arm {
  readonly label: string
  readonly last: TeachStep
  readonly lesson: string
  readonly seeds: number
  /** What its lessons were computed on. */
  readonly devices: string
  /** Settings that the label of its last lesson states. */
  readonly stated: ReadonlySet<string>
}

function armsOf(plan: Plan, { task, rows }: Pick<TableRequest, 'task' | 'rows'>): Arm[] {
  const arms = new Map<string, Arm>()
  for (const planned of plan.chains) {
    const { chain } = planned
    const shown =
      rows === undefined
        ? planned.evaluations.some((test) => test.own && test.task === task)
        : rows.includes(chain.label)
    const key = planned.teach.at(-1)
    // A start that is tested as it is has no lesson here to be alike.
    if (!shown || key === undefined || isUntaught(chain)) continue
    const lesson = chain.lessons.at(-1)!
    const known = arms.get(chain.label)
    arms.set(chain.label, {
      label: chain.label,
      last: plan.steps.get(key) as TeachStep,
      lesson: lesson.name,
      seeds: (known?.seeds ?? 0) + 1,
      devices: listOf([...new Set(chain.lessons.map(({ settings }) => settings.device))].toSorted()),
      stated: statedSettings(planned),
    })
  }
  return [...arms.values()]
}

/** `res(learning_rate=0.001, limits.source=64)` states two settings; a chain with a name of its own states none. */
function statedSettings({ chain }: PlannedChain): ReadonlySet<string> {
  const last = chain.lessons.at(-1)!.label
  const inside = chain.label.endsWith(last) ? (/\((.*)\)$/su.exec(last)?.[1] ?? '') : ''
  return new Set([...inside.matchAll(/(?:^|, )([a-z][a-z0-9_.]*)=/gu)].map(([, name]) => name!))
}

/** One sentence when not all arms have the same value: the rarer values first, each with its chains. */
function differing<V extends string | number>(
  arms: readonly Arm[],
  valueIn: (arm: Arm) => V,
  clause: (value: V, chains: string) => string,
): string | undefined {
  const groups = new Map<V, string[]>()
  for (const arm of arms) groups.set(valueIn(arm), [...(groups.get(valueIn(arm)) ?? []), arm.label])
  if (groups.size < 2) return undefined
  const byCount = [...groups].sort(([, a], [, b]) => a.length - b.length)
  return byCount
    .map(([value, chains], index) => {
      const isRest = index === byCount.length - 1 && chains.length > 1
      return clause(value, isRest ? 'the others' : listOf(chains))
    })
    .join('; ')
}

function prefixes(arms: readonly Arm[], task: StudyTask): Unfairness[] {
  const byPrefix = new Map<string, string[]>()
  for (const { label, lesson, last } of arms) {
    if (lesson !== task.name || last.prefix === task.prefix) continue
    byPrefix.set(last.prefix, [...(byPrefix.get(last.prefix) ?? []), label])
  }
  return [...byPrefix].map(([prefix, labels]) => {
    const sentence = `Taught with ${prefixText(prefix)} and tested with ${prefixText(task.prefix)}: ${listOf(labels)}`
    return { name: 'prefix', sentence }
  })
}

function prefixText(prefix: string): string {
  return prefix === '' ? 'no prefix' : `the prefix ${JSON.stringify(prefix)}`
}

/** A mixture without repetition leaves rows out as soon as its ratio is not that of the tasks' sizes. */
function leftOut(arms: readonly Arm[], plan: Plan, rows: ReadonlyMap<StepKey, RowCounts>): Unfairness[] {
  return arms.flatMap(({ label, last }): Unfairness[] => {
    const data = plan.steps.get(last.data)
    if (data?.kind !== 'prepare' || data.mixture === undefined || data.mixture.repeat) return []
    const all = data.parts.reduce((sum, part) => sum + (rows.get(part.data)?.train ?? Number.NaN), 0)
    const used = rows.get(last.data)?.train
    if (used === undefined || !(used < all)) return []
    return [{ name: 'rows', sentence: `${label} is taught ${used} of the ${all} rows of its tasks in the last lesson` }]
  })
}

function answerLimit({ name, generate, limits }: StudyTask): Unfairness[] {
  // The start token counts in max_length.
  const longest = generate.max_new_tokens ?? (generate.max_length === undefined ? undefined : generate.max_length - 1)
  if (longest === undefined || longest >= limits.target) return []
  const sentence = `Answers to ${name} end after ${longest} tokens, while its targets may have ${limits.target}: longer ones can never be met`
  return [{ name: 'generate', sentence }]
}
