import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Screen } from '../../../../test/rig/screen.ts'
import { LossTrail } from './loss-trail.ts'
import { PlanList } from './plan-list.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

const waiting = (count: number) => Array.from({ length: count }, (_, at) => `evaluate mt5 -> res, seed ${at}`)

function started(screen: Screen, count: number): PlanList {
  const list = new PlanList(screen.stream)
  list.follow({ place: () => '[3/20]', waiting: () => ({ count, next: waiting(count) }) })
  return list
}

/** Ten updates a second, whose loss falls. */
function teach(list: PlanList, id: string, updates: number): void {
  for (let done = 1; done <= updates; done++) {
    vi.advanceTimersByTime(100)
    const detail = `loss ${(5 / done).toFixed(3)}`
    const label = `teach ${id}, seed 42`
    list.update({ id, label, done, total: 100, unit: 'updates', from: 0, detail, whole: 'study: 12 min left' })
  }
}

/** Without the lines that nothing stands in. */
const shown = ({ lines }: Screen): string[] => lines.filter((line) => line !== '')

describe('PlanList', () => {
  test('shows steps with bar, rate, time left, loss and its trail, and what comes next', () => {
    const screen = new Screen(100, 30)
    const list = started(screen, 2)
    teach(list, 'mt5 -> res', 50)
    expect(shown(screen)).toEqual([
      '[3/20]  study: 12 min left',
      '▸ teach mt5 -> res, seed 42  ████████░░░░░░░░   50 %  10.2/s  5 s left  loss 0.100 █▃▂▂▁▁▁▁▁▁▁▁',
      '  evaluate mt5 -> res, seed 0',
      '  evaluate mt5 -> res, seed 1',
    ])
  })

  test('keeps what is said above itself, and goes when its time is over', () => {
    const screen = new Screen(80, 30)
    const list = started(screen, 1)
    teach(list, 'mt5 -> res', 3)
    list.say('a step is done')
    teach(list, 'mt5 -> a2t', 3)
    expect(shown(screen).map((line) => line.slice(0, 18))).toEqual([
      'a step is done',
      '[3/20]  study: 12 ',
      '▸ teach mt5 -> res',
      '▸ teach mt5 -> a2t',
      '  evaluate mt5 -> ',
    ])
    list.end('mt5 -> res')
    expect(shown(screen)).toHaveLength(4)
    list.leave()
    list.say('the end')
    expect(shown(screen)).toEqual(['a step is done', 'the end'])
  })

  test.each([
    [100, 30, 11],
    [100, 6, 5],
    [100, 2, 1],
    [40, 12, 11],
    [20, 12, 11],
  ])('fits %d columns and %d rows', (columns, rows, lines) => {
    const screen = new Screen(columns, rows)
    const list = started(screen, 17)
    teach(list, 'mt5 -> a very long chain -> of many tasks', 40)
    expect(shown(screen)).toHaveLength(lines)
    expect(shown(screen).length).toBeLessThan(rows)
  })

  test('is written anew when the terminal becomes narrower or lower, and leaves nothing behind', () => {
    const screen = new Screen(100, 30)
    const list = started(screen, 12)
    list.say('begins')
    teach(list, 'mt5 -> res', 50)
    screen.resize(44, 8)
    expect(shown(screen)).toEqual([
      'begins',
      '[3/20]  study: 12 min left',
      '▸ teach mt5 -> res, …   50 %  5 s left',
      ...waiting(4).map((label) => `  ${label}`),
      '  … 8 more',
    ])
    screen.resize(120, 40)
    expect(shown(screen)).toHaveLength(1 + 1 + 1 + 8 + 1)
  })

  test.each(['dumb', 'a pipe'])('is the plain line of progress on %s', (kind) => {
    if (kind === 'dumb') vi.stubEnv('TERM', 'dumb')
    const screen = new Screen(200, 30)
    if (kind === 'a pipe') Object.assign(screen.stream, { isTTY: false })
    const list = started(screen, 3)
    expect(list.isList).toBe(false)
    teach(list, 'mt5 -> res', 20)
    expect(shown(screen)).toEqual(['study: 12 min left  teach mt5 -> res, seed 42  1/100 updates (1 %), loss 5.000'])
  })
})

test('LossTrail keeps its form however long a lesson is, and has none without two losses', () => {
  const trail = new LossTrail()
  trail.see('begins')
  trail.see('loss NaN')
  trail.see('loss 2')
  expect(trail.blocks(8)).toBe('')
  for (let at = 0; at < 5000; at++) trail.see(`loss ${2 - at / 2500}`)
  expect(trail.blocks(8)).toBe('█▇▆▅▄▃▂▁')
})
