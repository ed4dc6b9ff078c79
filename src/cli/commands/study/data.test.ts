import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../../../test/rig/run-command.ts'
import type { DataReport } from '../../../data/audit/data-report.ts'
import type { MixtureReport } from '../../../study/steps/mixture-report.ts'
import type { StudyFaults } from '../../input/load-study.ts'
import { addDataCommand } from './data.ts'

const fixtures = join(import.meta.dirname, '../../../../test/fixtures')
let folder: string
let study: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-data-'))
  study = join(folder, 'study.yaml')
  writeFileSync(
    study,
    `study: look
starts:
  tiny: { path: ${join(fixtures, 'models/tiny-mt5')} }
tasks:
  trans:
    prefix: "translate: "
    data: { file: ${join(fixtures, 'data/rows.jsonl')}, split: { train: 40, validation: 10, test: 10 } }
    source: en
    target: zh
    limits: { source: 20, target: 20 }
  res:
    data: { file: ${join(fixtures, 'data/utf8.csv')}, split: { train: 50, test: 10, shuffle: false } }
    source: en
    labels: { column: labels, separator: "\\n", none: "", classes: [OrderProblem, BadFood, SlowService, Filthy, RudeService, Cost, ScaryMcDs, MissingFood] }
mixtures:
  rows: { of: { trans: 1, res: 1 } }
  tokens: { of: { trans: 2, res: 1 }, by: tokens }
  updates: { of: { trans: 1, res: 2 }, by: updates, teach: { batch: 8 } }
  wide: { of: { trans: 1, res: 1 }, by: updates, teach: { batch: 45 } }
  unused: { of: { trans: 1, res: 1 }, by: tokens }
chains: [tiny -> trans, tiny -> tokens -> updates, tiny -> wide]
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const data = (...args: string[]) => runCommand(addDataCommand, ['data', study, ...args])

describe('reteach data', () => {
  test('reports sizes, lengths, labels and leaks as JSON', async () => {
    const report = JSON.parse((await data('--json')).out) as DataReport & { study: string }
    expect(report.study).toBe('look')
    expect(report.tasks.map(({ name, splits }) => [name, splits.map((split) => [split.name, split.rows])])).toEqual([
      [
        'trans',
        [
          ['train', 40],
          ['validation', 10],
          ['test', 10],
        ],
      ],
      [
        'res',
        [
          ['train', 50],
          ['test', 10],
        ],
      ],
    ])
    const { source } = report.tasks[0]!.splits[0]!.lengths.tiny!
    expect(source.limit).toBe(20)
    expect(source.cut).toBeGreaterThan(0)
    const rows = JSON.parse(readFileSync(join(fixtures, 'data/expected.json'), 'utf8')) as { labels: string[] }[]
    const { byLabel, byNumber } = report.tasks[1]!.labels!
    expect(byLabel.find(({ label }) => label === 'BadFood')!.rows).toBe(
      rows.filter(({ labels }) => labels.includes('BadFood')).length,
    )
    expect(byNumber).toEqual([0, 1, 2].map((count) => rows.filter(({ labels }) => labels.length === count).length))
    // Both tasks read the same sentences: every test row of one is in the other.
    const shared = report.leaks.filter(
      (leak) => leak.of.task === 'trans' && leak.of.split === 'test' && leak.in.task === 'res',
    )
    expect(shared.reduce((sum, { exact }) => sum + exact, 0)).toBe(10)
  })

  test('prints tables and the figure for people, and writes it as SVG', async () => {
    const { out } = await data('--task', 'res', '--all', '--svg', join(folder, 'figures'))
    expect(out).toMatch(/^ +rows +empty source/m)
    expect(out).toMatch(/^train source, tiny +\d/m)
    expect(out).toContain('(a) rows with each label')
    expect(out).toMatch(/^ {2}BadFood +\d+ █/m)
    expect(out).not.toContain('trans')
    expect(readFileSync(join(folder, 'figures/labels-res.svg'), 'utf8')).toMatch(
      /^<svg [\s\S]*BadFood[\s\S]*<\/svg>\n$/,
    )
  })

  test('shows what mixtures draw, by what they count', async () => {
    const { out, err } = await data('--json')
    const { mixtures } = JSON.parse(out) as { mixtures: MixtureReport[] }
    expect(mixtures.map(({ name }) => name)).toEqual(['rows', 'tokens', 'updates'])
    const [rows, tokens, updates] = mixtures
    expect(rows!.parts).toEqual([
      { task: 'trans', ratio: 1, rows: 40, drawn: 40, leftOut: 0, share: 0.5 },
      { task: 'res', ratio: 1, rows: 50, drawn: 40, leftOut: 10, share: 0.5 },
    ])
    expect(tokens).toMatchObject({ start: 'tiny', parts: [{ task: 'trans' }, { task: 'res' }] })
    expect(tokens!.parts[0]!.tokens! / tokens!.parts[1]!.tokens!).toBeCloseTo(2, 0)
    expect(updates).toMatchObject({
      batch: 8,
      parts: [
        { updates: 3, drawn: 24 },
        { updates: 6, drawn: 48 },
      ],
    })
    expect(err).toContain('The mixture "wide" cannot be taught: Cannot mix "trans" in')
    expect(err).toContain('The mixture "unused" is left out as no chain teaches it')
    const text = (await data('--all')).out
    expect(text).toMatch(
      /^updates, 1 : 2 by updates, 8 rows an update, seed 42\n +rows +taught +left out +updates +share$/m,
    )
    expect(text).toMatch(/^res +50 +48 +2 +6 +66\.7 %$/m)
  })

  test('is a screen without --all', async () => {
    const { out } = await data()
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBeLessThan(40)
    expect(out).toMatch(/^res train +50 +\d+, \d+ of \d+/m)
    expect(out).toMatch(/^tokens, 2 : 1 by tokens: \d+ of 40 rows of trans/m)
    expect(out).toMatch(/^trans test +res train +\d+ +\d+ +\d+\.\d %$/m)
    expect(lines.at(-1)).toMatch(/^--all: /)
  })

  test('tells what is not there once and where it is named, and what is wrong with the rows of the rest', async () => {
    const lacking = join(folder, 'lacking.yaml')
    const text = readFileSync(study, 'utf8')
    writeFileSync(lacking, text.replace(/file: .*rows\.jsonl/u, 'file: gone.jsonl').replace('BadFood, ', ''))
    const told = await runCommand(addDataCommand, ['data', lacking]).catch((error: StudyFaults) => error.descriptions)
    const heads = (told as readonly string[]).map((fault) => fault.split('\n')[0]!.slice(folder.length + 1))
    expect(heads).toEqual([
      'lacking.yaml:7:19 Cannot find "gone.jsonl"',
      expect.stringContaining('Unknown label "BadFood"'),
    ])
  })

  test('says which division of the rows it shows, where there are several', async () => {
    const divided = join(folder, 'divided.yaml')
    const text = readFileSync(study, 'utf8')
    writeFileSync(divided, `${text.replace('test: 10 }', 'test: 10, splits: 3 }')}seeds: [7, 8, 9]\n`)
    const { err } = await runCommand(addDataCommand, ['data', divided, '--json'])
    expect(err).toContain(
      'Note: The rows of "trans" are divided anew for each seed: all here is of the division of seed 7, not of 8, 9\n',
    )
    expect(err).not.toContain('The rows of "res"')
  })

  test('names the nearest task', async () => {
    await expect(data('--task', 'ress')).rejects.toThrow('Cannot find task "ress"')
  })
})
