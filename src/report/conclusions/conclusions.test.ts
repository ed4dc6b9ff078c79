import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runScripted, type Script, type Taught, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import { writeSealedJson } from '../../content/sealed-json.ts'
import { tInterval } from '../../metrics/statistics/intervals.ts'
import { LeakFinder } from '../results/leaked-rows.ts'
import { taskTables } from '../tables/task-table.ts'
import { type Conclusions, conclude } from './conclusions.ts'
import { markdownConclusions } from './render-conclusions.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-conclude-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

type Options = Parameters<typeof writeScriptedStudy>[2]
const right = (share = 0.6): Script => ({ right: () => share })

async function concluded(more: string, script: Script, options: Options = { rows: 40 }): Promise<Conclusions> {
  const { plan, store } = await runScripted(writeScriptedStudy(folder, more, options), script)
  return await conclude(plan, store)
}

describe('scores without leaked rows', () => {
  it('are those of the rows that no lesson of the chain has taught', async () => {
    const more = 'chains: [base -> x, base -> x -> y]\nseeds: [1, 2]'
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40, leaks: 10 }), right())
    const tables = await taskTables(plan, store)
    const [x, y] = [tables.find(({ task }) => task === 'x')!, tables.find(({ task }) => task === 'y')!]
    const { leaked, seeds } = x.rows[0]!
    expect(leaked).toMatchObject({ rows: 10, exact: 10 })
    const rows = seeds.map(({ evaluation }) => {
      const scores = store.scores(evaluation)
      return scores.metrics[0]!.scores.exact! * 40
    })
    // The rows that leak are the first ten: what is left are the others.
    const hits = rightAnswers(store.folderOf('evaluate', seeds[0]!.evaluation))
    expect(hits.length).toBe(40)
    expect(hits.filter(Boolean).length).toBe(rows[0])
    expect(leaked!.seeds[0]!.scores['exact-match']).toBeCloseTo(hits.slice(10).filter(Boolean).length / 30, 12)
    // Nothing of y's test rows was taught, though x's were in the same chain.
    expect(y.rows[0]!.leaked).toMatchObject({ rows: 0, mean: y.rows[0]!.mean })
  })

  it('are found in mixtures too, among the rows that were drawn', async () => {
    const more = 'mixtures: { both: { of: { x: 1, y: 1 } } }\nchains: [base -> both, base -> both -> y]\nseeds: [1]'
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40, leaks: 30 }), right())
    const [x] = (await taskTables(plan, store)).filter(({ task }) => task === 'x')
    const sources = (key: string, part: string): string[] =>
      readFileSync(join(store.folderOf('prepare', key as never), `${part}.jsonl`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { source: string }).source)
    const mixed = [...plan.steps.values()].find((step) => step.kind === 'prepare' && step.mixture !== undefined)!
    const tested = [...plan.steps.values()].find((step) => step.kind === 'evaluate' && step.task.name === 'x')!
    const taught = new Set(sources(mixed.key, 'train'))
    const leaked = sources((tested as { data: string }).data, 'test').filter((source) => taught.has(`x: ${source}`))
    expect(leaked.length).toBeGreaterThan(3)
    expect(leaked.length).toBeLessThan(30)
    expect(x!.rows[0]!.leaked).toMatchObject({ rows: leaked.length, exact: leaked.length })
  })

  it('are found once and kept for the pair of prepare steps', async () => {
    const more = 'chains: [base -> x]\nseeds: [1]'
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40, leaks: 4 }), right())
    const test = [...plan.steps.values()].find((step) => step.kind === 'evaluate')!
    const lessons = plan.chains[0]!.teach
    expect(await new LeakFinder(plan, store).find(test.data, lessons)).toEqual({ exact: [0, 1, 2, 3], near: [] })
    const [file] = readdirSync(join(store.folder, 'leaks'))
    const path = join(store.folder, 'leaks', file!)
    const other = { version: 1, threshold: 0.7, exact: [7], near: [9] }
    writeSealedJson(path, other)
    expect(await new LeakFinder(plan, store).find(test.data, lessons)).toEqual({ exact: [7], near: [9] })
    writeFileSync(path, JSON.stringify(other))
    expect(await new LeakFinder(plan, store).find(test.data, lessons)).toEqual({ exact: [0, 1, 2, 3], near: [] })
    rmSync(join(store.folderOf('prepare', test.data), 'done.json'))
    expect(await new LeakFinder(plan, store).find(test.data, lessons)).toBeUndefined()
  })
})

