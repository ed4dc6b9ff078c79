import type { DeviceName } from '../../lesson/device.ts'
import { chainLabel, lessonLabel } from '../lesson-label.ts'
import type { Chain, ChainLesson } from '../study.ts'

/** A study's chains once it is decided what each lesson is computed on. */
export interface DecidedChains {
  /** Each once. */
  readonly chains: readonly Chain[]
  /** A chain's label in the study file → the label that it has now, or that of the chain which stands for it. */
  readonly labels: ReadonlyMap<string, string>
  /** The same for those alone that another chain stands for. */
  readonly twins: ReadonlyMap<string, string>
}

/**
 * Chains with a device for each lesson. None has a label that names another one: `a(device=webgpu)` is `a(device=cpu)` there.
 * Chains that differ in devices alone may have become the same: one of them stays, if there is one that the study file
 * itself has on these devices then that, with the seeds and tests of all.
 */
export function chainsOnDevice(
  chains: readonly Chain[],
  decide: (asked: ChainLesson['settings']['device']) => DeviceName,
): DecidedChains {
  const known = new Map<ChainLesson, ChainLesson>()
  const decided = (lesson: ChainLesson): ChainLesson => {
    const own = known.get(lesson) ?? lessonOn(lesson, decide(lesson.settings.device))
    known.set(lesson, own)
    return own
  }
  const taken = new Set(chains.map(({ label }) => label))
  const groups = new Map<string, DecidedChain[]>()
  for (const before of chains) {
    const after = renamed(before, before.lessons.map(decided), taken)
    const content = contentOf(after)
    groups.set(content, [...(groups.get(content) ?? []), { before, after }])
  }
  const merged = [...groups.values()].map(mergeTwins)
  const stays = new Map(merged.flatMap(({ stay }) => stay.map(({ before, after }) => [before, after])))
  const twins = new Map(merged.flatMap((one) => one.twins.map((twin) => [twin.label, one.stay[0]!.after.label])))
  return {
    chains: chains.flatMap((chain) => stays.get(chain) ?? []),
    labels: new Map([...twins, ...[...stays].map(([before, { label }]): [string, string] => [before.label, label])]),
    twins,
  }
}

interface DecidedChain {
  readonly before: Chain
  readonly after: Chain
}

/** Chains that the study file itself has twice, under two names, stay: nothing has been decided of them. */
function mergeTwins(group: readonly DecidedChain[]): { stay: DecidedChain[]; twins: Chain[] } {
  const contents = group.map(({ before }) => contentOf(before))
  const asWritten = group.findIndex(({ after }, at) => contentOf(after) === contents[at])
  const own = contents[Math.max(asWritten, 0)]
  const [first, ...others] = group.filter((_, at) => contents[at] === own)
  const twins = group.filter((_, at) => contents[at] !== own).map(({ before }) => before)
  const all = [first!.before, ...twins]
  const after = {
    ...first!.after,
    written: all,
    seeds: [...new Set(all.flatMap(({ seeds }) => seeds))],
    evaluate: [...new Set(all.flatMap(({ evaluate }) => evaluate))],
  }
  return { stay: [{ before: first!.before, after }, ...others], twins }
}

/** What is taught; seeds and tests may be other ones. */
function contentOf({ startName, lessons }: Chain): string {
  return JSON.stringify([startName, lessons.map(({ name, settings }) => [name, settings])])
}

function lessonOn(lesson: ChainLesson, device: DeviceName): ChainLesson {
  if (lesson.settings.device === device) return lesson
  const settings = { ...lesson.settings, device }
  if (lesson.stated.device === undefined) return { ...lesson, settings }
  const stated = { ...lesson.stated, device }
  return { ...lesson, settings, stated, label: lessonLabel(lesson.name, stated) }
}

/** @param taken labels of the study file, which are told apart */
function renamed(chain: Chain, lessons: readonly ChainLesson[], taken: ReadonlySet<string>): Chain {
  const labelOf = (all: readonly ChainLesson[]): string =>
    chainLabel(
      chain.startName,
      all.filter(({ beforehand }) => !beforehand),
    )
  const label = labelOf(lessons)
  // A name that the study gives the chain stays.
  const isWritten = labelOf(chain.lessons) === chain.label && !taken.has(label)
  return { ...chain, lessons, label: isWritten ? label : chain.label, written: [chain] }
}
