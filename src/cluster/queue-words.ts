import { plural } from '../base/plural.ts'
import type { QueuedJob } from './queue.ts'

/** `Queue: 3 jobs run, 12 wait (8 Priority, 4 Resources)` */
export function queueSentence(jobs: readonly QueuedJob[]): string {
  const running = jobs.filter(({ state }) => state === 'running').length
  const waiting = jobs.filter(({ state }) => state === 'waiting')
  if (running + waiting.length === 0) return ''
  const reasons = new Map<string, number>()
  for (const { reason } of waiting) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  const why = [...reasons].map(([reason, count]) => (reasons.size === 1 ? reason : `${count} ${reason}`)).join(', ')
  const parts = [
    ...(running === 0 ? [] : [`${plural(running, 'job')} ${running === 1 ? 'runs' : 'run'}`]),
    ...(waiting.length === 0
      ? []
      : [`${plural(waiting.length, 'job')} ${waiting.length === 1 ? 'waits' : 'wait'} (${why})`]),
  ]
  return `Queue: ${parts.join(', ')}`
}
