import { mean } from '../../metrics/statistics/mean.ts'
import type { Arm } from '../results/arms.ts'
import { readLosses, type SeedLog } from '../results/lesson-log.ts'
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
  { store }: Pick<StudyResults, 'store'>,
): Promise<readonly string[]> {
  const counts = new Map<string, number>()
  for (const { seeds } of arms) {
    for (const { seed, lessons } of seeds) {
      const last = lessons.at(-1)
      if (last === undefined) continue
      const train = await readLosses(store, last, 'train', seed)
      const validation = await readLosses(store, last, 'validation', seed)
      const advice = adviceOf(train, validation)
      counts.set(advice, (counts.get(advice) ?? 0) + 1)
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([advice]) => advice)
}

/** @param train, validation losses of one lesson; absent where it has none */
export function adviceOf(train: SeedLog | undefined, validation: SeedLog | undefined): string {
  const losses = train === undefined ? [] : [...train.values]
  if (losses.some((loss) => !Number.isFinite(loss))) return 'lower the learning rate, as the loss was no number'
  if (losses.length < least.updates) return 'teach longer: a lesson of so few updates is too short to learn from'
  const tenth = Math.ceil(losses.length / 10)
  const [first, before, last] = [
    mean(losses.slice(0, tenth)),
    mean(losses.slice(-3 * tenth, -2 * tenth)),
    mean(losses.slice(-tenth)),
  ]
  if (last > first * change.risen)
    return `lower the learning rate, as the loss rose from ${shown(first)} to ${shown(last)}`
  const checked = validation === undefined ? [] : [...validation.values].filter(Number.isFinite)
  const lowest = Math.min(...checked)
  if (checked.length >= least.evaluations && checked.at(-1)! > lowest * change.overfitted)
    return `use more training rows or fewer epochs, as the validation loss rose again from ${shown(lowest)} to ${shown(checked.at(-1)!)}`
  if (last < before * change.falling)
    return `teach longer, as the loss was still falling at the end (${shown(before)}, then ${shown(last)})`
  return `try another learning rate, a larger model or more rows, as the loss no longer fell (${shown(last)})`
}

function shown(loss: number): string {
  return loss.toPrecision(3)
}
