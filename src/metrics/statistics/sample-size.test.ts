import { describe, expect, it } from 'vitest'
import { average, type Chance, drawArm } from '../../../test/rig/simulated-arms.ts'
import { seededRandom } from '../../base/random.ts'
import { crossedTest, type DifferenceChance } from './crossed-test.ts'
import { neededSample } from './sample-size.ts'

/** The variances that arms of such chance have, tested on `rows` rows. */
const chanceOf = ({ seeds, rows: ofRow, rest }: Chance, rows: number): DifferenceChance => ({
  seeds: undefined,
  rows: (2 * ofRow ** 2) / rows,
  single: 2 * seeds ** 2 + (2 * rest ** 2) / rows,
  both: (2 * rest ** 2) / rows,
})

/** Share of simulated studies that find a true difference. */
function power(chance: Chance, difference: number, seeds: number, rows: number): number {
  const random = seededRandom([seeds, rows])
  const found = Array.from({ length: 300 }, () => {
    const [arm, baseline] = [drawArm(random, seeds, rows, chance, difference), drawArm(random, seeds, rows, chance)]
    return crossedTest(average, arm, baseline, { field: 'mean', samples: 120 }).p < 0.05
  })
  return found.filter(Boolean).length / found.length
}

const size = { seeds: { arm: 3, baseline: 3 }, rows: 100, alpha: 0.05 }

describe('neededSample()', () => {
  it('asks for seeds with which four of five studies find the difference', () => {
    const chance = { seeds: 0.1, rows: 0.3, rest: 0.4 }
    const { seeds } = neededSample(0.2, chanceOf(chance, 100), size)
    expect(power(chance, 0.2, 3, 100)).toBeLessThan(0.6)
    const found = power(chance, 0.2, seeds!, 100)
    expect(found).toBeGreaterThan(0.72)
    expect(found).toBeLessThan(0.92)
  })

  it('asks for rows with which four of five studies find the difference', () => {
    const chance = { seeds: 0.02, rows: 0.8, rest: 0.5 }
    const { rows } = neededSample(0.2, chanceOf(chance, 100), size)
    expect(power(chance, 0.2, 3, 100)).toBeLessThan(0.6)
    const found = power(chance, 0.2, 3, rows!)
    expect(found).toBeGreaterThan(0.72)
    expect(found).toBeLessThan(0.92)
  })

  it('names no number where one alone is never enough, or more than anybody would try', () => {
    const ofSeeds = { seeds: undefined, rows: 0, single: 1, both: 0 }
    expect(neededSample(2, ofSeeds, size)).toEqual({ seeds: expect.any(Number), rows: undefined })
    const ofRows = { seeds: undefined, rows: 1, single: 0.001, both: 0 }
    expect(neededSample(2, ofRows, size)).toEqual({ seeds: undefined, rows: expect.any(Number) })
    expect(neededSample(0.01, { ...ofRows, single: 1 }, size)).toEqual({ seeds: undefined, rows: undefined })
    expect(neededSample(0, ofRows, size)).toEqual({ seeds: undefined, rows: undefined })
  })

  it('asks for rows alone where they are too few to show anything', () => {
    const small = { seeds: undefined, rows: 1e-6, single: 1e-6, both: 0 }
    expect(neededSample(1, small, { ...size, rows: 5 })).toEqual({ seeds: undefined, rows: 6 })
    expect(neededSample(1, small, { ...size, rows: 6 })).toEqual({ seeds: 2, rows: 6 })
    expect(neededSample(1, small, { ...size, rows: 5, splits: 3 })).toEqual({ seeds: undefined, rows: undefined })
    expect(neededSample(1, small, { ...size, rows: 6, splits: 3 }).seeds).toBe(2)
  })

  it('asks for two seeds at least where there is one', () => {
    const one = { seeds: undefined, rows: 1, single: undefined, both: 0 }
    const single = { ...size, seeds: { arm: 1, baseline: 1 } }
    expect(neededSample(100, one, single).seeds).toBe(2)
    expect(neededSample(3.6, one, single).seeds).toBeGreaterThan(2)
    expect(neededSample(2, one, single).seeds).toBeUndefined()
  })
})