function rightAnswers(evaluation: string): boolean[] {
  const lines = readFileSync(join(evaluation, 'predictions.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const { prediction, reference } = JSON.parse(line) as { prediction: string; reference: string }
    return prediction === reference
  })
}

describe('convergence', () => {
  const chains = 'chains: [base -> x, base -> y -> x]\nseeds: [1, 2, 3]'
  const losses = (warm: (seed: number) => readonly number[]): Script => ({
    ...right(),
    losses: ({ lessons, seed }: Taught) =>
      lessons.includes('y') && lessons.at(-1) === 'x' ? warm(seed) : [4, 3, 2, 1],
  })

  it('counts updates and minutes to the best of the fresh start, with interval, and areas by hand', async () => {
    const { convergence } = await concluded(
      chains,
      losses((seed) => (seed === 1 ? [1, 0.9, 0.8, 0.7] : [2, 0.9, 0.8, 0.7])),
    )
    const arm = convergence[0]!.arms.find(({ chain }) => chain === 'base -> y -> x')!
    expect(arm.seeds.map(({ updates, target }) => [updates, target])).toEqual([
      [10, 1],
      [20, 1],
      [20, 1],
    ])
    const { mean, low, high } = tInterval([10, 20, 20])
    expect(arm.updates).toEqual({ mean, interval: { low, high } })
    // 40 updates in 120 s.
    expect(arm.minutes!.mean).toBeCloseTo((mean * 3) / 60, 12)
    // Trapezoids of 3, 2.1, 1.2, 0.3 at 10, 20, 30, 40; ten updates at each of these differences.
    expect(arm.seeds[0]!.validationArea).toBeCloseTo(10 * (1.5 + 2.1 + 1.2 + 0.15), 9)
    expect(arm.seeds[0]!.trainingArea).toBeCloseTo(10 * (3 + 2.1 + 1.2 + 0.3), 9)
    const fresh = convergence[0]!.arms.find(({ chain }) => chain === 'base -> x')!
    expect(fresh.updates!.mean).toBe(40)
    expect(fresh.trainingArea!.mean).toBe(0)
  })

  it('has no mean when a seed never gets there', async () => {
    const { convergence, recommendations } = await concluded(chains, {
      ...losses((seed) => (seed === 1 ? [1, 1, 1, 1] : [2, 2, 2, 2])),
      right: ({ lessons }) => (lessons.includes('y') ? 0.95 : 0.4),
    })
    const arm = convergence[0]!.arms.find(({ chain }) => chain === 'base -> y -> x')!
    expect(arm.updates).toBeUndefined()
    expect(arm.seeds.map(({ updates }) => updates)).toEqual([10, undefined, undefined])
    expect(recommendations[0]!.sentences).toContain(
      "base -> y -> x gets to base -> x's best value on the validation rows with 1 of 3 seeds",
    )
  })

  it('refuses curves of another schedule or of other tokens', async () => {
    const more =
      'chains: [base -> x, "base -> y -> x(learning_rate=0.01, epochs=2, warmup_steps=2)", other -> x, other -> y -> x]\nseeds: [1]'
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40 }), right())
    for (const { chain, teach } of plan.chains) {
      if (chain.startName !== 'other') continue
      writeFileSync(join(store.folderOf('teach', teach.at(-1)!), 'spiece.model'), 'another tokenizer')
    }
    const { convergence } = await conclude(plan, store)
    const refused = convergence[0]!.arms.map(({ chain, refused }) => [chain, refused])
    expect(refused).toEqual([
      ['base -> x', undefined],
      [
        'base -> y -> x(learning_rate=0.01, epochs=2, warmup_steps=2)',
        'it is taught otherwise: learning_rate is 0.01, not 0.001, warmup_steps is 2, not 0, it has 8 updates, not 4',
      ],
      ['other -> x', 'its loss is of other tokens'],
      // Beside the fresh start of its own.
      ['other -> y -> x', undefined],
    ])
  })

  it('says nothing of the tokens of a lesson that is not finished', async () => {
    const more = 'chains: [base -> x, other -> x, base -> y -> x]\nseeds: [1]'
    const script: Script = {
      ...right(),
      failure: ({ lessons }) => (lessons.length > 2 || lessons[0] !== 'base' ? 'no memory' : undefined),
    }
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40 }), script)
    const { convergence } = await conclude(plan, store)
    expect(convergence.flatMap(({ arms }) => arms.map(({ chain, refused }) => [chain, refused]))).toEqual([
      ['base -> x', undefined],
    ])
  })
})

