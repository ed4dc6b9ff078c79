import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../base/random.ts'
import { type Comparison, correctComparisons, type RawComparison } from '../../metrics/statistics/compare-arms.ts'
import { verdictOf } from '../results/verdict.ts'
import { formatScore } from '../words/format-score.ts'
import { answerWidth } from './answer-line.ts'
import type { Candidate, Evidence } from './evidence.ts'
import { type Recommendation, recommend } from './recommendation.ts'

const column = { name: 'macro_f1', metric: 'labels', field: 'macro_f1', best: 1, signature: '' }

/** A comparison whose p, interval and difference belong together, as those of the crossed test do. */
function drawRaw(random: Random, seeds: number): RawComparison {
  const p = random.uniform() < 0.5 ? 0.03 * random.uniform() ** 3 : random.uniform()
  const difference = (random.uniform() < 0.5 ? -1 : 1) * random.uniform() * 0.4
  const standardError = Math.abs(difference) / (1 + 3 * (1 - p))
  const interval = { low: difference - standardError, high: difference + standardError }
  const ofSeeds = seeds === 1 ? undefined : standardError ** 2 / 2
  const chance = { seeds: ofSeeds, rows: standardError ** 2 / 2, single: ofSeeds && ofSeeds * seeds, both: 0 }
  const df = seeds === 1 ? undefined : 2 * (seeds - 1)
  return { difference, standardError, df, p, interval, chance, seeds: { arm: seeds, baseline: seeds }, rows: 200 }
}

/** As corrected ones are, but that each is by itself. */
function drawComparison(random: Random, seeds: number): Comparison {
  const found = drawRaw(random, seeds)
  const differs = found.p < 0.05
  const seedsNeeded = random.uniform() < 0.5 ? undefined : 2 + random.below(40)
  return {
    ...found,
    uncorrected: found.p,
    comparisons: 1,
    differs,
    separable: differs && seeds > 1,
    detectable: random.uniform() < 0.1 ? Number.NaN : 2 * random.uniform(),
    needed: { seeds: seedsNeeded, rows: undefined },
  }
}

interface World {
  readonly evidence: Evidence
  readonly excluded: readonly string[]
}

/** Up to 12 candidates with differences of every kind, and chains that take no part. */
function drawWorld(random: Random): World {
  const count = random.below(13)
  const seeds = 1 + random.below(4)
  const chains = Array.from({ length: count }, (_, at) => nameOf(random, at))
  const compare = (): readonly Comparison[] => chains.slice(1).map(() => drawComparison(random, seeds))
  const [compared, without, best] = [compare(), compare(), compare()]
  const hasFresh = random.uniform() < 0.8
  const candidates = chains.map(
    (chain, at): Candidate => ({
      chain,
      start: chain.split(' -> ').slice(0, -1).join(' -> '),
      fresh: hasFresh && (at === 0 || random.uniform() < 0.2),
      score: { mean: 0.5 + (compared[at - 1]?.difference ?? 0), interval: undefined } as Candidate['score'],
      comparison: compared[at - 1],
      againstBest: best[at - 1],
      leaks:
        at > 0 && random.uniform() < 0.2
          ? { rows: 1 + random.below(50), fewest: 1, comparison: without[at - 1] }
          : undefined,
      cost: random.uniform() < 0.9 ? costOf(chain, [40, 80, 120, 12345][random.below(4)]!) : undefined,
      convergence: undefined,
      health: [],
      seeds: [],
    }),
  )
  const excluded = Array.from({ length: random.below(3) }, (_, at) => `excluded${at} -> res`)
  const evidence: Evidence = {
    task: ['res', '評価', 'a-task-with-a-name-that-is-longer-than-anybody-would-like-to-read'][random.below(3)]!,
    ...(random.uniform() < 0.3 && { names: { macro_f1: 'Macro F1', [chains[0] ?? 'x']: 'Fresh as can be' } }),
    column: random.uniform() < 0.2 ? { ...column, lowIsBetter: true } : column,
    examples: 200,
    candidates,
    unfair: [],
    excluded: excluded.map((chain) => ({
      chain,
      because: (['floor', 'answers', 'perfect-floor'] as const)[random.below(3)]!,
      reason: 'is not above the floor',
    })),
    toTry: ['use more training rows or fewer epochs, as the validation loss rose again from 2.31 to 2.89'],
    learntBesides: [],
    leftOut: [],
    leftOpen: [],
    missing: random.uniform() < 0.05 ? ['one run'] : [],
    failed: 0,
  }
  return { evidence, excluded }
}

function nameOf(random: Random, at: number): string {
  const middle = ['', 'a2t -> ', '甲乙丙丁戊己庚辛 -> ', 'a2t -> trans -> a2t -> trans -> a2t -> trans -> '][
    random.below(4)
  ]!
  return `start${at} -> ${middle}res`
}

