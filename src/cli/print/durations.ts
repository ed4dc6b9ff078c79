import { plural } from '../../base/plural.ts'
import type { TimeLeft } from '../../study/plan/time-left.ts'

/** `8 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`
  const minutes = Math.round(whole / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`
}

/** `3.2/s`, or `0.4/min` where little happens. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return `${Math.round(perSecond)}/s`
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`
  return perSecond * 60 >= 1 ? `${(perSecond * 60).toFixed(1)}/min` : `${(perSecond * 3600).toFixed(1)}/h`
}

/** `study: 12 min left`, with a `+` where the time of some steps is not known: short enough for a line of progress. */
export function wholeLeft({ seconds, unknown }: TimeLeft): string | undefined {
  return seconds === 0 ? undefined : `study: ${formatDuration(seconds)}${unknown === 0 ? '' : '+'} left`
}

/** `about 12 min left, not counting 3 steps like none before`; empty where nothing is known. */
export function leftSentence({ seconds, unknown }: TimeLeft): string {
  if (seconds === 0) return ''
  const without = unknown === 0 ? '' : `, not counting ${plural(unknown, 'step')} like none before`
  return `about ${formatDuration(seconds)} left${without}`
}
