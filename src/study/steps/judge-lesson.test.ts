import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { Fault } from '../../base/fault.ts'
import { runStudy } from '../../execute/run-study.ts'
import type { Judgement, Prediction } from '../../lesson/protocol.ts'
import type { RunReport } from '../run/schedule.ts'
import { Store } from '../store/store.ts'
import type { TeachStep } from './kinds/teach.ts'
import type { PreparedPair } from './prepare-task.ts'
import type { StepRunners, TeachWork } from './runners.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-judge-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const reviews = Array.from({ length: 40 }, (_, i) => `review ${i},${['Cost', 'Cost|Food', 'na', 'Food'][i % 4]}`)
const files = { 'reviews.csv': `review,policies\n${reviews.join('\n')}\n` }
const text = (chain: string, more = ''): string =>
  fakeStudyText
    .replace('{ train: 12, validation: 4, test: 4 }', '{ train: 12, validation: 20, test: 8, shuffle: false }')
    .replace(/chains:.*seeds/su, `${more}chains: ["${chain}"]\nseeds`)

type Answering = (row: PreparedPair) => string

interface Judged {
  readonly judgements: Judgement[]
  readonly notices: string[]
  readonly work: TeachWork
  readonly report: RunReport
  readonly step: TeachStep
}

/** Runs a study whose last lesson evaluates as often as there are ways of answering, each one worse in loss or better. */
async function judged(
  study: string,
  evaluations: readonly Answering[],
  losses: readonly number[] = [],
): Promise<Judged> {
  const plan = await planFile(writeFakeStudy(folder, { ...files, 'study.yaml': study }))
  const judgements: Judgement[] = []
  const notices: string[] = []
  const runners = fakeRunners()
  let work: TeachWork | undefined
  const judging: StepRunners = {
    ...runners,
    async teach(teach, context) {
      work = teach
      let memory: unknown
      const answers = teach.evaluate?.answers
      for (const [index, answer] of answers === undefined ? [] : evaluations.entries()) {
        const parts = answers!.map(({ name, sources, rows: wanted }) => {
          const pairs = readFileSync(sources, 'utf8')
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as PreparedPair)
          const rows = [...pairs.keys()].slice(0, wanted ?? pairs.length)
          const predictions = rows.map(
            (row): Prediction => ({ prediction: answer(pairs[row]!), finish: 'end', tokens: 1 }),
          )
          return { name, rows, predictions }
        })
        const loss = losses[index] ?? 2
        const steps = 10 * evaluations.length
        const judgement = await teach.judge!({ step: 10 * (index + 1), steps, loss, answers: parts, memory })
        judgements.push(judgement)
        // As it is when it has been stored and read again.
        memory = JSON.parse(JSON.stringify(judgement.memory))
        if (judgement.stop !== undefined) throw new Fault(judgement.stop)
      }
      return await runners.teach(teach, context)
    },
  }
  const store = new Store(mkdtempSync(join(folder, 'store-')))
  const observer = { onNotice: (_: unknown, sentence: string) => void notices.push(sentence) }
  const report = await runStudy(plan, { store, runners: judging, program: 'test', observer })
  const step = [...plan.steps.values()].filter(({ kind }) => kind === 'teach').at(-1) as TeachStep
  return { judgements, notices, work: work!, report, step }
}

const right: Answering = ({ target }) => target
const none: Answering = () => 'none'
const half: Answering = ({ target }) => (target.includes('cost') ? 'cost' : 'none')