describe('transfer', () => {
  const script: Script = {
    right: ({ lessons, seed }, task) => {
      const key = lessons.slice(1).join()
      const shares: Record<string, number> = {
        'x on x': 0.8,
        'x on y': 0.2,
        'y on y': 0.6,
        'x,y on x': 0.5,
        'x,y on y': 0.7,
      }
      return (shares[`${key} on ${task}`] ?? 0.1) + 0.02 * seed
    },
  }

  it('has every checkpoint on every task, as shares of the fresh start, and what is forgotten', async () => {
    const { transfer } = await concluded(
      'chains: [base -> x, base -> y, base -> x -> y]\nevaluate: { everywhere: true }\nseeds: [1, 2]',
      script,
    )
    const score = (checkpoint: string, task: string, index: number): number => {
      const { cells } = transfer!.rows.find((row) => row.checkpoint === checkpoint)!
      return cells.find((cell) => cell?.task === task)!.seeds[index]!.score
    }
    expect(transfer!.rows.map(({ checkpoint }) => checkpoint)).toEqual(['base -> x', 'base -> y', 'base -> x -> y'])
    expect(transfer!.rows.flatMap(({ cells }) => cells).every((cell) => cell !== undefined)).toBe(true)
    const after = transfer!.rows[2]!.cells[0]!
    expect(after.seeds[0]!.share).toBeCloseTo(score('base -> x -> y', 'x', 0) / score('base -> x', 'x', 0), 12)
    expect(after.seeds[0]!.evaluation).toMatch(/^[0-9a-f]{64}$/)
    const [chain] = transfer!.chains
    const forgotten = [0, 1].map((i) => score('base -> x -> y', 'x', i) - score('base -> x', 'x', i))
    expect(chain!.backward).toHaveLength(1)
    expect(chain!.backward[0]!.score.mean).toBeCloseTo((forgotten[0]! + forgotten[1]!) / 2, 12)
    expect(chain!.backward[0]!.score.mean).toBeLessThan(-0.1)
    const later = [0, 1].map((i) => score('base -> x -> y', 'y', i) - score('base -> y', 'y', i))
    expect(chain!.later[0]!.score.mean).toBeCloseTo((later[0]! + later[1]!) / 2, 12)
    // The start itself cannot be tested: it was taught nothing.
    expect(chain!.forward).toEqual([])
    expect(transfer!.missing).toEqual([])
  })

  it('marks scores of answers that are of no use', async () => {
    const chains = 'chains: [base -> x, base -> y, base -> x -> y]\nevaluate: { everywhere: true }'
    const forgets: Script = { right: ({ lessons }, task) => (lessons.at(-1) === 'y' && task === 'x' ? -1 : 0.6) }
    const text = markdownConclusions(await concluded(chains, forgets))
    expect(text).toContain('| base -> y | 0.0000 (!) |')
    expect(text).toContain('(!): with a seed most answers are of no use')
    rmSync(folder, { recursive: true })
    expect(markdownConclusions(await concluded(chains, right()))).not.toContain('(!)')
  })

  it('calls a checkpoint as the chain that ends with it is called, also where another goes on from there', async () => {
    const { transfer } = await concluded(
      'chains: [base -> x -> y, { chain: base -> x, name: x alone }]\nevaluate: { everywhere: true }\nseeds: [1, 2]',
      script,
    )
    expect(transfer!.rows.map(({ checkpoint }) => checkpoint)).toEqual(['x alone', 'base -> x -> y'])
    expect(transfer!.rows[0]!.cells.map((cell) => cell?.seeds.length)).toEqual([2, 2])
    expect(transfer!.chains[0]!.backward).toHaveLength(1)
  })

  it('sets the start itself against what earlier lessons make of it', async () => {
    const more = 'chains: [warm -> x, warm -> y, warm -> x -> y]\nevaluate: { everywhere: true }\nseeds: [1, 2]'
    const study = writeScriptedStudy(folder, more, { rows: 40 })
    const text = readFileSync(study, 'utf8').replace(
      'starts:\n',
      'starts:\n  warm: { chain: base -> x(steps=3), seed: 5 }\n',
    )
    writeFileSync(study, text)
    const { plan, store } = await runScripted(study, {
      right: ({ lessons }, task) => (lessons.length === 2 ? 0.3 : task === 'y' && lessons.at(-1) === 'x' ? 0.45 : 0.7),
    })
    const { transfer } = await conclude(plan, store)
    expect(transfer!.rows[0]!.checkpoint).toBe('warm')
    const cell = (row: number, task: number): number => transfer!.rows[row]!.cells[task]!.score.mean
    const [chain] = transfer!.chains
    const before = transfer!.rows.findIndex(({ checkpoint }) => checkpoint === 'warm -> x')
    expect(chain!.forward[0]!.task).toBe('y')
    expect(chain!.forward[0]!.score.mean).toBeCloseTo(cell(before, 1) - cell(0, 1), 12)
    expect(chain!.forward[0]!.score.mean).toBeGreaterThan(0.05)
  })

  it('keeps two starts apart that come to the same checkpoint', async () => {
    const study = writeScriptedStudy(folder, 'chains: [base -> x -> y, warm -> y]\nseeds: [5]', { rows: 20 })
    const text = readFileSync(study, 'utf8').replace('starts:\n', 'starts:\n  warm: { chain: base -> x, seed: 5 }\n')
    writeFileSync(study, text)
    const { plan, store } = await runScripted(study, { right: () => 0.5 })
    expect(new Set(plan.chains.map(({ teach }) => teach.at(-1))).size).toBe(1)
    const { transfer } = await conclude(plan, store)
    expect(transfer!.rows.map(({ checkpoint }) => checkpoint)).toEqual(['base -> x', 'base -> x -> y', 'warm -> y'])
  })

  it('says what it lacks without tests everywhere', async () => {
    const { transfer } = await concluded('chains: [base -> x, base -> x -> y]\nseeds: [1]', script)
    expect(transfer!.missing).toEqual([
      '2 of 4 pairs of checkpoint and task are tested: set "everywhere: true" under "evaluate" for the others',
    ])
  })
})

