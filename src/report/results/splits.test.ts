import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { runScripted, type Script } from '../../../test/rig/scripted-study.ts'
import { seededRandom } from '../../base/random.ts'
import type { Comparison } from '../../metrics/statistics/compare-arms.ts'
import { studentTail } from '../../metrics/statistics/student-t.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { Store } from '../../study/store/store.ts'
import { conclude } from '../conclusions/conclusions.ts'
import { neededSentence } from '../conclusions/needed-sentence.ts'
import { csvTable, leakCells, markdownTable } from '../tables/render-table.ts'
import { type TaskTable, taskTables } from '../tables/task-table.ts'
import { LeakFinder } from './leaked-rows.ts'

const random = seededRandom(6)
const word = (): string => Array.from({ length: 30 }, () => String.fromCharCode(97 + random.below(26))).join('')
const table = (task: string): string =>
  ['source,target', ...Array.from({ length: 100 }, (_, row) => `${word()},${task}${row}`)].join('\n')
const files = { 'x.csv': table('x'), 'y.csv': table('y') }

const text = (more: string, splits = ', splits: 3'): string => `study: splits
starts:
  base: { scratch: { d_model: 8 }, tokenizer: spiece.model }
tasks:
  x:
    prefix: "x: "
    data: { file: x.csv, split: { train: 60, validation: 10, test: 30${splits} } }
    teach: { learning_rate: 0.001, epochs: 1, batch: 5 }
    metrics: [exact-match]
  y:
    prefix: "y: "
    data: { file: y.csv, split: { train: 60, validation: 10, test: 30 } }
    teach: { learning_rate: 0.001, epochs: 1, batch: 5 }
    metrics: [exact-match]
${more}
`
const chains = 'chains: [base -> x, base -> y -> x]\nseeds: [7, 8, 9]'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-splits-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Chains of two lessons are right as often as is said for each seed. */
const scriptOf = (second: readonly number[]): Script => ({
  right: ({ lessons, seed }) => (lessons.length === 2 ? [0.4, 0.5, 0.45] : second)[seed - 7]!,
})

async function ran(
  second: readonly number[],
  tables: Readonly<Record<string, string>> = files,
): Promise<{ plan: Plan; store: Store; table: TaskTable }> {
  const file = writeFakeStudy(folder, { 'study.yaml': text(chains), ...tables })
  const { plan, store } = await runScripted(file, scriptOf(second))
  const [found] = await taskTables(plan, store)
  return { plan, store, table: found! }
}

