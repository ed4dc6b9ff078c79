import { mean } from '../../metrics/statistics/mean.ts'
import { shownName } from '../../study/shown-name.ts'
import type { Arm } from '../results/arms.ts'
import { readLosses, type SeedLog } from '../results/lesson-log.ts'
import { testNames } from '../results/score-warnings.ts'
import type { StudyResults } from '../results/study-results.ts'

/** Shares of a loss from which it counts as risen, still falling, or overfitted. */
const change = { risen: 1.1, falling: 0.98, overfitted: 1.05 } as const

/** Fewer updates than these, or evaluations, show no course. */
const least = { updates: 20, evaluations: 3 } as const

/**
 * What arms that have learnt nothing might be given, by what the logs of their last lessons show; each thing once, the
 * one that most lessons call for first.
 */
export async function whatToTry(
  arms: readonly Arm[],
  { store, plan }: Pick<StudyResults, 'store' | 'plan'>,
): Promise<readonly string[]> {
  const found: LessonAdvice[] = []
  for (const { seeds, chain } of arms) {
    for (const { seed, lessons } of seeds) {
      const last = lessons.at(-1)
      if (last === undefined) continue
      const train = await readLosses(store, last, 'train', seed)
      const validation = await readLosses(store, last, 'validation', seed)
      found.push({ chain: shownName(plan.study, chain.label), seed, ...adviceOf(train, validation) })
    }
  }
  return joinedAdvice(found)
}

/** What the losses of a lesson call for, and why; `losses` say so: ` (3.45, then 3.21)` */
interface Advice {
  readonly advice: string
  readonly losses?: string
}

interface LessonAdvice extends Advice {
  readonly chain: string
  readonly seed: number
}

/** Of one lesson alone its losses are told; and after what most lessons call for, whose lessons call for something else. */
export function joinedAdvice(lessons: readonly LessonAdvice[]): string[] {
  const calls = new Map<string, LessonAdvice[]>()
  for (const lesson of lessons) calls.set(lesson.advice, [...(calls.get(lesson.advice) ?? []), lesson])
  const sorted = [...calls].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([advice, some], place) => {
    const losses = some.length === 1 ? (some[0]!.losses ?? '') : ''
    return `${advice}${losses}${place === 0 ? '' : `: ${testNames(some)}`}`
  })
}

/** @param train, validation losses of one lesson; absent where it has none */
export function adviceOf(train: SeedLog | undefined, validation: SeedLog | undefined): Advice {
  const losses = train === undefined ? [] : [...train.values]
  if (losses.some((loss) => !Number.isFinite(loss)))
    return { advice: 'lower the learning rate, as the loss was no number' }
  if (losses.length < least.updates)
    return { advice: 'teach longer, as a lesson of so few updates is too short to learn from' }
  const tenth = Math.ceil(losses.length / 10)
  const [first, before, last] = [
    mean(losses.slice(0, tenth)),
    mean(losses.slice(-3 * tenth, -2 * tenth)),
    mean(losses.slice(-tenth)),
  ]
  if (last > first * change.risen)
    return { advice: 'lower the learning rate, as the loss rose', losses: ` from ${shown(first)} to ${shown(last)}` }
  const checked = validation === undefined ? [] : [...validation.values].filter(Number.isFinite)
  const lowest = Math.min(...checked)
  if (checked.length >= least.evaluations && checked.at(-1)! > lowest * change.overfitted)
    return {
      advice: 'use more training rows or fewer epochs, as the validation loss rose again',
      losses: ` from ${shown(lowest)} to ${shown(checked.at(-1)!)}`,
    }
  if (last < before * change.falling)
    return {
      advice: 'teach longer, as the loss was still falling at the end',
      losses: ` (${shown(before)}, then ${shown(last)})`,
    }
  return {
    advice: 'try another learning rate, a larger model or more rows, as the loss no longer fell',
    losses: ` (${shown(last)})`,
  }
}

function shown(loss: number): string {
  return loss.toPrecision(3)
}
