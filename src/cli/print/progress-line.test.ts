import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatDuration, formatRate } from './durations.ts'
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
    expect(shown(100)).toHaveLength(99)
    expect(shown(0)).toHaveLength(79)
  })

  it('rewrites one line on a terminal and keeps what is said above it', () => {
    const { written, stream: out } = stream(true)
    const line = new ProgressLine(out)
    line.update({ label: 'teach', done: 1, total: 2, unit: 'updates', from: 0 })
    line.say('a warning')
    line.end('teach')
    const clear = '\r\u001b[2K'
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
