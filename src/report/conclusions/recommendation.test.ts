import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runScripted, type Script, type Taught, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import { neededSample } from '../../metrics/statistics/sample-size.ts'
import { conclude } from './conclusions.ts'
import { neededSentence, type Recommendation, recommend } from './recommendation.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-recommend-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const twoChains = 'chains: [base -> x, base -> y -> x]\nseeds: [1, 2, 3]'
const shares = (share: number, other: number) => ({
  right: ({ lessons }: Taught): number => (lessons.includes('y') ? share : other),
})

async function recommended(
  more: string,
  script: Script,
  options: Parameters<typeof writeScriptedStudy>[2] = {},
): Promise<Recommendation> {
  const { plan, store } = await runScripted(writeScriptedStudy(folder, more, options), script)
  const { recommendations } = await conclude(plan, store)
  return recommendations.find(({ task }) => task === 'x')!
}

describe('recommend()', () => {
  it('takes a start that is separably better, with difference, interval, p, and both costs', async () => {
    const found = await recommended(twoChains, shares(0.8, 0.6))
    expect(found).toMatchObject({
      verdict: 'other-start',
      take: 'base -> y -> x',
      confidence: 'high',
      warnings: [],
      evidence: { missing: [] },
    })
    const [, other] = found.evidence.candidates
    const { difference, interval } = other!.comparison!
    expect(difference).toBeGreaterThan(0.15)
    const show = (value: number): string => `+${value.toFixed(4)}`
    expect(found.sentences[0]).toMatch(
      new RegExp(
        `^For x, start from base -> y \\(base -> y -> x\\): its exact-match is ${difference.toFixed(4)} higher`,
      ),
    )
    expect(found.sentences[0]).toContain(
      `95 % interval ${show(interval.low)} to ${show(interval.high)}, p < 0.001, 200 test rows, 3 seeds, which agree`,
    )
    expect(found.sentences).toContain(
      'Cost: base -> y -> x takes 80 updates and 4.00 minutes in all, 40 more updates and 2.00 minutes more than base -> x (40 updates and 2.00 minutes)',
    )
    expect(found.sentences).toContain(
      'Whoever has its start already pays for the last lesson alone: 40 updates and 2.00 minutes, as many updates and 0.00 minutes more',
    )
  })

  it('takes what is separably lower where less is better', async () => {
    const { evidence } = await recommended(twoChains, shares(0.4, 0.6))
    const column = { ...evidence.column!, lowIsBetter: true } as const
    const found = recommend({ ...evidence, column })
    expect(found).toMatchObject({ verdict: 'other-start', take: 'base -> y -> x' })
    const size = Math.abs(evidence.candidates[1]!.comparison!.difference).toFixed(4)
    expect(found.sentences[0]).toContain(`its exact-match is ${size} lower than that of base -> x`)
    expect(recommend(evidence)).toMatchObject({ verdict: 'fresh-start', take: 'base -> x' })
  })

  it('takes the fresh start when every other is separably worse', async () => {
    const found = await recommended('chains: [base -> x, base -> y -> x, other -> x]\nseeds: [1, 2, 3]', {
      right: ({ lessons }) => (lessons.includes('y') ? 0.4 : lessons[0] === 'other' ? 0.5 : 0.75),
    })
    expect(found).toMatchObject({ verdict: 'fresh-start', take: 'base -> x', confidence: 'high' })
    expect(found.sentences[0]).toBe('For x, start fresh from base (base -> x): the 2 other starts are worse')
    expect(found.sentences[1]).toContain('other -> x is worse than base -> x by 0.')
    expect(found.sentences[2]).toContain("Holm's correction over 2 comparisons")
  })

  it('names no start when they are tied, but what would be needed', async () => {
    const found = await recommended(twoChains, shares(0.61, 0.6))
    expect(found).toMatchObject({ verdict: 'not-separable', take: undefined, confidence: undefined })
    expect(found.sentences[0]).toMatch(
      /^Not separable with these data for x: base -> y -> x cannot be told from base -> x; about [\d,]+ more (test examples|seeds)/,
    )
    expect(found.sentences[1]).toMatch(/differences from 0\.0\d+ on would have shown on these rows/)
    expect(found.sentences.at(-1)).toBe('Until then base -> x costs least: 40 updates in all')
  })

  it('asks for enough to pass the correction over all candidates', async () => {
    const found = await recommended('chains: [base -> x, base -> y -> x, other -> x]\nseeds: [1, 2, 3]', {
      right: ({ lessons }) => (lessons.includes('y') ? 0.62 : lessons[0] === 'other' ? 0.58 : 0.6),
    })
    for (const { comparison, needed } of found.evidence.candidates.slice(1)) {
      const { difference, variance } = comparison!
      expect(needed).toEqual(neededSample(difference, variance, { seeds: 3, examples: 200, alpha: 0.05 / 2 }))
    }
  })

  it('says that the seeds are too few when they differ as much as the starts', async () => {
    const found = await recommended(twoChains, {
      right: ({ lessons, seed }) => (lessons.includes('y') ? [0, 0.64, 0.97, 0.66][seed]! : 0.6),
    })
    expect(found).toMatchObject({ verdict: 'other-start', confidence: 'moderate' })
    expect(found.sentences.join('\n')).toMatch(
      /Over so few seeds, chance in the seed is not ruled out.*: at least \d+ more seeds? would be needed to tell/,
    )
    const [, other] = found.evidence.candidates
    const { difference, variance } = other!.comparison!
    // One comparison: z(0.975) + z(0.8) = 2.8016 standard errors of the seeds' mean.
    const spread = variance.seeds! + variance.both / 200
    expect(other!.neededSeeds).toBe(Math.ceil((2.801585 ** 2 * spread) / difference ** 2))
  })

  it('does not take a start whose seeds disagree', async () => {
    const found = await recommended(twoChains, {
      right: ({ lessons, seed }) => (lessons.includes('y') ? [0, 0.95, 0.97, 0.5][seed]! : 0.6),
    })
    expect(found.evidence.candidates[1]!.comparison!.p).toBeLessThan(0.001)
    expect(found.verdict).toBe('not-separable')
    expect(found.sentences[1]).toContain('3 seeds, which disagree')
  })

  it('takes the cheaper of better starts that cannot be told apart', async () => {
    const found = await recommended('chains: [base -> x, base -> y -> x, other -> x]\nseeds: [1, 2, 3]', {
      right: ({ lessons }) => (lessons.includes('y') ? 0.802 : lessons[0] === 'other' ? 0.8 : 0.6),
    })
    expect(found).toMatchObject({ verdict: 'other-start', take: 'other -> x' })
    expect(found.sentences.join('\n')).toMatch(/base -> y -> x .*cannot be told|base -> y -> x is better/)
  })

  it('answers for one seed, with a warning, and knows nothing of others', async () => {
    const one = 'chains: [base -> x, base -> y -> x]\nseeds: [7]'
    const better = await recommended(one, shares(0.8, 0.6))
    expect(better).toMatchObject({ verdict: 'other-start', confidence: 'one-seed' })
    expect(better.warnings).toEqual(['One seed only: how x would come out with another is not known'])
    rmSync(folder, { recursive: true })
    const tied = await recommended(one, shares(0.61, 0.6))
    expect(tied.verdict).toBe('not-separable')
    expect(tied.sentences[0]).toMatch(/what another seed would give is not known/)
  })

  it('gives no answer while runs are missing, and says which and why', async () => {
    const found = await recommended(twoChains, {
      ...shares(0.8, 0.6),
      failure: ({ lessons, seed }) => (lessons.length === 3 && seed === 2 ? 'The loss is NaN at update 3' : undefined),
    })
    expect(found).toMatchObject({ verdict: 'incomplete', take: undefined })
    expect(found.sentences).toEqual([
      'No answer for x yet: 1 run of it is not finished',
      'base -> y -> x, seed 2, is not finished on x: The loss is NaN at update 3',
    ])
  })

  it('answers although a rate of a sweep has failed, as the start stands by its own settings', async () => {
    const found = await recommended(
      `${twoChains}\nsweeps: [{ chain: base -> x, learning_rate: [0.001, 0.5], seeds: [1] }]`,
      {
        ...shares(0.8, 0.6),
        failure: ({ lessons }) => (lessons.at(-1) === 'x(0.5)' ? 'The loss is NaN at update 3' : undefined),
      },
    )
    expect(found.verdict).toBe('other-start')
    expect(found.warnings.at(-1)).toBe(
      'Left out: base -> x(learning_rate=0.5), seed 1, is not finished on x: The loss is NaN at update 3',
    )
  })

  it('says when there is no fresh start to compare with', async () => {
    const found = await recommended('chains: [base -> y -> x, other -> y -> x]\nseeds: [1, 2, 3]', {
      right: ({ lessons }) => (lessons[0] === 'base' ? 0.8 : 0.5),
    })
    expect(found).toMatchObject({ verdict: 'fresh-start', take: 'base -> y -> x' })
    expect(found.warnings).toEqual(['No start is taught x alone: the starts are compared with base -> y -> x'])
    expect(found.sentences[0]).toBe('For x, start from base -> y (base -> y -> x): the other start is worse')
  })

  it('may take a start as it is', async () => {
    const study = writeScriptedStudy(folder, 'chains: [warm -> x, { chain: warm, evaluate: [x] }]\nseeds: [1, 2, 3]')
    const starts = 'starts:\n  warm: { chain: base -> y, seed: 5 }\n'
    writeFileSync(study, readFileSync(study, 'utf8').replace('starts:\n', starts))
    const { plan, store } = await runScripted(study, { right: ({ lessons }) => (lessons.at(-1) === 'y' ? 0.9 : 0.5) })
    const [found] = (await conclude(plan, store)).recommendations
    expect(found).toMatchObject({ verdict: 'other-start', take: 'warm' })
    expect(found!.sentences[0]).toMatch(
      /^For x, take warm as it is: its exact-match is 0\.\d+ higher than that of warm -> x/,
    )
  })

  it('has nothing to choose with one start', async () => {
    const found = await recommended('chains: [base -> x]\nseeds: [1, 2]', shares(1, 1))
    expect(found.verdict).toBe('no-choice')
    expect(found.sentences[0]).toContain('base is the only start that it was taught from (exact-match 1.0000)')
  })

  it('warns of leaked rows, with the difference without them, and of unfair comparisons', async () => {
    const found = await recommended(
      'chains: [base -> x, { chain: base -> y -> x(batch=4), seeds: [1, 2, 3] }]\nseeds: [1, 2]',
      shares(0.8, 0.6),
      { leaks: 40 },
    )
    expect(found.warnings.slice(0, 2)).toEqual([
      'Not alike besides the start: base -> x: 2 seeds; base -> y -> x(batch=4): 3 seeds',
      'Not alike besides the start: the last lesson of base -> y -> x(batch=4) has settings of its own',
    ])
    const leak = found.warnings.find((warning) => warning.includes('test rows'))
    const { comparison } = found.evidence.candidates[1]!.leaks!
    expect(leak).toBe(
      `40 of the 200 test rows are among what these chains were taught, exactly or nearly; differences without them: base -> y -> x(batch=4) +${comparison!.difference.toFixed(4)} (p < 0.001)`,
    )
    expect(comparison!.difference).not.toBe(found.evidence.candidates[1]!.comparison!.difference)
  })

  it('lets a start stand by the rate with the lowest validation loss where each chain states one', async () => {
    const found = await recommended(
      'chains: [base -> x]\nsweeps: [{ chain: base -> y -> x, learning_rate: [0.01, 0.02] }]\nseeds: [1, 2]',
      {
        ...shares(0.8, 0.6),
        losses: ({ lessons }) => (lessons.at(-1) === 'x(0.02)' ? [2, 1, 0.5, 0.4] : [3, 2, 1, 0.9]),
      },
    )
    expect(found.evidence.candidates.map(({ chain }) => chain)).toEqual([
      'base -> x',
      'base -> y -> x(learning_rate=0.02)',
    ])
    expect(found.warnings.at(-1)).toBe(
      'Left out, as their last lesson has settings of its own: base -> y -> x(learning_rate=0.01)',
    )
  })
})

describe('neededSentence()', () => {
  it('tells what is enough alone and what is not', () => {
    const sentence = (examples?: number, seeds?: number, timesBoth?: number) =>
      neededSentence({ examples, seeds, timesBoth }, 3, 200)
    expect(sentence(1234, 4)).toBe('about 1,100 more test examples or 1 more seed would be needed')
    expect(sentence(1234)).toBe('about 1,100 more test examples would be needed (more seeds alone would not be enough)')
    expect(sentence(undefined, 20)).toBe(
      'about 17 more seeds would be needed (more test examples alone would not be enough)',
    )
    expect(sentence(undefined, undefined, 3.2)).toBe(
      'about 4 times as many test examples and seeds together would be needed (neither alone would be enough)',
    )
    expect(neededSentence({ examples: 5e9, seeds: undefined, timesBoth: 1 }, 1, 200)).toContain(
      'more than a million more test examples',
    )
  })
})