describe('lessonAnswers()', () => {
  it('scores the validation rows with the metrics of the task and names the value that decides', async () => {
    const { judgements, work } = await judged(text('base -> res(best_by=macro_f1)'), [half, right])
    expect(work.evaluate!.by).toBe('highest-value')
    expect(work.evaluate!.answers).toMatchObject([{ name: 'res', prefix: 'labels: ', maxSource: 512 }])
    expect(work.evaluate!.answers![0]).not.toHaveProperty('rows')
    // Of 20 rows, 10 have Cost and are answered rightly for it; Food is never found.
    expect(judgements[0]!.scores).toMatchObject({ exact: 0.5, macro_f1: 0.5 })
    expect(judgements.map(({ value }) => value)).toEqual([0.5, 1])
  })

  it('takes less as better for the hamming loss, and answers no more rows than it is told', async () => {
    const { judgements, work } = await judged(text('base -> res(best_by=hamming, evaluate_rows=8)'), [half])
    expect(work.evaluate).toMatchObject({ by: 'lowest-value', answers: [{ rows: 8 }] })
    expect(judgements[0]!.value).toBe(0.25)
  })

  it('takes less as better for TER, also under another name', async () => {
    const metrics = (text_: string) =>
      text_.replace('[bleu, exact-match]', '[ter, { metric: ter, name: edits, normalized: true }]')
    const wrong: Answering = ({ target }) => `not ${target}`
    const { judgements, work } = await judged(metrics(text('base -> a2t(best_by=edits)')), [wrong, right])
    expect(work.evaluate).toMatchObject({ by: 'lowest-value' })
    expect(judgements[0]!.value).toBeGreaterThan(0)
    expect(judgements[1]).toMatchObject({ value: 0, scores: { ter: 0, edits: 0 } })
  })

  it('answers nothing where the loss decides, but for evaluate_rows and on_collapse', async () => {
    const { work } = await judged(text('base -> res'), [right])
    expect([work.evaluate!.by, work.evaluate!.answers, work.judge]).toEqual(['loss', undefined, undefined])
    const scored = await judged(text('base -> res(evaluate_rows=all)'), [right])
    expect(scored.judgements[0]).toMatchObject({ scores: { exact: 1 } })
    expect(scored.judgements[0]!.value).toBeUndefined()
    const watched = await judged(text('base -> res(on_collapse=stop)'), [right])
    expect(watched.work.evaluate!.answers![0]!.rows).toBe(64)
    expect(watched.judgements[0]!.scores).toBeUndefined()
  })

  it("scores each task of a mixture with its own metrics and the tasks' prefixes", async () => {
    const mixtures = 'mixtures: { both: { of: { a2t: 1, res: 1 } } }\n'
    const wrongTitles: Answering = ({ target, labels }) => (labels === undefined ? 'nothing' : target)
    const mean = await judged(text('base -> both(best_by=mean)', mixtures), [wrongTitles])
    expect(mean.work.evaluate!.answers!.map(({ name, prefix }) => [name, prefix])).toEqual([
      ['a2t', 'title: '],
      ['res', 'labels: '],
    ])
    expect(mean.judgements[0]!.scores).toMatchObject({ 'a2t.exact-match': 0, 'res.exact': 1 })
    expect(mean.judgements[0]!.value).toBeCloseTo((mean.judgements[0]!.scores!['a2t.bleu']! / 100 + 1) / 2, 12)
    const one = await judged(text('base -> both(best_by=res.macro_f1)', mixtures), [wrongTitles])
    expect(one.judgements[0]!.value).toBe(1)
  })

  const told = ({ notices }: Judged): string[] => notices.filter((sentence) => sentence.startsWith('teach'))

  it('tells each thing once, from the middle of the lesson on, and notes it in the log at once', async () => {
    const lesson = await judged(text('base -> res(evaluate_rows=all)'), [none, none, right, none])
    const { judgements } = lesson
    expect(told(lesson)).toEqual([
      'teach base -> res(evaluate_rows=all), seed 1, after update 20 of 40: 20 of 20 answers say that there is no label, which 5 references do; teach it longer',
    ])
    expect(judgements.map(({ notes }) => notes)).toEqual([
      { health: ['always-none'] },
      { health: ['always-none'] },
      undefined,
      { health: ['always-none'] },
    ])
  })

  it('says nothing of answers that are still of no use in the first half of a lesson', async () => {
    const lesson = await judged(text('base -> res(evaluate_rows=all)'), [
      none,
      none,
      none,
      right,
      right,
      right,
      right,
      right,
    ])
    expect(told(lesson)).toEqual([])
    expect(lesson.judgements[0]!.notes).toEqual({ health: ['always-none'] })
  })

  it('tells at once of answers that were of use and have stayed of no use', async () => {
    const lesson = await judged(text('base -> res(evaluate_rows=all)'), [
      right,
      none,
      none,
      ...Array<Answering>(5).fill(right),
    ])
    expect(told(lesson)).toEqual([expect.stringContaining('after update 30 of 80: 20 of 20 answers say')])
  })

  it('advises a lower learning rate where the loss has risen, and nowhere else', async () => {
    const lesson = await judged(text('base -> res(evaluate_rows=all)'), [right, none], [2, 5])
    expect(told(lesson)).toEqual([
      expect.stringMatching(/; lower the learning rate, as the loss rose from 2\.00 to 5\.00$/u),
    ])
  })

  it('sees the loss fall while F1 stays at nothing', async () => {
    const strange: Answering = ({ source }) => `about ${source.slice(-2)}`
    const { judgements } = await judged(text('base -> res(evaluate_rows=all)'), [strange, strange], [2, 0.5])
    expect(judgements.map(({ notes }) => notes)).toEqual([undefined, { health: ['no-score'] }])
  })
})