function costOf(chain: string, updates: number): Candidate['cost'] {
  const cost = { updates, minutes: 2, cpuHours: undefined, wattHours: undefined }
  return { chain, start: 'base', seeds: 1, last: cost, all: cost, withStart: undefined, lessons: [] }
}

/** How many chains an answer says this of: "the 3 others are worse", "base -> y -> x is worse". */
function claimed(line: string, words: string): number {
  const several = [...line.matchAll(new RegExp(`(\\d+) others are ${words}`, 'gu'))]
  const single = [...line.matchAll(new RegExp(` is ${words}`, 'gu'))]
  return several.reduce((sum, [, count]) => sum + Number(count), 0) + single.length
}

function verdicts({ evidence }: Recommendation): string[] {
  return evidence.candidates.flatMap(({ comparison }) =>
    comparison === undefined ? [] : [verdictOf(comparison, evidence.column!)],
  )
}

describe('answerLine()', () => {
  it('says of generated results what the verdicts say, in two lines, and takes no excluded chain', () => {
    const seen = new Set<string>()
    for (let world = 0; world < 150; world++) {
      const { evidence, excluded } = drawWorld(seededRandom([world, 10]))
      const found = recommend(evidence)
      const line = found.sentences[0]!
      seen.add(found.verdict)
      expect(stringWidth(line), line).toBeLessThanOrEqual(answerWidth)
      expect(line).not.toMatch(/NaN|undefined|Infinity|separable|floor|Holm|\(\)|[;,:] ?$| {2}/u)
      if (found.verdict !== 'nothing-learnt') for (const chain of excluded) expect(line).not.toContain(chain)
      expect(excluded).not.toContain(found.take)
      const count = (...wanted: string[]): number => verdicts(found).filter((one) => wanted.includes(one)).length
      if (!['fresh-start', 'not-separable', 'other-start'].includes(found.verdict)) {
        expect(line).not.toMatch(/\b(?:better|worse|take)\b/u)
        continue
      }
      expect(line).toMatch(/: take /u)
      if (found.verdict === 'other-start') {
        const taken = evidence.candidates.find(({ chain }) => chain === found.take)!
        expect(verdictOf(taken.comparison!, evidence.column!)).toBe('better')
        expect(line).toContain(`by ${formatScore(Math.abs(taken.comparison!.difference), 1)} `)
        const others = / (\d+) others? (?:is|are) better too/u.exec(line)?.[1]
        if (others !== undefined) expect(Number(others)).toBe(count('better') - 1)
        expect(line).not.toContain('worse')
      } else {
        expect(claimed(line, 'worse'), line).toBe(count('worse'))
        // The reference is among those that are not shown to be better where another is taken.
        const unshown = count('not separable', 'not separable on these rows', 'differs on these rows')
        expect(claimed(line, 'not shown to be better'), line).toBe(found.verdict === 'fresh-start' ? 0 : unshown)
      }
    }
    expect([...seen].sort()).toEqual(
      ['fresh-start', 'incomplete', 'no-choice', 'not-separable', 'nothing-learnt', 'one-seed', 'other-start'].sort(),
    )
  })

  const told = (
    compared: readonly Comparison[],
    more: Partial<Evidence> = {},
    chains = ['base -> x', 'base -> y -> x'],
  ) =>
    recommend({
      task: 'x',
      column,
      examples: 200,
      unfair: [],
      excluded: [],
      toTry: [],
      learntBesides: [],
      leftOut: [],
      leftOpen: [],
      missing: [],
      failed: 0,
      ...more,
      candidates: chains.map((chain, at) => ({
        chain,
        start: chain.split(' -> ').slice(0, -1).join(' -> '),
        fresh: at === 0,
        score: { mean: 0.5, interval: undefined } as Candidate['score'],
        comparison: compared[at - 1],
        againstBest: undefined,
        leaks: undefined,
        cost: costOf(chain, 40 * (at + 1)),
        convergence: undefined,
        health: [],
        seeds: [],
        ...more.candidates?.[at],
      })),
    }).sentences[0]!

  const raw = (difference: number, p: number): RawComparison => ({
    ...drawRaw(seededRandom([1]), 3),
    difference,
    p,
    standardError: 0.02,
  })

  it('says why nothing can be told where no candidate has learnt the task', () => {
    const none = (because: 'floor' | 'perfect-floor', more: Partial<Evidence> = {}): string =>
      told([], { ...more, excluded: [{ chain: 'base -> x', because, reason: '' }], toTry: ['teach longer'] }, [])
    expect(none('floor')).toBe(
      'x: nothing has been learnt yet: base -> x is not shown to be above what needs no learning; teach longer',
    )
    expect(none('perfect-floor')).toBe(
      'x: no answer: what needs no learning is right on every test row, so that the task tells no chain from another; test it on rows with other answers',
    )
    expect(none('floor', { learntBesides: ['base -> x(epochs=30)'] })).toBe(
      'x: no answer yet: with its own settings nothing has been learnt, while base -> x(epochs=30) has learnt it; teach all chains alike',
    )
  })

  it('says what has failed and what is not finished', () => {
    const lacks = (runs: number, failed: number): string =>
      told([], { missing: Array.from({ length: runs }, () => 'a run'), failed })
    expect([lacks(2, 2), lacks(3, 1), lacks(2, 1), lacks(1, 0)]).toEqual([
      'x: no answer yet: 2 runs of it failed',
      'x: no answer yet: 1 run of it failed, 2 are not finished',
      'x: no answer yet: 1 run of it failed, 1 is not finished',
      'x: no answer yet: 1 run of it is not finished',
    ])
  })

  it('calls chains and scores what the study calls them', () => {
    const names = { 'base -> x': 'Alone', 'base -> y -> x': 'Twice', macro_f1: 'Macro F1', x: 'Reviews' }
    expect(told(correctComparisons([raw(0.2, 0.001)]), { names })).toBe(
      'Reviews: take Twice, better than the fresh start by 0.2000 Macro F1 (p = 0.001), for 80 updates instead of 40',
    )
    expect(told(correctComparisons([raw(-0.2, 0.001)]), { names })).toBe(
      'Reviews: take the fresh start (Alone): Twice is worse by 0.2000 Macro F1 (p = 0.001) and costs 80 updates instead of 40',
    )
  })

  it('says where verdicts are others without the test rows that were taught', () => {
    const [comparison, without] = [raw(0.2, 0.001), raw(0.02, 0.4)].map((one) => correctComparisons([one])[0]!)
    const leaks = { rows: 43, comparison: without! }
    const candidates = [{}, { leaks }] as unknown as Evidence['candidates']
    expect(told([comparison!], { candidates })).toMatch(/; not so without 43 leaked test rows$/u)
    const alike = [{}, { leaks: { rows: 43, fewest: 43, comparison } }] as unknown as Evidence['candidates']
    expect(told([comparison!], { candidates: alike })).not.toContain('43')
  })

  const three = ['base -> x', 'base -> y -> x', 'base -> z -> x']

  it('says what a choice costs, also where that is the same', () => {
    const tied = correctComparisons([raw(0.01, 0.8)])
    const costs = (...updates: number[]) =>
      told(tied, { candidates: updates.map((of) => ({ cost: costOf('', of) })) as unknown as Evidence['candidates'] })
    expect(costs(40, 80)).toContain('is not shown to be better and costs 80 updates instead of 40')
    expect(costs(40, 40)).toContain('is not shown to be better and costs the same')
    // Of equals the first is taken, which is the fresh start.
    expect(costs(40, 40)).toMatch(/^x: take the fresh start/u)
    expect(costs(80, 40)).toMatch(/^x: take base -> y -> x: /u)
  })

  it('gives the largest p of several that are worse, as a bound', () => {
    const worse = correctComparisons([raw(-0.2, 0.001), raw(-0.4, 0.0001)])
    expect(told(worse, {}, three)).toContain('the 2 others are worse by 0.2000 to 0.4000 macro_f1 (p <= 0.001)')
    expect(told(worse.slice(0, 1))).toContain('base -> y -> x is worse by 0.2000 macro_f1 (p = 0.001)')
  })

  it('tells of one seed the largest difference, and how many seeds would show it', () => {
    const one = (difference: number, seeds: number | undefined): Comparison => {
      const [comparison] = correctComparisons([{ ...raw(difference, 0.001), df: undefined }])
      return { ...comparison!, needed: { seeds, rows: undefined } }
    }
    expect(told([one(0.1, 9), one(-0.3, 4)], {}, three)).toMatch(
      /^x: no answer from one seed: base -> z -> x differs from the fresh start on these rows \(-0\.3000 macro_f1, p = 0\.001\); teach about 4 seeds of each$/u,
    )
    expect(told([one(0.1, 2)])).toMatch(/; teach 2 seeds of each at least$/u)
    expect(told([one(0.1, undefined)])).toMatch(/; teach 2 seeds of each at least, and test more rows$/u)
  })

  it('leaves out details before it shortens names, and shortens them in the middle', () => {
    const long = `base -> ${'y -> '.repeat(40)}x`
    const line = told(correctComparisons([raw(-0.2, 0.001)]), {}, ['base -> x', long])
    expect(line).toMatch(/^x: take the fresh start \(base -> x\): base -> y -> y -> .*….*y -> x is worse/u)
  })
})
