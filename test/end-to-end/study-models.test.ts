import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { LabelTable } from '../../src/report/tables/label-table.ts'
import type { ListedCheckpoint } from '../../src/study/checkpoints/checkpoint-list.ts'
import type { PredictionRow } from '../../src/study/steps/score-answers.ts'
import { checkStoreFiles } from '../rig/check-output.ts'
import { runCli } from '../rig/cli.ts'
import { csvOf, reviews, writeLabelsStudy } from '../rig/labels-study.ts'

// Each question starts a program and its child.
vi.setConfig({ testTimeout: 240_000 })

let folder: string
let study: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-models-'))
  study = writeLabelsStudy(folder)
  const run = await cli('run', study, '--jobs', '2')
  expect(run.err).toContain('8 steps done')
}, 400_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const cli = (...args: string[]) => runCli(args, { cwd: folder })

it('what lessons and tests leave in the store is as docs/OUTPUT.md says', () => {
  const names = checkStoreFiles(join(folder, '.reteach'))
  expect([...names].sort()).toEqual(['evaluations.jsonl', 'log.jsonl', 'predictions.jsonl', 'scores.json'])
})

interface Answer {
  readonly id: string | number
  readonly prediction: string
  readonly labels: readonly string[]
  readonly confidences: Readonly<Record<string, number>>
}
const answers = (out: string): Answer[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
const storedRows = (folderOf: ListedCheckpoint): PredictionRow[] =>
  readFileSync(join(folder, '.reteach/evaluate', folderOf.tests[0]!.key, 'predictions.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PredictionRow)
const listed = async (): Promise<ListedCheckpoint[]> =>
  (JSON.parse((await cli('models', study, '--json')).out) as { models: ListedCheckpoint[] }).models
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('reteach models', () => {
  it('lists models by chain and seed with scores and folders, and one task best first', async () => {
    const models = await listed()
    expect(models.map(({ chain, seeds, state }) => [chain, seeds, state])).toEqual([
      ['blank -> res', [1], 'finished'],
      ['blank -> res', [2], 'finished'],
      ['blank -> res -> first', [1], 'finished'],
    ])
    for (const { folder: at } of models) expect(readdirSync(at)).toContain('model.safetensors')
    const { out } = await cli('models', study, '--task', 'res')
    expect(out).toMatch(/^blank -> res\n {2}seed \d {2}[0-9a-f]{12} {2}best, update \d+ of 204 \(loss [\d.]+\)/u)
    expect(out).toContain('2 of 2 models are there')
    expect((await cli('models', study, '--task', 'ress')).err).toContain('did you mean "res"?')
  })
})

describe('reteach predict with a model of a study', () => {
  it("answers new rows as the study's test does, with ids, labels and a confidence for every label", async () => {
    const result = await cli('predict', '--model', `${study}#blank -> res@1`, '--input', 'test.csv')
    expect(result.err).toMatch(/Note: blank -> res \(seed 1; [0-9a-f]{12}\) on res\n/u)
    expect(result.err).toMatch(/270 validation rows.*Brier score 0\.0\d+, calibration error 0\.0\d+/u)
    const rows = answers(result.out)
    const tested = storedRows((await listed())[0]!)
    expect(rows.map(({ prediction }) => prediction)).toEqual(tested.map(({ prediction }) => prediction))
    expect(rows.map(({ labels }) => labels)).toEqual(tested.map(({ predictedLabels }) => predictedLabels))
    // Every tenth row is an advert, which the task's "where" leaves out.
    expect(rows.map(({ id }) => id)).toEqual(reviews(300, 3).flatMap(({ id, kind }) => (kind === 'review' ? [id] : [])))
    for (const { confidences } of rows) expect(Object.keys(confidences)).toEqual(['BadFood', 'Cost', 'Slow'])
  })

  it('says that rows have the same id, and that row numbers stand for ids of which one is empty', async () => {
    const told = async (ids: readonly string[]): Promise<{ ids: unknown[]; err: string }> => {
      const rows = reviews(3, 9).map((row, i) => ({ ...row, id: ids[i] }))
      writeFileSync(join(folder, 'ids.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
      const flags = ['--model', `${study}#blank -> res@1`, '--input', 'ids.jsonl', '--all-rows', '--no-confidence']
      const { out, err } = await cli('predict', ...flags)
      return { ids: answers(out).map(({ id }) => id), err }
    }
    const repeated = await told(['7', '7', 'a'])
    expect(repeated.ids).toEqual(['7', '7', 'a'])
    expect(repeated.err).toContain('Note: 2 rows have the id "7": tell their answers apart by their order')
    const empty = await told(['7', '7', ''])
    expect(empty.ids).toEqual([1, 2, 3])
    expect(empty.err).toContain(
      'Note: Answers have the numbers of their rows for ids as row 3 of "ids.jsonl" has no "id"',
    )
    expect(empty.err).not.toContain('rows have the id')
  })

  it('is right as often as it is sure, and the surer the more often', async () => {
    const fresh = reviews(500, 9)
    writeFileSync(join(folder, 'fresh.csv'), csvOf(fresh))
    const { out } = await cli('predict', '--model', `${study}#blank -> res@1`, '--input', 'fresh.csv', '--all-rows')
    const pairs = answers(out).flatMap(({ confidences }, row) =>
      Object.entries(confidences).map(([label, sure]) => ({
        sure,
        isTrue: fresh[row]!.policies.split('|').includes(label) ? 1 : 0,
      })),
    )
    expect(pairs).toHaveLength(1500)
    const rates = [0, 0.25, 0.55, 0.9].map((from, bin, ends) => {
      const within = pairs.filter(({ sure }) => sure >= from && sure < (ends[bin + 1] ?? 1.01))
      expect(within.length, `confidences from ${from}`).toBeGreaterThan(30)
      const [told, rate] = [mean(within.map(({ sure }) => sure)), mean(within.map(({ isTrue }) => isTrue))]
      expect(Math.abs(told - rate), `told ${told}, came true ${rate}`).toBeLessThan(0.12)
      return rate
    })
    expect(rates).toEqual(rates.toSorted((a, b) => a - b))
    expect(Math.abs(mean(pairs.map(({ sure }) => sure)) - mean(pairs.map(({ isTrue }) => isTrue)))).toBeLessThan(0.03)
  })

  it('makes label sets by --threshold, and takes the options that are given for the task’s', async () => {
    const ask = (...more: string[]) =>
      runCli(['predict', '--model', `${study}#blank -> res@1`, ...more], {
        cwd: folder,
        input: 'The food was cold. It costs a lot.\n\n',
      })
    const [all] = answers((await ask('--threshold', '0')).out)
    expect(all!.labels).toEqual(['BadFood', 'Cost', 'Slow'])
    expect(answers((await ask('--threshold', '1')).out).map(({ labels }) => labels)).toEqual([[], []])
    const plain = answers((await ask('--no-confidence')).out)
    expect(plain[0]).toEqual({ id: 1, prediction: 'badfood , cost', labels: ['BadFood', 'Cost'] })
    expect(answers((await ask('--no-confidence', '--max-new-tokens', '2')).out)[0]!.prediction.length).toBeLessThan(14)
    const refused = await ask('--threshold', '0.5', '--no-confidence')
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--threshold takes the confidences') })
  })

  it('calibrates once, and anew when that is gone', async () => {
    const kept = join(folder, '.reteach/confidences')
    const ask = () =>
      runCli(['predict', '--model', `${study}#blank -> res@1`], { cwd: folder, input: 'It costs a lot.\n' })
    const before = await ask()
    expect(before.err).not.toContain('this is done once')
    renameSync(kept, `${kept}-away`)
    const after = await ask()
    expect(after.err).toContain('this is done once')
    expect(after.out).toBe(before.out)
  })

  it('takes a key, another task and a table of another format, and says what to run or give', async () => {
    const [, , last] = await listed()
    writeFileSync(join(folder, 'new.jsonl'), `${JSON.stringify({ kind: 'review', review: 'It costs a lot.' })}\n`)
    const byKey = await cli(
      'predict',
      '--model',
      `study.yaml#${last!.key.slice(0, 12)}`,
      '--task',
      'res',
      '--input',
      'new.jsonl',
    )
    expect(byKey.err).toContain('blank -> res -> first')
    expect(answers(byKey.out).map(({ id }) => id)).toEqual([1])
    const single = await cli('predict', '--model', 'study.yaml#blank->res->first', '--input', 'test.csv')
    expect(single.err).toContain('not calibrated, as the task has no validation rows')
  })

  it('names the nearest chain, says what to run, and refuses flags that would change nothing', async () => {
    const [first] = await listed()
    const slip = await cli('predict', '--model', 'study.yaml#blank -> ress', '--input', 'new.jsonl')
    expect(slip).toMatchObject({ code: 1, err: expect.stringContaining('did you mean "blank -> res"?') })
    const bare = await cli('predict', '--model', 'study.yaml', '--input', 'new.jsonl')
    expect(bare).toMatchObject({ code: 1, err: expect.stringContaining('"reteach models study.yaml" lists them') })
    const empty = await cli('predict', '--model', 'study.yaml#blank -> res', '--store', 'empty', '--input', 'new.jsonl')
    expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('run "reteach run study.yaml --store empty"') })
    const folderOnly = await cli('predict', '--model', first!.folder, '--threshold', '0.5')
    expect(folderOnly).toMatchObject({
      code: 2,
      err: expect.stringContaining('--threshold belongs to a model of a study'),
    })
  })
})

describe('reteach run', () => {
  it('tells of each label what has come of it: in tables.md, tables.json and CSV', () => {
    const report = (name: string): string => readFileSync(join(folder, '.reteach/report/labels', name), 'utf8')
    const [table] = JSON.parse(report('tables.json')) as [{ labels: LabelTable }]
    expect(table.labels.classes).toEqual(['BadFood', 'Cost', 'Slow'])
    const [chain] = table.labels.chains
    expect(chain).toMatchObject({ chain: 'blank -> res', seeds: 2 })
    const rows = reviews(300, 3).filter(({ kind }) => kind === 'review')
    for (const { label, support } of chain!.labels) {
      expect(support).toBe(rows.filter(({ policies }) => policies.split('|').includes(label)).length)
    }
    expect(report('tables.md')).toContain('<summary>Labels of blank')
    expect(report('table-1-res-labels.csv').trimEnd().split('\n')).toHaveLength(4)
    const counted = report('table-1-res-confusion.csv').trimEnd().split('\n').slice(1)
    const hits = counted.map((line) => line.split(',')).filter(([, , , label, given]) => label === given)
    expect(Number(hits[0]![5])).toBe(chain!.confusion[0]![0])
  })
})

describe('reteach export', () => {
  it('writes a folder of its own that answers alike, and never over another', async () => {
    const chain = `${study}#blank -> res@1`
    const written = await cli('export', chain, '--out', 'exported/res')
    expect(written).toMatchObject({ code: 0, out: expect.stringContaining('to "exported/res"') })
    expect(readdirSync(join(folder, 'exported'))).toEqual(['res'])
    const own = await cli('predict', '--model', 'exported/res', '--input', 'test.csv')
    expect(own.out).toBe((await cli('predict', '--model', chain, '--input', 'test.csv')).out)
    const read = (name: string): string => readFileSync(join(folder, 'exported/res', name), 'utf8')
    expect(JSON.parse(read('generation_config.json'))).toEqual({
      decoder_start_token_id: 0,
      eos_token_id: 1,
      pad_token_id: 0,
      do_sample: false,
      max_new_tokens: 16,
    })
    expect(JSON.parse(read('config.json'))).toMatchObject({
      prefix: 'labels: ',
      task_specific_params: { res: { prefix: 'labels: ', max_new_tokens: 16 } },
    })
    for (const told of ['`blank -> res`: 810 rows, 204 updates', '| res | exact |', '`badfood` (BadFood)']) {
      expect(read('README.md')).toContain(told)
    }
    const again = await cli('export', chain, '--out', 'exported/res')
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is there already') })
    writeFileSync(join(folder, 'exported/res/reteach.json'), '{"format": 9}')
    const later = await cli('predict', '--model', 'exported/res', '--input', 'test.csv')
    expect(later).toMatchObject({ code: 1, err: expect.stringContaining('of format 9, not 1') })
  })
})

describe('reteach extend', () => {
  it('teaches a checkpoint on under the key that its chain would have, and says that the schedule is another', async () => {
    const weights = join((await listed())[1]!.folder, 'model.safetensors')
    const before = readFileSync(weights)
    const extended = await cli('extend', `${study}#blank -> res@2`, '--steps', '5', '--json')
    expect(extended.err).toMatch(/its optimizer begins anew.*\(linear, over 5 updates, without warm-up\)/su)
    expect(extended.err).toContain('One lesson of 4 epochs and 5 updates would have had another')
    const { chain, key } = JSON.parse(extended.out) as { chain: string; key: string }
    expect(chain).toBe('blank -> res -> res(steps=5, warmup_steps=0)')
    expect(readFileSync(weights).equals(before)).toBe(true)
    const written = readFileSync(study, 'utf8').replace('chains:', `chains:\n  - { chain: "${chain}", seeds: [2] }`)
    writeFileSync(join(folder, 'longer.yaml'), written)
    const { models } = JSON.parse((await cli('models', 'longer.yaml', '--json')).out) as { models: ListedCheckpoint[] }
    expect(models.find((one) => one.key === key)).toMatchObject({ chain, state: 'finished', kept: { updates: 5 } })
    await cli('export', `longer.yaml#${chain}`, '--out', 'longer', '--no-confidence')
    expect(readFileSync(join(folder, 'longer/README.md'), 'utf8')).toContain(
      'not what one longer lesson would have been',
    )
    expect((await cli('extend', `${study}#blank -> res@2`)).err).toContain('give either --epochs N or --steps N')
  })
})

describe('reteach score and loss with a model of a study', () => {
  it("scores as the study has, new rows as well, and measures the loss of the task's pairs", async () => {
    const model = ['--model', `${study}#blank -> res@1`] as const
    const score = JSON.parse((await cli('score', ...model, '--json')).out) as {
      examples: number
      metrics: { labels: { exact: number; per_label: unknown[] } }
    }
    const [first] = await listed()
    expect(score.examples).toBe(270)
    expect(score.metrics.labels.exact).toBe(first!.tests[0]!.scores[0]!.value)
    expect(score.metrics.labels.per_label).toHaveLength(3)
    expect((await cli('score', ...model, '--input', 'test.csv', '--json')).out).toBe(
      (await cli('score', ...model, '--json')).out,
    )
    const threshold = JSON.parse((await cli('score', ...model, '--threshold', '0.5', '--json')).out) as {
      metrics: { labels: { exact: number } }
      calibration: { rows: number }
    }
    expect(threshold.calibration.rows).toBe(270)
    expect(threshold.metrics.labels.exact).toBeGreaterThan(0.7)
    const own = await cli('loss', ...model)
    expect((await cli('loss', ...model, '--input', 'test.csv')).out).toBe(own.out)
    expect((await cli('score', '--metric', 'bleu')).err).toContain(
      "required option '--predictions <file>' not specified",
    )
  })
})

it('reteach tokenize takes a model of a study as its folder', async () => {
  const [{ folder: at }] = (await listed()) as [ListedCheckpoint]
  const ids = async (model: string): Promise<string> =>
    (await runCli(['tokenize', '--model', model], { cwd: folder, input: '{"text":"a good answer"}\n' })).out
  expect(await ids(`${study}#blank -> res@1`)).toBe(await ids(at))
  expect(await ids(at)).toMatch(/^\{"ids":\[\d+,/u)
})