describe('on_collapse: stop', () => {
  const stopped = async (
    evaluations: readonly Answering[],
    setting = 'on_collapse=stop',
  ): Promise<number | undefined> => {
    const { judgements, report } = await judged(text(`base -> res(${setting})`), evaluations)
    const [failure] = report.failed
    if (failure === undefined) return undefined
    expect(failure.reason).toBe(
      `The lesson has collapsed by update ${10 * judgements.length} of ${10 * evaluations.length}: 20 of 20 answers say that there is no label, which 5 references do; teach it longer`,
    )
    return judgements.length
  }

  it('gives a model that is new to the task half of its lesson', async () => {
    expect(await stopped(Array<Answering>(8).fill(none))).toBe(4)
    expect(await stopped([none, none, none, right, none, right, none, right])).toBeUndefined()
  })

  it('ends soon after answers that were of use have become of no use', async () => {
    expect(await stopped([right, none, none, none, none, none, none, none])).toBe(3)
  })

  it('fails a lesson that ends without one answer of use, also after a single evaluation', async () => {
    expect(await stopped([none])).toBe(1)
    expect(await stopped([right, none])).toBeUndefined()
  })

  it('only warns by default', async () => {
    expect(await stopped(Array<Answering>(8).fill(none), 'evaluate_rows=all')).toBeUndefined()
  })
})

describe('a lesson that chains share', () => {
  it.each(['on_collapse=stop', 'on_collapse=warn'])(
    'ends on a collapse when one of them says so (first: %s)',
    async (first) => {
      const other = first.endsWith('stop') ? 'on_collapse=warn' : 'on_collapse=stop'
      const both = text(`base -> res(${first})`).replace(/(chains: \[.*)\]/u, `$1, "base -> res(${other}) -> a2t"]`)
      const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': both }))
      const lessons = [...plan.steps.values()].filter((step) => step.kind === 'teach')
      expect(lessons).toHaveLength(2)
      expect(lessons[0]!.settings.on_collapse).toBe('stop')
      expect(lessons[0]!.answers).toMatchObject({ rows: 64, scored: false })
      const order = [...plan.steps.keys()]
      for (const { key, needs } of plan.steps.values()) {
        for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(key))
      }
    },
  )
})

describe('keys of lessons', () => {
  const keyOf = async (chain: string): Promise<string> =>
    [...(await planFile(writeFakeStudy(folder, { 'study.yaml': text(chain) }))).steps.values()].find(
      ({ kind }) => kind === 'teach',
    )!.key

  it('are as they were for lessons that answer nothing for a score, and others for those that do', async () => {
    const key = await keyOf('base -> res')
    expect(await keyOf('base -> res(best_by=loss, on_collapse=stop)')).toBe(key)
    const scored = await keyOf('base -> res(best_by=exact)')
    expect(await keyOf('base -> res(best_by=exact, evaluate_rows=all, on_collapse=stop)')).toBe(scored)
    const others = ['best_by=macro_f1', 'best_by=exact, evaluate_rows=5', 'evaluate_rows=5', 'evaluate_rows=all']
    const keys = await Promise.all(others.map((settings) => keyOf(`base -> res(${settings})`)))
    expect(new Set([key, scored, ...keys]).size).toBe(6)
  })
})