describe('rate sensitivity', () => {
  const sweeps = (chains: string): string => `chains: []\nsweeps: [${chains}]\nseeds: [1, 2]`
  const sweep = (chain: string): string => `{ chain: ${chain}, learning_rate: [0.01, 0.02, 0.03] }`
  const rateOf = ({ lessons }: Taught): string => /\((.*)\)/.exec(lessons.at(-1)!)?.[1] ?? ''

  it('finds the best rate of one start, and where it collapses or fails', async () => {
    const { rates } = await concluded(sweeps(sweep('base -> x')), {
      right: (taught) => ({ '0.01': 0.6, '0.02': 0.9 })[rateOf(taught)] ?? 0.02,
    })
    expect(rates).toHaveLength(1)
    expect(rates[0]!.series[0]).toMatchObject({ start: 'base', best: 0.02 })
    expect(rates[0]!.findings[1]).toBe('At 0.03 base collapses: exact-match below a tenth of its best.')
    rmSync(folder, { recursive: true })
    const failing = await concluded(sweeps(sweep('base -> x')), {
      ...right(),
      failure: (taught) => (rateOf(taught) === '0.03' ? 'The loss is NaN' : undefined),
    })
    expect(failing.rates[0]!.findings.at(-1)).toBe('At 0.03 base fails: The loss is NaN.')
  })

  it('calls no rate collapsed where the best is of no use either', async () => {
    const { rates } = await concluded(sweeps(sweep('base -> x')), right(0.05), { rows: 40, metric: 'ter' })
    expect(rates[0]!.series[0]!.points.map(({ score }) => score.mean > 100)).toEqual([true, true, true])
    expect(rates[0]!.series[0]!.points.flatMap(({ collapsed }) => collapsed)).toEqual([])
  })

  it('tells series of one start apart by what else its lesson is given', async () => {
    const swept = '{ chain: base -> x, learning_rate: [0.01, 0.02], order: [file, length] }'
    const { rates } = await concluded(sweeps(swept), {
      right: (taught) => (rateOf(taught) === 'learning_rate=0.01, order=file' ? 0.9 : 0.4),
    })
    const [first, second] = ['base with order=file', 'base with order=length']
    expect(rates[0]!.rankings.map(({ starts }) => starts.toSorted())).toEqual([
      [first, second],
      [first, second],
    ])
    expect(rates[0]!.findings[0]).toContain(`exact-match of ${first} lies between`)
    expect(rates[0]!.findings[1]).toContain(`exact-match of ${second} lies between`)
  })

  it('says whether the first start changes with the rate, and which is better at one rate only', async () => {
    const both = sweeps(`${sweep('base -> x')}, ${sweep('base -> y -> x')}`)
    const changing = await concluded(
      both,
      {
        right: (taught) => (taught.lessons.includes('y') ? (rateOf(taught) === '0.02' ? 0.95 : 0.5) : 0.7),
      },
      { rows: 100 },
    )
    const [found] = changing.rates
    expect(found!.rankings.map(({ starts }) => starts[0])).toEqual(['base', 'base -> y', 'base'])
    expect(found!.findings).toContain(
      'Which start leads changes with the rate: base at 0.01, base -> y at 0.02, base at 0.03.',
    )
    expect(found!.findings).toContain('base -> y is separably better than the fresh start at one rate only, 0.02.')
    rmSync(folder, { recursive: true })
    const steady = await concluded(both, { right: ({ lessons }) => (lessons.includes('y') ? 0.9 : 0.4) })
    expect(steady.rates[0]!.findings.at(-1)).toBe('The ranking of the starts is the same at all 3 common rates.')
  })
})

