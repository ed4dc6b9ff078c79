import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Conclusions } from '../../src/report/conclusions/conclusions.ts'
import { runCli } from '../rig/cli.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

let folder: string
let study: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-study-'))
  study = writeStudyFolder(folder, (text) =>
    text.replace(/chains:.*seeds/su, 'chains: [flan -> a2t, flan -> res -> a2t]\nseeds'),
  )
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const cli = (...args: string[]) => runCli(args, { cwd: folder })
const json = async (...args: string[]): Promise<Record<string, never>> =>
  JSON.parse((await cli(...args, '--json')).out) as Record<string, never>

interface StepJson {
  kind: string
  key: string
  label: string
  state?: string
  finished?: boolean
  updates?: number
  seconds?: number
  secondsPerUpdate?: number
  peakMemoryBytes?: number
  diskBytes?: number
  weights?: string
}

describe('reteach plan, status, run, gc', () => {
  it('plans, runs, tells how it stands, and tidies', async () => {
    const plan = (await json('plan', study)) as unknown as {
      steps: StepJson[]
      shared: number
      totals: Record<string, number>
    }
    expect(plan.steps.map(({ label }) => label)).toEqual([
      'prepare a2t',
      'teach flan -> a2t, seed 1',
      'evaluate flan -> a2t, seed 1 on a2t',
      'prepare res',
      'teach flan -> res, seed 1',
      'teach flan -> res -> a2t, seed 1',
      'evaluate flan -> res -> a2t, seed 1 on a2t',
    ])
    expect(plan.shared).toBe(1)
    const lessons = plan.steps.filter(({ kind }) => kind === 'teach')
    for (const lesson of lessons) {
      expect(lesson.updates).toBe(5)
      for (const value of [lesson.secondsPerUpdate, lesson.seconds, lesson.peakMemoryBytes, lesson.diskBytes]) {
        expect(value).toBeGreaterThan(0)
      }
    }
    expect(plan.totals).toMatchObject({ updates: 15, unknown: 0 })
    expect(plan.totals.seconds).toBeGreaterThan(lessons.reduce((sum, { seconds }) => sum + seconds!, 0))

    const waiting = await cli('status', study)
    expect(waiting.out).toMatch(/2 of 7 steps finished, about \d+ s left\n$/u)
    expect(await json('status', study)).toMatchObject({ left: { seconds: expect.any(Number), unknown: 0 } })
    expect(await cli('recommend', study)).toMatchObject({ code: 1, out: expect.stringContaining('not finished') })
    expect((await cli('run', study)).code).toBe(0)
    const answer = await cli('recommend', study)
    expect(answer.code).toBe(0)
    expect(answer.out).toMatch(/^- a2t: (start|take|teach|one seed|nothing has been learnt)/mu)
    const conclusions = JSON.parse(
      readFileSync(join(folder, '.reteach/report/small/conclusions.json'), 'utf8'),
    ) as Conclusions
    expect(conclusions.costs.map(({ all }) => all.updates)).toEqual([5, 10])
    for (const { all } of conclusions.costs) expect(all.cpuHours).toBeGreaterThan(0)
    const status = (await json('status', study)) as unknown as { steps: StepJson[] }
    expect(status).toMatchObject({ left: { seconds: 0, unknown: 0 } })
    expect(status.steps.every(({ state }) => state === 'finished')).toBe(true)
    const hashes = status.steps.filter(({ kind }) => kind === 'teach').map(({ weights }) => weights)
    expect(new Set(hashes).size).toBe(3)

    const dry = (await json('gc', study, '--weights', 'leaves', '--dry-run')) as unknown as {
      removed: unknown[]
      bytes: number
    }
    expect(dry.removed).toHaveLength(1)
    expect(dry.bytes).toBeGreaterThan(1e6)
    const done = (await json('gc', study, '--weights', 'leaves')) as unknown as { bytes: number }
    expect(done.bytes).toBe(dry.bytes)
    expect((await cli('run', study)).err).toContain('nothing to do')
    expect((await cli('plan', study)).out).toMatch(/2 chains, 7 steps, 1 shared, 7 finished/u)
  }, 120_000)

  it('plans the paper without its data and models, and draws the graph', async () => {
    const paper = new URL('../../examples/paper.yaml', import.meta.url).pathname
    const { out, code } = await runCli(['plan', paper, '--assume-sizes', '--all', '--store', join(folder, 'none')], {
      cwd: folder,
      env: { COLUMNS: '120' },
    })
    expect(code).toBe(0)
    expect(out).toMatch(/^About \d+ [dh].*, \d+\.\d GB memory, \d+\.\d GB disk: 688500 updates to make\n/u)
    expect(out).toContain('19 chains (57 with their seeds), 121 steps')
    // Seconds an update, time, memory and disk, by the sizes of a model that nobody has fetched.
    expect(out).toMatch(/teach mt5 -> a2t, seed 42 +22500 +[\d.e+]+ +[\d dhmins]+ +\d+\.\d GB +1\.2 GB/u)
    const bare = await cli('plan', paper, '--assume-sizes', '--no-measure')
    expect(bare.out).toMatch(/^688500 updates to make\n/u)
    expect(bare.out).toMatch(/^teach mt5 -> a2t +3 +67500$/mu)
    const mermaid = await cli('plan', study, '--mermaid')
    expect(mermaid.out).toMatch(/^flowchart LR\n {2}prepare_[0-9a-f]{12}\["prepare a2t"\]/u)
    const dot = await cli('plan', study, '--dot')
    expect(dot.out).toMatch(/^digraph study \{.*"prepare_\w+" -> "teach_\w+"/su)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  }, 120_000)
})

describe('reteach init, schema', () => {
  it('writes a study and its schema, and not over one that is there', async () => {
    expect((await cli('init', 'new/study.yaml')).code).toBe(0)
    const text = readFileSync(join(folder, 'new/study.yaml'), 'utf8')
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/study\.schema\.json\n/u)
    const schema = JSON.parse(readFileSync(join(folder, 'new/study.schema.json'), 'utf8')) as unknown
    expect(JSON.parse((await cli('schema')).out)).toEqual(schema)
    const again = await cli('init', 'new/study.yaml')
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('is there already')])
    expect((await cli('init', 'paper.yaml', '--paper')).code).toBe(0)
    expect((await cli('plan', 'paper.yaml', '--assume-sizes')).code).toBe(0)
  }, 60_000)
})

describe('reteach verify resume', () => {
  it('ends a lesson that was killed five times with the weights of one left alone', async () => {
    const { code, out, err } = await cli('verify', 'resume', study, '--kills', '5', '--updates', '80', '--json')
    expect(err).toContain('(5 of 5)')
    const told = JSON.parse(out) as { same: boolean; kills: number; leftAlone: string; killed: string }
    expect(told).toMatchObject({ same: true, kills: 5 })
    expect(told.killed).toBe(told.leftAlone)
    expect(code).toBe(0)
  }, 120_000)
})
