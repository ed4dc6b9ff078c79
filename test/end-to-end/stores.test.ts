import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../rig/cli.ts'
import { runScripted, writeScriptedStudy } from '../rig/scripted-study.ts'

const miniature = new URL('../../examples/miniature/study.yaml', import.meta.url).pathname

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-stores-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const cli = (...args: string[]) => runCli(args, { cwd: folder })
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

describe('a study that comes with reteach', () => {
  it('has the store of the demo, where the command is run', async () => {
    const demo = await cli('demo', '--dry-run')
    expect(demo.err).toContain(`store "${join(folder, '.reteach')}"`)
    const status = JSON.parse((await cli('status', miniature, '--json')).out) as { store: string }
    expect(status.store).toBe(join(folder, '.reteach'))
  })
})

describe('a study whose store is empty', () => {
  it('is told in one line with the stores nearby that hold it, by every command that reads one', async () => {
    const file = writeScriptedStudy(folder, 'chains: [base -> x]\nseeds: [1, 2]', { rows: 20 })
    // A plan opens the tokenizers, which the scripted runners do not.
    cpSync(new URL('../../examples/starter/spiece.model', import.meta.url), join(folder, 'spiece.model'))
    const bare = await cli('status', file)
    expect(bare).toMatchObject({ code: 0, out: 'Nothing of study "scripted" in its store ".reteach"\n', err: '' })
    await runScripted(file, { right: () => 0.5 })
    // Elsewhere under another name, and in a folder above.
    cpSync(join(folder, '.reteach'), join(folder, 'results'), { recursive: true })
    rmSync(join(folder, 'results/evaluate'), { recursive: true })
    mkdirSync(join(folder, 'inner'))
    for (const name of ['study.yaml', 'spiece.model']) cpSync(join(folder, name), join(folder, 'inner', name))
    for (const part of ['train', 'validation', 'test'])
      for (const task of ['x', 'y'])
        cpSync(join(folder, `${task}-${part}.csv`), join(folder, `inner/${task}-${part}.csv`))
    const inner = 'inner/study.yaml'
    const sentence =
      'Nothing of study "scripted" in its store "inner/.reteach"; ".reteach" holds 5 of its 5 steps: --store .reteach; "results" holds 3 of its 5 steps: --store results'
    expect(await cli('status', inner)).toMatchObject({ code: 0, out: `${sentence}\n`, err: '' })
    for (const command of ['recommend', 'figures', 'gc'])
      expect(await cli(command, inner), command).toMatchObject({ code: 1, out: '', err: `❌ ${sentence}\n` })
    const plan = JSON.parse((await cli('plan', inner, '--no-measure', '--json')).out) as { steps: { key: string }[] }
    const step = await cli('step', inner, plan.steps.at(-1)!.key)
    expect(step.code).toBe(3)
    expect(linesOf(step.err)[0]).toBe(`Note: ${sentence}`)
    expect((await cli('run', inner, '--dry-run')).err).toContain(sentence)
    const there = JSON.parse((await cli('status', inner, '--store', '.reteach', '--json')).out) as {
      steps: { state: string }[]
    }
    expect(there.steps.map(({ state }) => state)).toEqual(Array(5).fill('finished'))
  })
})

describe('verify store', () => {
  it('says nothing of a folder that is no store, and of a store that nothing is finished in', async () => {
    mkdirSync(join(folder, 'none'))
    expect(await cli('verify', 'store', '--store', 'none')).toMatchObject({
      code: 1,
      out: '',
      err: `❌ Cannot verify "${join(folder, 'none')}" as it is no store: it holds no steps of a study\n`,
    })
    expect((await cli('verify', 'store', 'none')).err).toBe(
      '❌ Cannot use "none" as a study as it is a folder: of a store write --store none\n',
    )
    expect((await cli('verify', 'store', 'nowhere.yaml')).err).toBe('❌ Cannot find study "nowhere.yaml"\n')
    mkdirSync(join(folder, 'new/teach'), { recursive: true })
    expect(await cli('verify', 'store', '--store', 'new')).toMatchObject({
      code: 0,
      out: '0 finished steps, 0 files of 0 bytes read: nothing is finished\n',
    })
  })
})

describe('data', () => {
  it('tells all faults of the rows, each where the study says so', async () => {
    writeFileSync(join(folder, 'few.csv'), 'text,kind\na,red\nb,blue\nc,red\nd,blue\n')
    const task = (name: string, rest: string): string => `  ${name}: { data: { file: few.csv, split: ${rest} }\n`
    writeFileSync(
      join(folder, 'faulty.yaml'),
      `study: faulty\nstarts: { base: { scratch: { d_model: 8 }, tokenizer: spiece.model } }\ntasks:\n${task('many', '{ test: 20 } }, source: text, target: kind')}${task('odd', '{ test: 1, validation: 1 } }, source: text, labels: { column: kind, classes: [red, bleu] }')}chains: [base -> many, base -> odd]\n`,
    )
    const { code, out, err } = await cli('data', 'faulty.yaml')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.match(/faulty\.yaml:\d+:\d+ .*/gu)).toEqual([
      expect.stringContaining('faulty.yaml:4:34 Cannot prepare "many": cannot split 4 rows'),
      expect.stringContaining('did you mean "bleu"?'),
    ])
  })
})

