import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { Fault } from '../../base/fault.ts'
import { runStudy } from '../../execute/run-study.ts'
import type { Plan } from '../../study/plan/plan.ts'
import type { StepRunners } from '../../study/steps/runners.ts'
import { Store } from '../../study/store/store.ts'
import type { CurvePanel, Figure } from '../charts/figure.ts'
import { figureCsv } from '../charts/figure-csv.ts'
import { figureSvg } from '../charts/figure-svg.ts'
import { studyResults } from '../results/study-results.ts'
import { studyFigures } from './study-figures.ts'

const text = fakeStudyText.replace(
  /chains:.*/su,
  `chains:
  - base -> a2t
  - base -> res -> a2t
  - { chain: base -> res, seeds: [1] }
sweeps:
  - { chain: base -> res, learning_rate: [1e-4, 1e-3, 1e-2], evaluate_rows: [all] }
seeds: [1, 2]
`,
)

/** Lessons whose losses are known: 3 updates from 4 to 1 times the seed; learning rates above 5e-3 fail. */
function loggingRunners(withScores: boolean): StepRunners {
  const fake = fakeRunners()
  return {
    ...fake,
    async teach(work, context) {
      if (work.lesson.learningRate > 5e-3) throw new Fault('Cannot go on teaching as the loss is NaN')
      const outcome = await fake.teach(work, context)
      const losses = [4, 2.5, 1].map((loss) => loss * work.lesson.seed)
      const lines = losses.map((loss, i) => `${JSON.stringify({ step: i + 1, loss })}\n`)
      writeFileSync(join(work.outFolder, 'log.jsonl'), lines.join(''))
      const scores = { exact: 100 * work.lesson.learningRate, macro_f1: 0, 'a2t.bleu': 7 }
      const line = { step: 3, loss: 0.5, ...(withScores && { scores }) }
      writeFileSync(join(work.outFolder, 'evaluations.jsonl'), `${JSON.stringify(line)}\n`)
      return { ...outcome, steps: 3, seconds: 6, best: { step: 3, value: 0.5 } }
    },
  }
}

let folder: string
let plan: Plan
const quiet = { onProgress() {}, onNotice() {}, onHeld() {}, onFinish() {}, onFailure() {} }
const filled = async (name: string, runners: StepRunners): Promise<Store> => {
  const store = new Store(join(folder, name))
  await runStudy(plan, { store, runners, program: 'test', observer: quiet })
  return store
}
const withFigures = async (figures: string): Promise<Plan> =>
  await planFile(writeFakeStudy(folder, { 'study.yaml': `${text}figures:\n${figures}` }))

let store: Store
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figures-'))
  plan = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
  store = await filled('store', loggingRunners(false))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const curves = (figure: Figure, panel = 0): { x: number; y: number }[][] =>
  (figure.panels[panel] as CurvePanel).curves.map(({ points }) => points.map(({ x, y }) => ({ x, y })))
const bytes = (figures: readonly Figure[]): string[] => figures.flatMap((one) => [figureSvg(one), figureCsv(one.data)])

async function drawn(plan: Plan, store: Store): Promise<Figure[]> {
  return await studyFigures(studyResults(plan, store))
}

