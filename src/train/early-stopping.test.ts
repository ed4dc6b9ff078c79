import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fixture } from '../../test/rig/study-folder.ts'
import { countEvaluation, hasStopped, type Patience } from './early-stopping.ts'

interface StoppingGolden {
  values: number[]
  higher: boolean
  patience: number
  threshold: number
  updates: number
  best: number
}

const goldens = JSON.parse(readFileSync(fixture('early-stopping/cases.json'), 'utf8')) as StoppingGolden[]

test.each(goldens)(
  'a lesson stops where the reference does: $values, more is better: $higher, $patience within $threshold',
  ({ values, higher, patience: stopAfter, threshold, updates, best }) => {
    const by = higher ? 'highest-value' : 'lowest-value'
    let patience: Patience = { waited: 0 }
    let made = 0
    while (made < values.length && !hasStopped(patience, { stopAfter })) {
      patience = countEvaluation(values[made++]!, patience, by, { minDelta: threshold })
    }
    expect(made).toBe(updates)
    expect(patience.best).toBe(values[best - 1])
  },
)

test('countEvaluation() counts values that are no numbers, and never takes them for the best', () => {
  let patience: Patience = { waited: 0 }
  const counted = [Number.NaN, 2, Number.NaN, 1].map((value) => {
    patience = countEvaluation(value, patience, 'loss', {})
    return patience
  })
  expect(counted.map(({ best, waited }) => [best, waited])).toEqual([
    [undefined, 0],
    [2, 0],
    [2, 1],
    [1, 0],
  ])
  // From the second on the best value is the worst that there could be, which no number falls behind.
  let hopeless: Patience = { waited: 0 }
  for (let evaluation = 0; evaluation < 5; evaluation++)
    hopeless = countEvaluation(Number.NaN, hopeless, 'highest-value', {})
  expect(hopeless).toEqual({ begun: true, waited: 4 })
})

test('hasStopped() never ends a lesson that is not to stop early', () => {
  expect(hasStopped({ waited: 99 }, {})).toBe(false)
  expect(hasStopped({ waited: 99 }, { stopAfter: 0 })).toBe(false)
  expect(hasStopped(undefined, { stopAfter: 1 })).toBe(false)
})
