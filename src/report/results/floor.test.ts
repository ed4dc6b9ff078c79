import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { readAllJsonLines, writeJsonLines } from '../../base/json-lines.ts'
import { runStudy } from '../../execute/run-study.ts'
import type { StepRunners } from '../../study/steps/runners.ts'
import { Store } from '../../study/store/store.ts'
import { latexTable } from '../tables/latex-table.ts'
import { csvSummary, csvTable, markdownTable, tableCells } from '../tables/render-table.ts'
import { type TaskTable, taskTables } from '../tables/task-table.ts'
import { readArms, tableRequests } from './arms.ts'
import type { FloorTest } from './floor.ts'
import { studyResults } from './study-results.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-floor-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Answers of a lesson to its task's test rows, by whether it was taught and the row's number. */
type Answering = (row: { source: string; target: string }, index: number) => string

const rowsOf = (path: string): { source: string; target: string }[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

async function studied(text: string, answer: Answering, files = {}) {
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text, ...files }))
  const store = new Store(join(folder, 'store'))
  const predict: StepRunners['predict'] = async ({ sources, out }) => {
    await writeJsonLines(
      out,
      rowsOf(sources).map((row, index) => ({ prediction: answer(row, index) ?? 'a prefix test', finish: 'end' })),
    )
    return { seconds: 1, peakRssBytes: 1 }
  }
  const report = await runStudy(plan, { store, runners: { ...fakeRunners(), predict }, program: 'test' })
  expect(report.failed).toEqual([])
  return { plan, store }
}

type Studied = Awaited<ReturnType<typeof studied>>

const tableOf = async ({ plan, store }: Studied, task: string): Promise<TaskTable> =>
  (await taskTables(plan, store)).find((table) => table.task === task)!

async function testsOf({ plan, store }: Studied, task: string): Promise<(FloorTest | undefined)[]> {
  const results = studyResults(plan, store)
  const arms = readArms(tableRequests(plan).find((one) => one.task === task)!, results)!
  return await Promise.all(arms.arms.map((arm) => results.floors.test(arm, arms)))
}

const manyRows = {
  'reviews.csv': `review,policies\n${Array.from({ length: 80 }, (_, i) => `review ${i},${['Cost', 'Food', 'na', 'na'][i % 4]}`).join('\n')}\n`,
}
/** With a start that has been taught before, and may be tested as it is. */
const asItIs = fakeStudyText.replace('tasks:', '  taught: { chain: base -> res, seed: 1 }\ntasks:')
const onLabels = fakeStudyText
  .replace('{ train: 12, validation: 4, test: 4 }', '{ train: 36, validation: 4, test: 40 }')
  .replace(/chains:.*/su, 'chains: [base -> res]\nseeds: [1, 2]\n')

