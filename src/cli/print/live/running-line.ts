import stringWidth from 'string-width'
import { formatDuration, formatRate } from '../durations.ts'
import { cutText } from '../fit/cut-text.ts'
import { styles } from '../own-styles.ts'
import type { Progress } from '../progress-line.ts'
import type { LossTrail } from './loss-trail.ts'

/** A step under way. */
export interface RunningRow {
  readonly progress: Progress
  /** Of its units a second, where that is known. */
  readonly rate: number | undefined
  readonly trail: LossTrail
}

const barWidth = 16
const trailWidth = 12

/**
 * `▸ teach mt5 -> res, seed 42  ██████░░░░░░░░░░  43 %  3.1/s  2 min left  loss 2.31 █▆▄▂▁`, and with less of it where there is
 * less room: without the trail, the loss, the rate, the bar, the time left.
 *
 * @param labelWidth columns of the label, so that bars stand below each other
 */
export function runningLine({ progress, rate, trail }: RunningRow, room: number, labelWidth: number): string {
  const { label, done, total, detail } = progress
  const share = Math.min(1, done / Math.max(1, total))
  const [bar, speed] = [barOf(share), rate === undefined ? '' : formatRate(rate)]
  const left = rate === undefined || done >= total ? '' : `${formatDuration((total - done) / rate)} left`
  const percent = `${Math.floor(100 * share)} %`.padStart(5)
  const withTrail = (width: number): string => [detail, trail.blocks(width)].filter(Boolean).join(' ')
  const texts = [
    [bar, percent, speed, left, withTrail(trailWidth)],
    [bar, percent, speed, left, withTrail(trailWidth / 2)],
    [bar, percent, speed, left, detail ?? ''],
    [bar, percent, speed, left],
    [bar, percent, left],
    [percent, left],
    [percent],
  ].map((parts) => parts.filter((part) => part !== '').join('  '))
  const head = `▸ ${padded(cutText(label, Math.max(1, labelWidth)), labelWidth)}`
  const fitting = texts.find((text) => stringWidth(head) + 2 + stringWidth(text) <= room)
  return fitting === undefined ? cutText(`▸ ${percent.trim()}  ${label}`, room) : `${head}  ${fitting}`
}

function barOf(share: number): string {
  const full = Math.round(share * barWidth)
  return `${styles.cyan('█'.repeat(full))}${styles.dim('░'.repeat(barWidth - full))}`
}

function padded(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - stringWidth(text)))}`
}
