import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NeededSample } from '../../src/metrics/statistics/sample-size.ts'
import { conclude } from '../../src/report/conclusions/conclusions.ts'
import { neededSentence } from '../../src/report/conclusions/needed-sentence.ts'
import { type Recommendation, recommend } from '../../src/report/conclusions/recommendation.ts'
import { taskTables } from '../../src/report/tables/task-table.ts'
import { runScripted, type Script, type Taught, writeScriptedStudy } from '../rig/scripted-study.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-recommend-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const twoChains = 'chains: [base -> x, base -> y -> x]\nseeds: [1, 2, 3]'
const threeChains = 'chains: [base -> x, base -> y -> x, other -> x]\nseeds: [1, 2, 3]'
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
      warnings: [],
      evidence: { missing: [], excluded: [] },
    })
    const { difference, interval, p } = found.evidence.candidates[1]!.comparison!
    expect(found.p).toBe(p)
    expect(difference).toBeGreaterThan(0.15)
    const show = (value: number): string => `+${value.toFixed(4)}`
    const range = `95 % interval ${show(interval.low)} to ${show(interval.high)}`
    expect(found.sentences.slice(0, 2)).toEqual([
      `x: take base -> y -> x, better than the fresh start by ${difference.toFixed(4)} exact-match (p < 0.001), for 80 updates instead of 40`,
      `base -> y -> x is better than base -> x by ${difference.toFixed(4)} (${range}, p < 0.001, 200 test rows, 3 seeds)`,
    ])
    expect(found.sentences).toContain(
      'Cost: base -> y -> x takes 80 updates and 4.00 minutes in all, 40 more updates and 2.00 minutes more than base -> x (40 updates and 2.00 minutes)',
    )
    expect(found.sentences).toContain(
      'Whoever has its start already pays for the last lesson alone: 40 updates and 2.00 minutes, as many updates and minutes',
    )
  })

  it('takes what is separably lower where less is better', async () => {
    const { evidence } = await recommended(twoChains, shares(0.4, 0.6))
    const column = { ...evidence.column!, lowIsBetter: true } as const
    const found = recommend({ ...evidence, column })
    expect(found).toMatchObject({ verdict: 'other-start', take: 'base -> y -> x' })
    const size = Math.abs(evidence.candidates[1]!.comparison!.difference).toFixed(4)
    expect(found.sentences[0]).toContain(`better than the fresh start by ${size} exact-match, which is lower (`)
    expect(recommend(evidence)).toMatchObject({ verdict: 'fresh-start', take: 'base -> x' })
  })

  it('takes the fresh start when every other is separably worse, and says what they cost', async () => {
    const found = await recommended(threeChains, {
      right: ({ lessons }) => (lessons.includes('y') ? 0.4 : lessons[0] === 'other' ? 0.5 : 0.75),
    })
    expect(found).toMatchObject({ verdict: 'fresh-start', take: 'base -> x' })
    const sizes = found.evidence.candidates.slice(1).map(({ comparison }) => -comparison!.difference)
    const [least, most] = sizes.sort().map((size) => size.toFixed(4))
    const p = found.p! < 0.001 ? 'p < 0.001' : `p <= ${found.p!.toFixed(3)}`
    expect(found.sentences[0]).toBe(
      `x: take the fresh start (base -> x): the 2 others are worse by ${least} to ${most} exact-match (${p}) and cost 40 to 80 updates instead of 40`,
    )
    expect(found.sentences[1]).toContain('other -> x is worse than base -> x by 0.')
    expect(found.sentences[2]).toContain("Holm's correction over 2 comparisons")
  })

  it('takes the cheapest when no difference is shown, with what would have shown and what is needed', async () => {
    const found = await recommended(twoChains, shares(0.61, 0.6))
    expect(found).toMatchObject({ verdict: 'not-separable', take: 'base -> x', p: undefined })
    expect(found.sentences[0]).toMatch(
      /^x: take the fresh start \(base -> x\): base -> y -> x is not shown to be better and costs 80 updates instead of 40$/,
    )
    expect(found.sentences[1]).toMatch(
      /cannot be told from base -> x .*; differences from 0\.\d+ on would have shown; /,
    )
  })

  it('names what is worse beside what is not shown to differ', async () => {
    const found = await recommended(threeChains, {
      right: ({ lessons }) => (lessons.includes('y') ? 0.3 : lessons[0] === 'other' ? 0.61 : 0.6),
    })
    expect(found).toMatchObject({ verdict: 'not-separable', take: 'base -> x' })
    expect(found.sentences[0]).toMatch(
      /^x: take the fresh start \(base -> x\): other -> x is not shown to be better(?: and costs the same)?; base -> y -> x is worse by 0\.\d{4} exact-match \(p [<=] 0\.\d{3}\)$/,
    )
  })

  it('does not take a start whose seeds scatter as much as the starts differ', async () => {
    const found = await recommended(twoChains, {
      right: ({ lessons, seed }) => (lessons.includes('y') ? [0, 0.95, 0.97, 0.5][seed]! : 0.6),
    })
    expect(found.verdict).toBe('not-separable')
    expect(found.evidence.candidates[1]!.comparison!.needed.seeds).toBeGreaterThan(3)
    expect(found.sentences[1]).toMatch(
      /about \d+ more seeds? of each would be needed to show it \(more test rows alone would not be enough\)$/,
    )
  })

  it('says the same as the table, whatever else is compared on the task', async () => {
    const study = writeScriptedStudy(
      folder,
      `chains: [base -> x, base -> y -> x, other -> x, other -> y -> x]\nseeds: [1, 2]\ntables: [{ task: x, rows: [base -> x, base -> y -> x] }, { task: x, rows: [base -> x, other -> x, other -> y -> x] }]`,
    )
    const { plan, store } = await runScripted(study, {
      right: ({ lessons }) => (lessons.includes('y') ? 0.7 : 0.6),
    })
    const tables = await taskTables(plan, store)
    const [{ evidence }] = (await conclude(plan, store)).recommendations as [Recommendation]
    const pOf = (table: number, chain: string) => tables[table]!.rows.find((row) => row.chain === chain)!.comparison!.p
    const ofAnswer = (chain: string) => evidence.candidates.find((one) => one.chain === chain)!.comparison!
    expect(pOf(0, 'base -> y -> x')).toBe(ofAnswer('base -> y -> x').p)
    expect(pOf(1, 'other -> x')).toBe(ofAnswer('other -> x').p)
    // Four pairs in all: other -> y -> x is held against both fresh starts.
    expect(ofAnswer('other -> y -> x').comparisons).toBe(4)
    expect(tables[1]!.rows.find(({ chain }) => chain === 'other -> y -> x')).toMatchObject({
      baseline: 'other -> x',
      comparison: { comparisons: 4 },
    })
  })

  it('takes the cheaper of better starts that cannot be told apart', async () => {
    const found = await recommended('chains: [base -> x, base -> y -> x, other -> x]\nseeds: [1, 2, 3]', {
      right: ({ lessons }) => (lessons.includes('y') ? 0.802 : lessons[0] === 'other' ? 0.8 : 0.6),
    })
    expect(found).toMatchObject({ verdict: 'other-start', take: 'other -> x' })
    expect(found.sentences.join('\n')).toMatch(/base -> y -> x .*cannot be told|base -> y -> x is better/)
    expect(found.sentences[0]).toMatch(/; 1 other is better too$/)
  })

  it('names no start with one seed, but how many seeds would be needed', async () => {
    const one = 'chains: [base -> x, base -> y -> x]\nseeds: [7]'
    const better = await recommended(one, shares(0.9, 0.4))
    expect(better).toMatchObject({ verdict: 'one-seed', take: undefined, p: undefined })
    expect(better.sentences[0]).toMatch(
      /^x: no answer from one seed: base -> y -> x differs from the fresh start on these rows \(\+0\.\d{4} exact-match, p < 0\.001\); teach 2 seeds of each at least$/,
    )
    expect(better.sentences.join()).not.toMatch(/better|worse/)
    expect(better.warnings).toEqual(['One seed only, so that nothing is known of another: base -> x, base -> y -> x'])
    rmSync(folder, { recursive: true })
    const tied = await recommended(one, shares(0.61, 0.6))
    expect(tied.verdict).toBe('one-seed')
    expect(tied.sentences[0]).toMatch(
      /^x: no answer from one seed: no difference is shown on these rows either; teach /,
    )
  })

  it('gives no answer while runs are missing, and says which and why', async () => {
    const found = await recommended(twoChains, {
      ...shares(0.8, 0.6),
      failure: ({ lessons, seed }) => (lessons.length === 3 && seed === 2 ? 'The loss is NaN at update 3' : undefined),
    })
    expect(found).toMatchObject({ verdict: 'incomplete', take: undefined })
    expect(found.sentences).toEqual([
      'x: no answer yet: 1 run of it failed',
      'base -> y -> x, seed 2, is not tested on x, as "teach base -> y -> x, seed 2" failed: The loss is NaN at update 3',
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
      'Left out: base -> x(learning_rate=0.5), seed 1, is not tested on x, as "teach base -> x(learning_rate=0.5), seed 1" failed: The loss is NaN at update 3',
    )
  })

  it('says when there is no fresh start to compare with', async () => {
    const found = await recommended('chains: [base -> y -> x, other -> y -> x]\nseeds: [1, 2, 3]', {
      right: ({ lessons }) => (lessons[0] === 'base' ? 0.8 : 0.5),
    })
    expect(found).toMatchObject({ verdict: 'fresh-start', take: 'base -> y -> x' })
    expect(found.warnings).toEqual(['No start is taught x alone: the starts are compared with base -> y -> x'])
    expect(found.sentences[0]).toMatch(
      /^x: take base -> y -> x: other -> y -> x is worse by 0\.\d{4} exact-match \(p < 0\.001\)( and costs the same)?$/,
    )
  })

  it('leaves out chains that are not above the floor, and compares the others with one another', async () => {
    const learnt = ({ lessons }: Taught): number => (lessons.length === 2 ? 0 : lessons[1] === 'y' ? 0.5 : 0.9)
    const chains = 'chains: [base -> x, base -> y -> x, base -> x -> y -> x]\nseeds: [1, 2]'
    const found = await recommended(chains, { right: learnt, losses: () => [2, 2, 2, 2] })
    expect(found.evidence.candidates.map(({ chain }) => chain)).toEqual(['base -> y -> x', 'base -> x -> y -> x'])
    expect(found.evidence.excluded).toEqual([
      {
        chain: 'base -> x',
        because: 'floor',
        reason: expect.stringMatching(
          /^is not above the floor \(exact-match 0\.0000; always "x\d+": 0\.0\d+, p = 1\.000\)$/u,
        ),
      },
    ])
    expect(found).toMatchObject({ verdict: 'other-start', take: 'base -> x -> y -> x' })
    expect(found.warnings).toContainEqual(expect.stringMatching(/^Takes no part: base -> x is not above the floor/u))
  })

  it('has nothing to choose where one chain alone has learnt the task', async () => {
    const found = await recommended(twoChains, { right: ({ lessons }) => (lessons.includes('y') ? 0.5 : 0) })
    expect(found).toMatchObject({ verdict: 'no-choice', take: undefined })
    expect(found.sentences[0]).toBe(
      `x: nothing to choose: only base -> y -> x has learnt it yet (exact-match ${found.evidence.candidates[0]!.score.mean.toFixed(4)})`,
    )
  })

  it('says that nothing has been learnt, and what to try, where no chain is above the floor', async () => {
    const found = await recommended(twoChains, { right: () => 0 })
    expect(found).toMatchObject({ verdict: 'nothing-learnt', take: undefined, evidence: { candidates: [] } })
    expect(found.sentences[0]).toMatch(
      /^x: nothing has been learnt yet: the answers of both chains are of no use; teach longer/u,
    )
    expect(found.evidence.excluded.map(({ chain }) => chain)).toEqual(['base -> x', 'base -> y -> x'])
  })

  it.each(['exact-match', 'bleu', 'ter'])(
    'says of a task that one answer does perfectly by %s that it tells nothing',
    async (metric) => {
      const study = writeScriptedStudy(folder, twoChains)
      for (const part of ['train', 'validation', 'test']) {
        const file = join(folder, `x-${part}.csv`)
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/,x\d+$/gmu, ',all that is asked for is this'))
      }
      writeFileSync(study, readFileSync(study, 'utf8').replaceAll('exact-match', metric))
      const { plan, store } = await runScripted(study, { right: () => 1 })
      const [found] = (await conclude(plan, store)).recommendations
      expect(found!.sentences).toEqual([
        'x: no answer: what needs no learning is right on every test row, so that the task tells no chain from another; test it on rows with other answers',
      ])
    },
  )

  it('may take a start as it is', async () => {
    const study = writeScriptedStudy(folder, 'chains: [warm -> x, { chain: warm, evaluate: [x] }]\nseeds: [1, 2, 3]')
    const starts = 'starts:\n  warm: { chain: base -> y, seed: 5 }\n'
    writeFileSync(study, readFileSync(study, 'utf8').replace('starts:\n', starts))
    const { plan, store } = await runScripted(study, { right: ({ lessons }) => (lessons.at(-1) === 'y' ? 0.9 : 0.5) })
    const [found] = (await conclude(plan, store)).recommendations
    expect(found).toMatchObject({ verdict: 'other-start', take: 'warm' })
    expect(found!.sentences[0]).toMatch(
      /^x: take warm as it is, better than the fresh start by 0\.\d+ exact-match .*, for 0 updates instead of 40$/,
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
      `40 of the 200 test rows are among what these chains were taught, exactly or nearly; differences on rows that neither chain was taught: base -> y -> x(batch=4) +${comparison!.difference.toFixed(4)} (p < 0.001)`,
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
  const sentence = (needed: NeededSample, more: object = {}): string =>
    neededSentence({ needed, seeds: { arm: 3, baseline: 3 }, rows: 200, df: 4, difference: 1, ...more })
  it('tells what is enough alone and what is not, and no huge numbers', () => {
    expect(sentence({ rows: 1234, seeds: 4 })).toBe(
      'about 1 more seed of each or 1,100 more test rows would be needed to show it',
    )
    expect(sentence({ rows: 1234, seeds: undefined })).toBe(
      'about 1,100 more test rows would be needed to show it (more seeds alone would not be enough)',
    )
    expect(sentence({ rows: undefined, seeds: 20 })).toBe(
      'about 17 more seeds of each would be needed to show it (more test rows alone would not be enough)',
    )
    expect(sentence({ rows: undefined, seeds: undefined })).toBe(
      'so small a difference is more than this can show, even with a hundred seeds or a hundred times the rows',
    )
    expect(sentence({ rows: undefined, seeds: undefined }, { difference: 0 })).toContain('they score alike')
  })

  it('asks for two seeds at least where there is one', () => {
    const one = { seeds: { arm: 1, baseline: 1 }, df: undefined }
    expect(sentence({ rows: 300, seeds: 4 }, one)).toBe(
      '4 seeds of each would be needed, if seeds scatter as much as test rows do (two at least, to know how much)',
    )
    expect(sentence({ rows: 300, seeds: undefined }, one)).toMatch(/^two seeds of each at least would be needed/)
  })
})