describe('costs', () => {
  it('adds up lessons, and leaves out what not every lesson has measured', async () => {
    const { costs } = await concluded('chains: [base -> x, base -> y -> x]\nseeds: [1, 2]', {
      ...right(),
      outcome: ({ lessons, seed }) => ({
        cpuSeconds: 360 * seed,
        ...(lessons.at(-1) === 'x' ? { energyJoules: 7200 } : {}),
      }),
    })
    expect(costs.map(({ chain, seeds, all, last }) => ({ chain, seeds, all, last }))).toEqual([
      {
        chain: 'base -> x',
        seeds: 2,
        all: { updates: 40, minutes: 2, cpuHours: 0.15000000000000002, wattHours: 2 },
        last: { updates: 40, minutes: 2, cpuHours: 0.15000000000000002, wattHours: 2 },
      },
      {
        chain: 'base -> y -> x',
        seeds: 2,
        all: { updates: 80, minutes: 4, cpuHours: 0.30000000000000004, wattHours: undefined },
        last: { updates: 40, minutes: 2, cpuHours: 0.15000000000000002, wattHours: 2 },
      },
    ])
  })
})

describe('costs of a start that is tested as it is', () => {
  it('are nothing, neither in all nor in the last lesson', async () => {
    const file = writeScriptedStudy(folder, 'chains: [base -> x, { chain: first, evaluate: [x] }]', { rows: 10 })
    const text = readFileSync(file, 'utf8').replace('starts:\n', 'starts:\n  first: { chain: base -> y, seed: 1 }\n')
    writeFileSync(file, text)
    const { plan, store } = await runScripted(file, right())
    const { costs } = await conclude(plan, store)
    const first = costs.find(({ chain }) => chain === 'first')!
    expect([first.all, first.last, first.withStart].map((cost) => cost?.updates)).toEqual([0, 0, 40])
  })
})