describe('studyFigures()', () => {
  it('draws labels, losses of each lesson and sweeps where the study asks for nothing', async () => {
    const figures = await drawn(plan, store)
    expect(figures.map(({ name, title }) => [name, title])).toEqual([
      ['figure-1-labels-res', 'Labels of res'],
      ['figure-2-loss-a2t', 'Loss on a2t'],
      ['figure-3-loss-res', 'Loss on res'],
      ['figure-4-scores-res', 'Sweep of base → res'],
      ['figure-5-confusion-res', 'Labels of the rows, and what was answered: res'],
    ])
    expect(figures[4]!.panels.map(({ title }) => title)).toEqual(['base -> res'])
    expect(figures[0]!.data.rows).toEqual([
      ['label', 'Cost', 10],
      ['label', 'Food', 5],
      ['labels', '0', 10],
      ['labels', '1', 5],
      ['labels', '2', 5],
    ])
    expect(figures[1]!.legend.map(({ label }) => label)).toEqual(['base → a2t', 'base → res → a2t'])
  })

  it('is the mean over seeds, over updates, epochs and minutes', async () => {
    const figures = await drawn(
      await withFigures(
        ['updates', 'epochs', 'minutes'].map((x) => `  - { kind: loss, chains: [base -> a2t], x: ${x} }\n`).join(''),
      ),
      store,
    )
    // The mean of the seeds 1 and 2 is one and a half times the first; 10 rows in batches of 4 are 3 updates an epoch.
    const wanted = [6, 3.75, 1.5]
    expect(curves(figures[0]!)[0]).toEqual(wanted.map((y, i) => ({ x: i + 1, y })))
    expect(curves(figures[1]!)[0]!.map(({ x }) => x)).toEqual([1, 2, 3].map((update) => update / 3))
    expect(curves(figures[2]!)[0]!.map(({ x }) => x)).toEqual([1, 2, 3].map((update) => (update * 2) / 60))
    const [panel] = figures[0]!.panels as [CurvePanel]
    expect(panel.curves[0]!.points[0]).toMatchObject({ low: 4, high: 8 })
    expect(figures[0]!.notes).toContain('Mean of the seeds 1, 2; bands: from the lowest seed to the highest.')
    const step = plan.chains.find(({ chain, seed }) => chain.label === 'base -> a2t' && seed === 2)!.teach[0]
    expect(figures[0]!.data.rows).toContainEqual(['train', 'base -> a2t', 2, 3, 1, 0.1, 2, 2, step])
  })

  it('draws a lesson in the middle of chains once, and named as far as it goes', async () => {
    const figure = (await drawn(await withFigures('  - { kind: loss, lesson: res, chains: ["*"] }\n'), store))[0]!
    expect(figure.legend.map(({ label }) => label).slice(0, 2)).toEqual([
      'base → res',
      'base → res(learning_rate=0.0001, evaluate_rows=all)',
    ])
  })

  it('draws final scores over the swept setting, and names what has failed', async () => {
    const figure = (await drawn(plan, store)).find(({ kind }) => kind === 'scores')!
    expect(figure.panels.map(({ title }) => title)).toEqual([
      'Training loss',
      'exact (test rows)',
      'macro_f1 (test rows)',
    ])
    expect(curves(figure, 1)).toEqual([
      [
        { x: 1e-4, y: 0.75 },
        { x: 1e-3, y: 0.75 },
      ],
    ])
    expect((figure.panels[1] as CurvePanel).x).toEqual({
      label: 'learning rate',
      scale: 'log',
      ticks: [1e-4, 1e-3, 1e-2],
    })
    expect(figure.legend.map(({ label }) => label)).toEqual([
      'learning rate 1e-4',
      'learning rate 1e-3',
      'learning rate 0.01 (not finished yet)',
    ])
    const column = figure.data.header.indexOf('learning_rate')
    const drawnOver = figure.data.rows.map((row) => [row[0], row[2], row[column]])
    expect(drawnOver).toContainEqual(['exact', 'base -> res(learning_rate=0.001, evaluate_rows=all)', 0.001])
    expect(figure.notes.at(-1)).toBe('Not finished: base → res(learning_rate=0.01, evaluate_rows=all) (failed).')
  })

  it('has a column of the setting that scores are drawn over, also for chains that do not name it', async () => {
    const over = (x: string): string =>
      `  - { kind: scores, task: res, chains: ["base -> res*"], scores: [exact], x: ${x} }\n`
    const [rates, settings, chains] = await drawn(
      await withFigures(['learning_rate', 'evaluate_rows', 'chain'].map(over).join('')),
      store,
    )
    const cells = (figure: Figure, name: string): unknown[] => {
      expect(figure.data.rows.every(({ length }) => length === figure.data.header.length)).toBe(true)
      return [...new Set(figure.data.rows.map((row) => row[figure.data.header.indexOf(name)]))]
    }
    expect(cells(rates!, 'learning_rate')).toEqual([1e-3, 1e-4])
    expect(rates!.data.rows[0]!.slice(0, 4)).toEqual(['exact', 'test', 'base -> res', 1e-3])
    expect(cells(settings!, 'evaluate_rows')).toContain('all')
    expect(chains!.data.header).toEqual([
      'score',
      'of',
      'chain',
      'seed',
      'update',
      'epoch',
      'minutes',
      'value',
      'drawn',
      'step',
    ])
  })

  it('draws scores over the lessons that have logged them', async () => {
    const logged = await filled('scored', loggingRunners(true))
    const figure = (await drawn(plan, logged)).find(({ kind }) => kind === 'scores')!
    expect(figure.panels.map(({ title }) => title)).toEqual([
      'Training loss',
      'exact (validation rows)',
      'macro_f1 (validation rows)',
    ])
    expect(curves(figure, 1)).toEqual([[{ x: 1, y: 0.01 }], [{ x: 1, y: 0.1 }], []])
    const bleu = await drawn(await withFigures('  - { kind: scores, task: a2t, scores: [bleu] }\n'), logged)
    expect(curves(bleu[0]!)[0]).toEqual([{ x: 1, y: 7 }])
  })

  it('calls chains, tasks and scores as the study says, and draws no title that it does not want', async () => {
    const wanted =
      '  - { kind: scores, task: a2t, scores: [bleu], x: chain }\n  - { kind: labels, task: res, title: false }\n'
    const plain = await withFigures(wanted)
    const named = await planFile(
      writeFakeStudy(folder, {
        'study.yaml': `${text}figures:\n${wanted}report:\n  names: { base -> a2t: Alone, a2t: Titles, bleu: BLEU }\n`,
      }),
    )
    const [scores, labels] = await drawn(named, store)
    expect(scores!.title).toBe('Scores on Titles')
    expect(scores!.panels).toMatchObject([
      { title: 'BLEU (test rows)', rows: [{ label: 'Alone' }, { label: 'base → res → a2t' }] },
    ])
    expect(figureSvg(labels!)).not.toContain('>Labels of res</text>')
    expect(figureSvg({ ...(await drawn(plain, store))[0]!, untitled: true })).not.toContain('>Scores on a2t</text>')
    expect([...named.steps.keys()]).toEqual([...plain.steps.keys()])
  })

  it('draws chain by chain where no one setting differs, or where asked to', async () => {
    const figures = await drawn(
      await withFigures('  - { kind: scores, task: a2t, scores: [bleu] }\n  - { kind: scores, task: res, x: chain }\n'),
      store,
    )
    expect(figures[0]!.panels).toMatchObject([
      { kind: 'dots', rows: [{ label: 'base → a2t' }, { label: 'base → res → a2t' }] },
    ])
    expect(figures[1]!.panels.map(({ kind }) => kind)).toEqual(['dots', 'dots', 'dots'])
  })

  it('says "not finished" where nothing is there, and draws the same bytes each time', async () => {
    const empty = new Store(join(folder, 'empty'))
    const waiting = await drawn(plan, empty)
    expect(waiting).toHaveLength(5)
    for (const figure of waiting) expect(figureSvg(figure)).toMatch(/not finished/iu)
    expect(bytes(await drawn(plan, store))).toEqual(bytes(await drawn(plan, new Store(store.folder))))
  })
})
