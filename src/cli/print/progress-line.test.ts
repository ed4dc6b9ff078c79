import { Writable } from 'node:stream'
import stringWidth from 'string-width'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatDuration, formatRate } from './durations.ts'
import { ownErasing } from './own-styles.ts'
import { ProgressLine } from './progress-line.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function stream(isTTY: boolean, columns = 80): { written: () => string; stream: NodeJS.WriteStream } {
  let text = ''
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk)
      done()
    },
  })
  return { written: () => text, stream: Object.assign(sink, { isTTY, columns }) as unknown as NodeJS.WriteStream }
}

describe('ProgressLine', () => {
  it('tells rate and time left now and then where there is no terminal, without control characters', () => {
    const { written, stream: out } = stream(false)
    const line = new ProgressLine(out)
    for (let done = 10; done <= 40; done++) {
      line.update({ id: 'a', label: `[${done}] teach`, done, total: 100, unit: 'updates', from: 10, detail: 'loss 2' })
      vi.advanceTimersByTime(1000)
    }
    line.end('a')
    line.say('done')
    expect(written()).toBe(
      [
        '[10] teach  10/100 updates (10 %), loss 2',
        '[25] teach  25/100 updates (25 %), 1.0/s, 1 min 15 s left, loss 2',
        '[40] teach  40/100 updates (40 %), 1.0/s, 1 min left, loss 2',
        'done\n',
      ].join('\n'),
    )
  })

  it('says at once how a piece of work begins where there is a word on it, however short the work is', () => {
    const { written, stream: out } = stream(false)
    const line = new ProgressLine(out)
    line.update({
      label: 'teach x',
      done: 4,
      total: 9,
      unit: 'updates',
      from: 4,
      detail: 'going on from its saved state',
    })
    line.end('teach x')
    expect(written()).toContain('going on from its saved state')
  })

  it('says nothing of short work where there is no terminal, and something of many short pieces', () => {
    const { written, stream: out } = stream(false)
    const line = new ProgressLine(out)
    const piece = (number: number, ms: number): void => {
      for (const done of [1, 2, 3]) {
        line.update({ label: `piece ${number}`, done, total: 3, unit: 'rows', from: 0 })
        vi.advanceTimersByTime(ms)
      }
      line.end(`piece ${number}`)
    }
    piece(1, 900)
    line.update({ label: 'piece 2', done: 1, total: 3, unit: 'rows', from: 0 })
    line.end('piece 2')
    expect(written()).toBe('')
    for (let number = 3; number <= 23; number++) piece(number, 500)
    expect(written()).toBe('piece 12  1/3 rows (33 %)\npiece 22  1/3 rows (33 %)\n')
  })

  it('fits a terminal, and takes one that says that it has no width for a usual one', () => {
    const shown = (columns: number): string => {
      const { written, stream: out } = stream(true, columns)
      new ProgressLine(out).update({
        label: 'l'.repeat(60),
        done: 1,
        total: 2,
        unit: 'updates',
        from: 0,
        detail: 'd'.repeat(60),
      })
      return written()
    }
    // What is left out first is the detail, then the rate; a label that is too long by itself ends with an ellipsis.
    expect(shown(100)).toBe(`${'l'.repeat(60)}  1/2 updates (50 %)`)
    expect(shown(0)).toBe(`${'l'.repeat(60)}  50 %`)
    expect(shown(40)).toBe(`${'l'.repeat(38)}…`)
  })

  it.each([100, 80, 60, 40, 0])('begins with the time left of the whole at %d columns and never cuts it', (columns) => {
    const { written, stream: out } = stream(true, columns)
    const label = '[12/79] teach blank -> language -> 摘要 -> reviews(learning_rate=0.0003), seed 42'
    const whole = 'study: 2 h 12 min+ left'
    new ProgressLine(out).update({ label, done: 9, total: 500, unit: 'updates', from: 0, detail: 'loss 2.31', whole })
    expect(written().startsWith(whole)).toBe(true)
    expect(stringWidth(written())).toBeLessThan(columns || 80)
  })

  it('says a long sentence on a terminal without breaking words', () => {
    const { written, stream: out } = stream(true, 30)
    new ProgressLine(out).say('Warning: the answers of 这个模型 are all the same')
    expect(written()).toBe('Warning: the answers of\n这个模型 are all the same\n')
  })

  it('rewrites one line on a terminal and keeps what is said above it', () => {
    const { written, stream: out } = stream(true)
    const line = new ProgressLine(out)
    line.update({ label: 'teach', done: 1, total: 2, unit: 'updates', from: 0 })
    line.say('a warning')
    line.end('teach')
    const clear = ownErasing
    expect(written()).toBe(`teach  1/2 updates (50 %)${clear}a warning\nteach  1/2 updates (50 %)${clear}`)
  })
})

describe('formatDuration()', () => {
  it.each([
    [0.04, '0.0 s'],
    [59.6, '1 min'],
    [61, '1 min 1 s'],
    [3599.9, '1 h'],
    [7500, '2 h 5 min'],
    [47.99 * 3600, '47 h 59 min'],
    [48 * 3600, '2 d'],
    [75.6 * 3600, '3 d 4 h'],
    [95.9 * 3600, '4 d'],
  ])('%d seconds is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})

describe('formatRate()', () => {
  it.each([
    [250, '250/s'],
    [3.21, '3.2/s'],
    [0.5, '30.0/min'],
    [0.01, '36.0/h'],
  ])('%d a second is %s', (perSecond, text) => {
    expect(formatRate(perSecond)).toBe(text)
  })
})
