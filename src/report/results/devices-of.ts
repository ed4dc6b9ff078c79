import { listOf } from '../../base/plural.ts'
import { usualDevice } from '../../lesson/device.ts'
import type { Arms } from './arms.ts'
import type { StudyResults } from './study-results.ts'

/** What the lessons of a table's chains were computed on, as one sentence; nothing where all of it was the processor. */
export function devicesOf(
  { arms }: Pick<Arms, 'arms'>,
  { plan, store }: Pick<StudyResults, 'plan' | 'store'>,
): string[] {
  const lessons = arms.flatMap(({ seeds }) => seeds.flatMap((seed) => seed.lessons))
  const names = new Map<string, Set<string>>()
  for (const key of new Set(lessons)) {
    const step = plan.steps.get(key)
    const device = step?.kind === 'teach' ? step.settings.device : usualDevice
    const adapter = device === usualDevice ? undefined : store.soundResult('teach', key)?.computer?.processor
    names.set(device, (names.get(device) ?? new Set()).add(adapter ?? device))
  }
  const others = [...names].filter(([device]) => device !== usualDevice)
  if (others.length === 0) return []
  const told = others.map(([device, adapters]) => `${device} (${listOf([...adapters].toSorted())})`)
  const all = names.has(usualDevice) ? 'Some of these lessons were' : 'All of these lessons were'
  return [`${all} computed on ${listOf(told)}, whose last bits are not the processor's`]
}