describe('comparisons', () => {
  const tablesOf = async (more: string, script: Script) => {
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40 }), script)
    return await taskTables(plan, store)
  }

  it('take seeds that have come to one model for no chance, and say so', async () => {
    const chains = 'chains: [base -> x, other -> x]\nseeds: [1, 2, 3]'
    const drawn: Script = { right: ({ lessons, seed }) => (lessons[0] === 'base' ? 0.5 : 0.55 + seed / 20) }
    const [apart] = await tablesOf(chains, drawn)
    rmSync(folder, { recursive: true })
    const weights = (taught: Taught): unknown => (taught.lessons[0] === 'base' ? taught.lessons : taught)
    const [table] = await tablesOf(chains, { ...drawn, weights })
    const [before, now] = [apart, table].map((one) => one!.rows[1]!.comparison!)
    expect(table!.rows.map(({ seeds }) => seeds.length)).toEqual([3, 3])
    expect(now!.difference).toBe(before!.difference)
    expect(now!.chance.seeds!).toBeLessThan(before!.chance.seeds!)
    const sentence =
      'Seeds 1, 2 and 3 of "base -> x" have come to the same model, as its lessons draw nothing by them: its scores say nothing of chance'
    expect(table!.notes).toContain(sentence)
    expect(apart!.notes).not.toContain(sentence)
  })

  it('count no chain beside itself, and chains of the same models once', async () => {
    const swept = 'sweeps: [{ chain: base -> x, learning_rate: [0.001, 0.01] }]\nseeds: [1, 2]'
    const named = 'chains: [base -> x, { chain: "base -> x(learning_rate=0.01)", name: again }]'
    const [table] = await tablesOf(`${named}\n${swept}`, {
      right: ({ lessons }) => (lessons.includes('x(0.01)') ? 0.9 : 0.5),
    })
    const found = table!.rows.map(({ chain, comparison }) => [chain, comparison?.comparisons, comparison?.difference])
    const difference = found[1]![2]
    expect(difference).toBeGreaterThan(0.2)
    expect(found).toEqual([
      ['base -> x', undefined, undefined],
      ['again', 1, difference],
      ['base -> x(learning_rate=0.001)', 1, 0],
      ['base -> x(learning_rate=0.01)', 1, difference],
    ])
  })

  it('are drawn once and read from the store afterwards', async () => {
    const more = 'chains: [base -> x, base -> y -> x]\nseeds: [1, 2]'
    const { plan, store } = await runScripted(writeScriptedStudy(folder, more, { rows: 40 }), right())
    const first = await conclude(plan, store)
    expect(await conclude(plan, store)).toEqual(first)
    const [file, ...others] = readdirSync(join(store.folder, 'comparisons'))
    expect(others).toEqual([])
    const path = join(store.folder, 'comparisons', file!)
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { evaluations: string[][]; comparison: { p: number } }
    expect(kept.evaluations.flat()).toEqual(
      expect.arrayContaining(first.recommendations[0]!.evidence.candidates[0]!.seeds.map((one) => one.evaluation)),
    )
    const { evaluations, comparison } = kept
    writeSealedJson(path, { evaluations, comparison: { ...comparison, p: 0.123 } })
    const again = await conclude(plan, store)
    expect(again.recommendations[0]!.evidence.candidates[1]!.comparison!.p).toBe(0.123)
    writeFileSync(path, JSON.stringify({ ...kept, comparison: { ...comparison, p: 0.123 } }))
    expect(await conclude(plan, store)).toEqual(first)
    writeFileSync(path, '{ torn')
    expect(await conclude(plan, store)).toEqual(first)
  })
})

describe('markdownConclusions()', () => {
  it('has a section for each task and each kind of evidence', async () => {
    const page = markdownConclusions(
      await concluded('chains: [base -> x, base -> y -> x]\nseeds: [1, 2]', {
        right: ({ lessons }) => (lessons.includes('y') ? 0.9 : 0.4),
      }),
    )
    expect(page.match(/^### .*/gm)).toEqual([
      '### Which start for x',
      '### How fast the last lesson learns x',
      '### Every checkpoint on every task',
      '### What lessons do to each other',
      '### What each chain cost',
    ])
    expect(page).toContain('- x: take base -> y -> x, better than the fresh start by')
    expect(page).toContain('| base -> y -> x | 80 | 4.00 | – | – | 40 | 2.00 | – | – |')
    expect(page).not.toMatch(/NaN|undefined/)
    // Nor is a cell blank, which says neither that there is nothing nor why.
    expect(page).not.toMatch(/\| {2,}\||\| *$\n\| *\|/mu)
  })
})