describe('Floors', () => {
  it('stand below the rows of each table, in every format, named for what they are', async () => {
    const done = await studied(onLabels, ({ target }) => target, manyRows)
    const table = await tableOf(done, 'res')
    const answers = done.store.predictionsFile(table.rows[0]!.seeds[0]!.evaluation)
    const rows = await readAllJsonLines<{ reference: string }>(answers)
    const none = rows.filter(({ reference }) => reference === 'none').length / 40
    expect(table.floors).toEqual([
      { kind: 'constant', name: 'always "none"', scores: { exact: none, macro_f1: 0, samples_f1: 0 } },
    ])
    expect(tableCells(table).at(-1)).toEqual(['always "none"', none.toFixed(4), '0.0000', '0.0000', '–', '–'])
    expect(markdownTable(table)).toContain(`| always "none" | ${none.toFixed(4)} |`)
    const latex = latexTable(table, { minutes: false, marks: false }, 'tab:res')
    expect(latex).toContain(`always \`\`none'' & ${none.toFixed(4)} &`)
    expect(csvTable(table).trimEnd().split('\n').at(-1)).toContain(`"always ""none""",,${none},0,0,,`)
    expect(csvSummary(table).trimEnd().split('\n').at(-1)).toContain(`"always ""none""",,${none},,,0,,,0,,,`)
  })

  it('of texts are a frequent target and the source copied; a start tested as it is stands beside them', async () => {
    const text = asItIs.replace(
      /chains:.*/su,
      'chains: [{ chain: taught, evaluate: [a2t] }, taught -> a2t]\nseeds: [1]\ntables: [{ task: a2t, scores: [exact-match, bleu], rows: [taught -> a2t] }]\n',
    )
    const table = await tableOf(await studied(text, ({ target }, i) => (i === 0 ? target : 'wrong')), 'a2t')
    expect(table.floors.map(({ kind, name }) => [kind, name])).toEqual([
      ['constant', expect.stringMatching(/^always "title \d+"$/u)],
      ['copy', 'copies the source'],
      ['untaught', 'taught as it is'],
    ])
    expect(table.floors.map(({ scores }) => scores['exact-match'])).toEqual([0, 0, 1 / 6])
  })

  it('are no second row of a start that has one', async () => {
    const text = asItIs.replace(
      /chains:.*/su,
      'chains: [{ chain: taught, evaluate: [a2t] }, taught -> a2t]\nseeds: [1]\n',
    )
    const table = await tableOf(await studied(text, ({ target }) => target), 'a2t')
    expect(table.rows.map(({ chain }) => chain)).toEqual(['taught', 'taught -> a2t'])
    expect(table.floors.map(({ kind }) => kind)).toEqual(['constant', 'copy'])
  })

  it('are the same from the cache, without a cache, and in a store that cannot be written', async () => {
    const done = await studied(onLabels, ({ target }) => target, manyRows)
    const { floors } = await tableOf(done, 'res')
    const cache = join(done.store.folder, 'floors')
    expect(readdirSync(cache).length).toBeGreaterThan(0)
    expect((await tableOf(done, 'res')).floors).toEqual(floors)
    rmSync(cache, { recursive: true })
    writeFileSync(cache, 'not a folder')
    expect((await tableOf(done, 'res')).floors).toEqual(floors)
    expect(await testsOf(done, 'res')).toMatchObject([{ above: true }])
  })

  it('are chosen on other rows where there are no training rows, and say so', async () => {
    const done = await studied(onLabels, ({ target }) => target, manyRows)
    const test = done.plan.steps.get((await tableOf(done, 'res')).rows[0]!.seeds[0]!.evaluation)!
    if (test.kind !== 'evaluate') throw new Error('not a test')
    rmSync(done.store.rowsFile(test.data, 'train'))
    expect((await tableOf(done, 'res')).floors[0]!.name).toMatch(/^always ".+" \(chosen on the validation rows\)$/u)
    rmSync(done.store.folderOf('prepare', test.data), { recursive: true })
    expect((await tableOf(done, 'res')).floors[0]!.name).toBe('always "none" (chosen on the test rows)')
  })

  it('take part in tables of tasks that only a mixture teaches, and of empty targets', async () => {
    const text = fakeStudyText.replace(
      /chains:.*/su,
      'mixtures: { both: { of: { a2t: 3, res: 1 } } }\nchains: [base -> both]\nseeds: [1]\n',
    )
    const empty = Array.from({ length: 20 }, (_, i) => `text ${i},${i % 4 === 0 ? 'title' : ''}`)
    const files = { 'titles.csv': `abstract,title\n${empty.join('\n')}\n` }
    const done = await studied(text.replace('[bleu, exact-match]', '[exact-match]'), ({ target }) => target, files)
    expect((await tableOf(done, 'a2t')).floors[0]!.name).toBe('always an empty answer')
    expect((await tableOf(done, 'res')).floors).toHaveLength(1)
  })
})

describe('Floors.test()', () => {
  it('finds arms above the floor that have learnt, and none that answer as it does, or worse', async () => {
    const learnt = await studied(onLabels, ({ target }, i) => (i % 4 === 0 ? 'none' : target), manyRows)
    expect(await testsOf(learnt, 'res')).toMatchObject([{ floor: 'always "none"', above: true }])
    rmSync(join(folder, 'store'), { recursive: true })
    const always = await studied(onLabels, () => 'none', manyRows)
    expect(await testsOf(always, 'res')).toMatchObject([{ difference: 0, p: 1, above: false }])
    rmSync(join(folder, 'store'), { recursive: true })
    const worse = await studied(onLabels, () => 'cost , food', manyRows)
    const [found] = await testsOf(worse, 'res')
    expect(found).toMatchObject({ above: false })
    expect([found!.difference < 0, found!.p < 0.05]).toEqual([true, true])
  })

  it('follows scores of which less is better', async () => {
    const text = fakeStudyText
      .replace('[bleu, exact-match]', '[ter]')
      .replace(/chains:.*/su, 'chains: [base -> a2t]\nseeds: [1]\n')
    expect(await testsOf(await studied(text, ({ target }) => target), 'a2t')).toMatchObject([{ above: true }])
    rmSync(join(folder, 'store'), { recursive: true })
    const wrong = await studied(text, () => 'one two three four five')
    expect(await testsOf(wrong, 'a2t')).toMatchObject([{ above: false }])
  })
})