describe('a study whose inputs are no more', () => {
  it('can be looked at as they were last read, also where its store was copied to, and cannot be run', async () => {
    const there = join(folder, 'there')
    mkdirSync(there)
    const file = writeScriptedStudy(there, 'chains: [base -> x]\nseeds: [1, 2]', { rows: 20 })
    cpSync(new URL('../../examples/starter/spiece.model', import.meta.url), join(there, 'spiece.model'))
    await runScripted(file, { right: () => 0.5 })
    const before = await cli('status', file, '--json')
    expect(before).toMatchObject({ code: 0, err: '' })
    const models = await cli('models', file, '--json')
    const here = join(folder, 'here')
    mkdirSync(here)
    cpSync(join(there, '.reteach'), join(here, '.reteach'), { recursive: true })
    cpSync(file, join(here, 'study.yaml'))
    const copy = join(here, 'study.yaml')

    const note =
      'Note: What inputs held when they were last read counts, as not all are there: Cannot find "spiece.model" (and 3 more)\n'
    const after = await cli('status', copy, '--json')
    expect(after).toMatchObject({ code: 0, err: note })
    const steps = ({ out }: { out: string }) => (JSON.parse(out) as { steps: { key: string; state: string }[] }).steps
    expect(steps(after).map(({ key, state }) => [key, state])).toEqual(
      steps(before).map(({ key }) => [key, 'finished']),
    )
    for (const command of ['report', 'recommend', 'figures', 'models'])
      expect(await cli(command, copy), command).toMatchObject({ code: 0, err: expect.stringContaining(note) })
    expect((JSON.parse((await cli('models', copy, '--json')).out) as unknown[]).length).toBe(
      (JSON.parse(models.out) as unknown[]).length,
    )
    for (const command of ['run', 'plan', 'gc'])
      expect(await cli(command, copy), command).toMatchObject({
        code: 1,
        err: expect.stringContaining('Cannot find "spiece.model"'),
      })

    // Another input than was ever read is none that is known.
    writeFileSync(copy, readFileSync(copy, 'utf8').replace('x-train.csv', 'z-train.csv'))
    expect(await cli('status', copy)).toMatchObject({
      code: 1,
      err: expect.stringContaining('Cannot find "z-train.csv"'),
    })
  })
})

describe('reteach init', () => {
  it('prints commands that work as they stand', async () => {
    const cwd = join(folder, 'empty folder')
    mkdirSync(cwd)
    const { out } = await runCli(['init'], { cwd, env: { npm_execpath: '' } })
    const commands = linesOf(out).slice(1)
    // What the study teaches is shown by its own commands elsewhere: here one short lesson of each, of one seed, is enough.
    const written = readFileSync(join(cwd, 'study.yaml'), 'utf8')
    const shorter = written.replaceAll(/epochs: \d+/gu, 'epochs: 1').replace(/^seeds: .*$/mu, 'seeds: [42]')
    expect(shorter).not.toBe(written)
    writeFileSync(join(cwd, 'study.yaml'), shorter)
    expect(commands.map((line) => line.trim().split(' ').at(-2))).toEqual(['data', 'plan', 'run', 'recommend'])
    for (const line of commands) {
      expect(spawnSync(line, { cwd, shell: true, encoding: 'utf8' }), line).toMatchObject({ status: 0 })
    }
  }, 600_000)

  it('writes example rows over nothing', async () => {
    const cwd = join(folder, 'full')
    mkdirSync(join(cwd, 'starter'), { recursive: true })
    writeFileSync(join(cwd, 'starter/reviews.csv'), 'mine')
    const refused = await runCli(['init', '--force'], { cwd })
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('starter/reviews.csv" as another file')])
    expect(existsSync(join(cwd, 'study.yaml'))).toBe(false)
    expect(readFileSync(join(cwd, 'starter/reviews.csv'), 'utf8')).toBe('mine')
    rmSync(join(cwd, 'starter/reviews.csv'))
    expect((await runCli(['init', '--json'], { cwd })).out).toContain('"examples":["starter/abstracts.csv"')
    expect((await runCli(['init', 'other.yaml', '--json'], { cwd })).out).toContain('"examples":[]')
    // In the store beside them each is known by its name.
    expect(readFileSync(join(cwd, 'study.yaml'), 'utf8')).toContain('\nstudy: my-study\n')
    expect(readFileSync(join(cwd, 'other.yaml'), 'utf8')).toContain('\nstudy: other\n')
    await runCli(['init', 'true.yaml', '--json'], { cwd })
    expect(readFileSync(join(cwd, 'true.yaml'), 'utf8')).toContain('\nstudy: "true"\n')
  })
})
