import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../rig/cli.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-figures-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const figures = `figures:
  - { kind: labels, task: res, title: "Labels (all of them)" }
  - { kind: loss, name: 5a, chains: [flan -> res, flan -> mixed], log: [train, validation], x: epochs }
  - { kind: scores, task: res }
`
const mixed = 'mixtures: { mixed: { of: { a2t: 1, res: 1 } } }\n'

it('reteach run writes the figures that the study asks for, and reteach figures draws the same again', async () => {
  const study = writeStudyFolder(join(folder, 'study'), (text) =>
    text
      .replace('batch: 8 }', 'batch: 8, evaluate_rows: all }')
      .replace(/chains:.*/su, `${mixed}chains: [flan -> res, flan -> mixed]\nseeds: [1]\n${figures}`),
  )
  const store = join(folder, 'store')
  const cli = (...args: string[]) => runCli([...args, study, '--store', store], { cwd: folder })

  const before = await cli('figures', '--json', '--out', join(folder, 'before'))
  expect(before.code).toBe(0)
  expect(readFileSync(join(folder, 'before/figure-5a-loss.svg'), 'utf8')).toContain('>Not finished yet</text>')

  const run = await cli('run', '--json')
  expect(run.code).toBe(0)
  const told = JSON.parse(run.out) as {
    report: string
    figures: { name: string; svg: string; pdf: string; csv: string }[]
  }
  const names = ['figure-1-labels-res', 'figure-5a-loss', 'figure-3-scores-res']
  expect(told.figures.map(({ name }) => name)).toEqual(names)
  const report = join(store, 'report/small')
  expect(told.report).toBe(report)
  expect(readdirSync(report)).toEqual(
    expect.arrayContaining(names.flatMap((name) => [`${name}.svg`, `${name}.pdf`, `${name}.csv`])),
  )

  const page = readFileSync(join(report, 'tables.md'), 'utf8')
  const links = Array.from(page.matchAll(/\]\(([^)]+)\)/gu), ([, link]) => link!)
  const ofFigures = links.filter((link) => link.startsWith('figure-'))
  expect(ofFigures).toEqual(names.flatMap((name) => [`${name}.svg`, `${name}.csv`, `${name}.pdf`]))
  expect(page).toContain('![Labels (all of them)](figure-1-labels-res.svg)')

  // 40 and 80 rows in batches of 8: five and ten updates, and one evaluation at the end of the epoch.
  const loss = readFileSync(join(report, 'figure-5a-loss.csv'), 'utf8').trimEnd().split('\n')
  expect(loss[0]).toBe('log,chain,seed,update,epoch,minutes,loss,smoothed,step')
  expect(loss.filter((line) => line.startsWith('train,'))).toHaveLength(15)
  expect(loss.filter((line) => line.startsWith('validation,'))).toHaveLength(2)
  const [, , , , epoch, , value, , step] = loss[5]!.split(',')
  expect(Number(epoch)).toBe(1)
  const log = readFileSync(join(store, 'teach', step!, 'log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
  expect(Number(value)).toBe((JSON.parse(log.at(-1)!) as { loss: number }).loss)

  // Both lessons have answered the validation rows of res at the end of their epoch.
  const scores = readFileSync(join(report, 'figure-3-scores-res.csv'), 'utf8').trimEnd().split('\n')
  const exact = scores.filter((line) => line.startsWith('exact,')).map((line) => line.split(','))
  expect(exact.map(([, of, chain, , , at]) => [of, chain, Number(at)])).toEqual([
    ['validation', 'flan -> res', 1],
    ['validation', 'flan -> mixed', 1],
  ])
  for (const cells of exact) {
    const evaluations = readFileSync(join(store, 'teach', cells.at(-1)!, 'evaluations.jsonl'), 'utf8')
    expect(evaluations).toMatch(new RegExp(`"(?:res\\.)?exact":${Number(cells[7])}[,}]`, 'u'))
  }

  const again = await cli('figures', '--out', join(folder, 'again'))
  expect(again.code).toBe(0)
  expect(again.out.split('\n')[0]).toBe(`${join(folder, 'again/figure-1-labels-res.svg')}  Labels (all of them)`)
  for (const name of names.flatMap((one) => [`${one}.svg`, `${one}.pdf`, `${one}.csv`])) {
    expect(readFileSync(join(folder, 'again', name), 'utf8')).toBe(readFileSync(join(report, name), 'utf8'))
  }
}, 120_000)