describe('a study with splits', () => {
  it('teaches and tests each seed on a division of its own, the first that of the study without them', async () => {
    const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text(chains), ...files }))
    const plain = await planFile(writeFakeStudy(join(folder, 'plain'), { 'study.yaml': text(chains, ''), ...files }))
    const labels = [...plan.steps.values()].filter(({ kind }) => kind === 'prepare').map(({ label }) => label)
    expect(labels).toEqual([
      'prepare x (split 1 of 3)',
      'prepare x (split 2 of 3)',
      'prepare x (split 3 of 3)',
      'prepare y',
    ])
    expect([...plain.steps.values()].filter(({ kind }) => kind === 'prepare')).toHaveLength(2)
    const keysOf = ({ chains: all }: Plan, seed: number): string[] =>
      all
        .filter((one) => one.seed === seed)
        .flatMap(({ teach, evaluations }) => [...teach, ...evaluations.map(({ key }) => key)])
    expect(keysOf(plan, 7)).toEqual(keysOf(plain, 7))
    expect(keysOf(plan, 8)).not.toEqual(keysOf(plain, 8))
    for (const { teach, evaluations } of plan.chains) {
      const taught = plan.steps.get(teach.at(-1)!)
      const tested = plan.steps.get(evaluations[0]!.key)
      expect(taught?.kind === 'teach' && taught.data).toBe(tested?.kind === 'evaluate' && tested.data)
    }
  })

  it('compares split by split, corrected for what splits share', async () => {
    const { plan, store, table } = await ran([0.75, 0.9, 0.8])
    const [fresh, chain] = table.rows
    const differences = [0, 1, 2].map(
      (at) => chain!.seeds[at]!.scores['exact-match']! - fresh!.seeds[at]!.scores['exact-match']!,
    )
    const mean = differences.reduce((a, b) => a + b) / 3
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2
    const error = Math.sqrt((1 / 3 + 30 / 60) * variance)
    expect(chain!.comparison).toMatchObject({ splits: 3, df: 2, rows: 30, comparisons: 1 })
    expect(chain!.comparison!.difference).toBeCloseTo(mean, 12)
    expect(chain!.comparison!.p).toBeCloseTo(2 * studentTail(mean / error, 2), 8)
    expect(table).toMatchObject({ splits: { count: 3, overlap: 0.5 }, examples: 30, notes: [] })
    const { recommendations } = await conclude(plan, store)
    expect(recommendations[0]!.evidence.candidates[1]!.comparison).toEqual(chain!.comparison)
    expect(recommendations[0]!.sentences[1]).toContain('30 test rows, 3 splits with a seed each')
    const markdown = markdownTable(table)
    expect(markdown).toContain('means over 3 of 3 splits of one data set')
    expect(markdown).toContain('corrected for the rows that they share (df 2)')
  })

  it('widens the interval of a mean, and has floors and leaks of all splits', async () => {
    // The same source twice but for its case: some divisions teach one and test the other.
    const rows = files['x.csv'].split('\n')
    rows[5] = `${rows[1]!.split(',')[0]!.toUpperCase()},x4`
    const { plan, store, table } = await ran([0.75, 0.9, 0.8], { ...files, 'x.csv': rows.join('\n') })
    const [fresh] = table.rows
    const { low, high } = fresh!.interval!['exact-match']!
    const plain = (4.302652729911275 * fresh!.deviation!['exact-match']!) / Math.sqrt(3)
    expect((high - low) / 2 / plain).toBeCloseTo(Math.sqrt(1 + 3 * 0.5), 8)
    const leaks = new LeakFinder(plan, store)
    const leaked = fresh!.seeds.map(async ({ evaluation, lessons }) => {
      const test = plan.steps.get(evaluation)
      return test?.kind === 'evaluate' && (await leaks.find(test.data, lessons))?.exact.length
    })
    // A leak in one of them is not rounded away.
    expect(await Promise.all(leaked)).toEqual([0, 1, 0])
    expect(fresh!.leaked).toMatchObject({ rows: 1, exact: 1 })
    expect(leakCells(table)[1]!.slice(1, 3)).toEqual(['0 to 1', '0 to 1'])
    const perSeed = csvTable(table).split('\n').slice(1, 4)
    expect(perSeed.map((line) => line.split(',')[4])).toEqual(['0', '1', '0'])
    const { recommendations } = await conclude(plan, store)
    expect(recommendations[0]!.warnings.join()).toContain('0 to 1 of the 30 test rows is among what these chains')
    expect(table.floors.map(({ kind, name }) => [kind, name])).toContainEqual([
      'constant',
      'the best constant answer of each split',
    ])
    expect(fresh!.floor).toMatchObject({ above: true })
  })

  it('widens the intervals of conclusions as those of tables', async () => {
    const swept = 'chains: [base -> x, "base -> x(learning_rate=0.01)", base -> y -> x]\nseeds: [7, 8, 9]'
    const file = writeFakeStudy(folder, { 'study.yaml': text(swept), ...files })
    const { plan, store } = await runScripted(file, scriptOf([0.75, 0.9, 0.8]))
    const [found] = await taskTables(plan, store)
    const { low, high } = found!.rows[0]!.interval!['exact-match']!
    const { transfer, rates } = await conclude(plan, store)
    const cell = transfer!.rows.find(({ checkpoint }) => checkpoint === 'base -> x')!.cells[0]!
    expect(cell.score.interval).toEqual({ low, high })
    const point = rates[0]!.series[0]!.points.find(({ chain }) => chain === 'base -> x')!
    expect(point.score.interval).toEqual({ low, high })
  })

  it('compares the splits that both chains have finished', async () => {
    const file = writeFakeStudy(folder, { 'study.yaml': text(chains), ...files })
    const { plan, store } = await runScripted(file, {
      ...scriptOf([0.75, 0.9, 0.8]),
      failure: ({ lessons, seed }) => (lessons.includes('y') && seed === 8 ? 'too little memory' : undefined),
    })
    const [found] = await taskTables(plan, store)
    expect(found!.rows[1]!.comparison).toMatchObject({ splits: 2, df: 1, seeds: { arm: 2, baseline: 2 } })
  })

  it('says what splits would show a difference that is not separable', async () => {
    const { plan, store } = await ran([0.5, 0.56, 0.5])
    const { recommendations } = await conclude(plan, store)
    const [answer] = recommendations
    const [, { comparison }] = answer!.evidence.candidates as [unknown, { comparison: Comparison }]
    expect(comparison).toMatchObject({ separable: false, df: 2, needed: { rows: undefined } })
    expect(answer!.sentences[1]).toContain('even with a hundred splits of these rows: more rows are needed')
    const reachable = { ...comparison, needed: { seeds: 7, rows: undefined } }
    expect(neededSentence(reachable)).toBe('about 4 more splits with a seed each would be needed to show it')
  })

  it('is refused where rows cannot be divided so often, or seeds are others', async () => {
    const faultsOf = async (changed: string): Promise<string> =>
      await planFile(writeFakeStudy(folder, { 'study.yaml': changed, ...files })).then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await faultsOf(text(chains, ', splits: 5'))).toContain('found 5, wanted 3, as many as "seeds"')
    expect(await faultsOf(text(chains, ', splits: 3, shuffle: false'))).toContain('without "shuffle"')
    const own = text(chains).replace('test: 30, splits: 3 } }', 'splits: 3 }, test: { file: y.csv } }')
    expect(await faultsOf(own)).toContain('"test" has a file of its own')
    const other = text(
      'chains: [{ chain: base -> x, seeds: [7, 11] }, { chain: base -> y, seeds: [12] }]\nseeds: [7, 8, 9]',
    )
    const told = await faultsOf(other)
    expect(told).toContain('with seed 11 as "x" has a split for each of the study\'s seeds (7, 8, 9)')
    expect(told).not.toContain('seed 12')
  })

  it('leaves a study without them as it is', async () => {
    const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': fakeStudyText }))
    expect([...plan.study.tasks.values()].every(({ data }) => !('splits' in data))).toBe(true)
  })
})
