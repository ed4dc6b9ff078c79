import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../base/random.ts'
import { type DifferenceVariance, differenceVariance, neededSample } from './sample-size.ts'

/** Draws differences from the model and estimates as a bootstrap over examples would, without its noise. */
function study(truth: Required<DifferenceVariance>, size: { seeds: number; examples: number }, random: Random) {
  const { seeds, examples } = size
  const byExample = Array.from({ length: examples }, () => Math.sqrt(truth.examples) * random.normal())
  const rows = Array.from({ length: seeds }, () => {
    const own = Math.sqrt(truth.seeds ?? 0) * random.normal()
    return byExample.map((effect) => own + effect + Math.sqrt(truth.both) * random.normal())
  })
  const joint = byExample.map((_, e) => rows.reduce((sum, row) => sum + row[e]!, 0) / seeds)
  return {
    differences: rows.map(mean),
    standardErrors: rows.map((row) => Math.sqrt(variance(row) / examples)),
    joint: Math.sqrt(variance(joint) / examples),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const variance = (values: readonly number[]): number => {
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
}

const truth = { seeds: 0.5, examples: 30, both: 12 }

describe('differenceVariance()', () => {
  it('finds the parts that the data were made with', () => {
    const random = seededRandom(5)
    const size = { seeds: 6, examples: 60 }
    const found = Array.from({ length: 400 }, () => {
      const { differences, standardErrors, joint } = study(truth, size, random)
      return differenceVariance(differences, standardErrors, joint, size.examples)
    })
    expect(mean(found.map(({ seeds }) => seeds!))).toBeCloseTo(0.5, 1)
    expect(mean(found.map(({ examples }) => examples)) / 30).toBeCloseTo(1, 1)
    expect(mean(found.map(({ both }) => both)) / 12).toBeCloseTo(1, 1)
  })

  it('knows nothing of other seeds from one', () => {
    expect(differenceVariance([1], [0.5], 0.5, 40)).toEqual({ seeds: undefined, examples: 10, both: 0 })
  })
})

describe('neededSample()', () => {
  const power = (difference: number, size: { seeds: number; examples: number }): number => {
    const random = seededRandom(11)
    const error = Math.sqrt(
      truth.seeds / size.seeds + truth.examples / size.examples + truth.both / (size.seeds * size.examples),
    )
    const means = Array.from({ length: 400 }, () => difference + mean(study(truth, size, random).differences))
    return means.filter((value) => Math.abs(value) > 1.959964 * error).length / means.length
  }

  it('asks for samples with which four of five studies find the difference', () => {
    const size = { seeds: 4, examples: 50 }
    const needed = neededSample(1.3, truth, size)
    expect(power(1.3, size)).toBeLessThan(0.5)
    expect(power(1.3, { ...size, examples: needed.examples! })).toBeCloseTo(0.8, 1)
    const seeds = neededSample(2.4, truth, { seeds: 1, examples: 50 }).seeds!
    expect(power(2.4, { seeds, examples: 50 })).toBeGreaterThan(0.75)
    expect(power(2.4, { seeds: Math.ceil(seeds / 2), examples: 50 })).toBeLessThan(0.75)
    const both = needed.timesBoth!
    const enlarged = { seeds: Math.round(4 * both), examples: Math.round(50 * both) }
    expect(power(1.3, enlarged)).toBeCloseTo(0.8, 1)
  })

  it('says when one of the two alone can never be enough', () => {
    const size = { seeds: 3, examples: 50 }
    expect(neededSample(0.5, truth, size).examples).toBeUndefined()
    expect(neededSample(0.5, truth, size).seeds).toBeUndefined()
    expect(neededSample(0.5, truth, size).timesBoth).toBeGreaterThan(10)
    expect(neededSample(1, { ...truth, seeds: undefined }, { seeds: 1, examples: 50 })).toMatchObject({
      seeds: undefined,
      examples: 330,
    })
    expect(neededSample(0, truth, size)).toEqual({ examples: undefined, seeds: undefined, timesBoth: undefined })
  })
})
