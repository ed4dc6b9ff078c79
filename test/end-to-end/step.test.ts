import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { takeLock } from '../../src/base/lock.ts'
import { type CliOptions, type CliResult, runCli } from '../rig/cli.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

interface StepJson {
  readonly key: string
  readonly kind: string
  readonly label: string
}

let folder: string
/** One lesson and its test, long enough to be stopped on its way. */
let study: string
let steps: readonly StepJson[]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-step-e2e-'))
  study = writeStudyFolder(join(folder, 'longer'), (text) =>
    text.replace('epochs: 1', 'epochs: 12').replace(/chains:.*seeds/su, 'chains: [flan -> a2t]\nseeds'),
  )
  steps = await planned(study)
}, 60_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const cli = (args: readonly string[], whileRunning?: CliOptions['whileRunning']): Promise<CliResult> =>
  runCli(args, { cwd: folder, ...(whileRunning && { whileRunning }) })

async function planned(file: string): Promise<readonly StepJson[]> {
  const { out } = await cli(['plan', file, '--no-measure', '--json', '--store', join(folder, 'plan-store')])
  return (JSON.parse(out) as { steps: StepJson[] }).steps
}

const step = (store: string, key: string, ...more: string[]): string[] => [
  ...['step', study, key, '--store', join(folder, store), '--json'],
  ...more,
]

const told = ({ out }: CliResult): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>

function weights(store: string, key: string): unknown {
  const { result } = JSON.parse(readFileSync(join(folder, store, 'teach', key, 'step.json'), 'utf8')) as {
    result: { weightsSha256: string }
  }
  return result.weightsSha256
}

describe('reteach step', () => {
  it('does a whole study step by step as a run does, after which a run finds nothing to do', async () => {
    const whole = writeStudyFolder(join(folder, 'whole'), (text) => text.replace('  - flan -> res -> trans\n', ''))
    const [one, other] = [join(folder, 'steps-store'), join(folder, 'run-store')]
    const all = await planned(whole)
    expect(all).toHaveLength(7)
    for (const { key, kind, label } of all) {
      const result = await cli(['step', whole, key.slice(0, 12), '--store', one, '--json'])
      expect(result.code, result.err).toBe(0)
      expect(told(result)).toEqual({ key, kind, label, outcome: 'finished', seconds: expect.any(Number) as number })
    }
    const run = await cli(['run', whole, '--store', one, '--json'])
    expect(run.err).toContain('7 steps, all finished: nothing to do')
    expect(run.code).toBe(0)
    const whole2 = await cli(['run', whole, '--store', other, '--json'])
    const lessons = all.filter(({ kind }) => kind === 'teach')
    for (const { key } of lessons) expect(weights('steps-store', key)).toBe(weights('run-store', key))
    for (const kind of ['prepare', 'teach', 'evaluate']) {
      expect(readdirSync(join(one, kind)).sort()).toEqual(readdirSync(join(other, kind)).sort())
    }
    const means = (result: CliResult): unknown =>
      (JSON.parse(result.out) as { tables: { rows: { mean: unknown }[] }[] }).tables.map(({ rows }) =>
        rows.map(({ mean }) => mean),
      )
    expect(means(run)).toEqual(means(whole2))
  }, 300_000)

  it('says what is missing with 3, and that a step was finished before with 0', async () => {
    const [prepare, teach] = steps
    const early = await cli(step('small-store', teach!.key))
    expect(early.code).toBe(3)
    expect(told(early)).toEqual({ ...named(teach!), outcome: 'not-ready', missing: [named(prepare!)] })
    expect(early.err).toContain(`not ready, as it needs "prepare a2t" (${prepare!.key.slice(0, 12)})`)
    expect(existsSync(join(folder, 'small-store/teach'))).toBe(false)
    expect((await cli(step('small-store', prepare!.key))).code).toBe(0)
    const again = await cli(step('small-store', prepare!.key))
    expect([again.code, told(again)]).toEqual([0, { ...named(prepare!), outcome: 'finished-before' }])
    expect(again.err).toContain('prepare a2t  was finished before: nothing to do')
  }, 60_000)

  it('says to a job whose step the study no longer has that it has changed', async () => {
    const gone = await cli(['step', study, 'f'.repeat(64), '--store', join(folder, 'small-store'), '--requeue'])
    expect([gone.code, gone.err]).toEqual([
      2,
      expect.stringMatching(/has changed since this job was submitted; run it again/u),
    ])
  })

  it('goes on where SIGTERM stopped it, with the same weights as a lesson left alone', async () => {
    const [prepare, teach] = steps
    for (const store of ['alone-store', 'stopped-store']) await cli(step(store, prepare!.key))
    expect((await cli(step('alone-store', teach!.key, '--threads', '1'))).code).toBe(0)
    const log = join(folder, 'stopped-store/teach', `${teach!.key}.state`, 'log.jsonl')
    const isTaught = (): boolean => existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 5
    let asked = false
    const stopped = await cli(step('stopped-store', teach!.key, '--threads', '1'), (child) => {
      if (asked || !isTaught()) return
      asked = true
      child.kill('SIGTERM')
    })
    expect([stopped.code, told(stopped)]).toEqual([143, { ...named(teach!), outcome: 'interrupted' }])
    expect(stopped.err).toContain('interrupted: what is done of it is saved')
    expect(readdirSync(join(folder, 'stopped-store/teach'))).toEqual([`${teach!.key}.state`])
    const last = await cli(step('stopped-store', teach!.key, '--threads', '1'))
    expect([last.code, told(last).outcome]).toEqual([0, 'finished'])
    expect(last.err).toContain('going on from its saved state')
    expect(weights('stopped-store', teach!.key)).toBe(weights('alone-store', teach!.key))
    expect(readdirSync(join(folder, 'stopped-store/teach'))).toEqual([teach!.key])
  }, 120_000)

  it('leaves a step alone with 4 that another process is at, and two beside each other do it once', async () => {
    const [prepare] = steps
    const lock = takeLock(join(folder, 'held-store/prepare', `${prepare!.key}.lock`))
    if ('holder' in lock) throw new Error('the lock must be free')
    const held = await cli(step('held-store', prepare!.key))
    expect(held.code).toBe(4)
    expect(told(held)).toMatchObject({ outcome: 'held', holder: { pid: process.pid, host: hostname() } })
    expect(held.err).toContain(`not done, as process ${process.pid} on ${hostname()} is working on it`)
    lock.release()
    const both = await Promise.all([1, 2].map(() => cli(step('held-store', prepare!.key))))
    const outcomes = both.map((result) => told(result).outcome)
    expect(outcomes.filter((outcome) => outcome === 'finished')).toHaveLength(1)
    expect(both.every(({ code }) => code === 0 || code === 4)).toBe(true)
  }, 60_000)

  it('goes back into the queue as a job of Slurm that finds another process at it, or waits for that where it is', async () => {
    const [prepare] = steps
    const lock = takeLock(join(folder, 'queue-store/prepare', `${prepare!.key}.lock`))
    if ('holder' in lock) throw new Error('the lock must be free')
    const bin = join(folder, 'slurm-bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'scontrol'), `#!/bin/sh\necho "$@" >> '${folder}/asked'\n`, { mode: 0o755 })
    const job = (path: string, whileRunning?: CliOptions['whileRunning']): Promise<CliResult> =>
      runCli([...step('queue-store', prepare!.key), '--requeue'], {
        cwd: folder,
        env: { PATH: path, SLURM_JOB_ID: '7' },
        ...(whileRunning && { whileRunning }),
      })
    const held = await job(`${bin}${delimiter}${process.env.PATH}`)
    expect([held.code, readFileSync(join(folder, 'asked'), 'utf8')]).toEqual([4, 'requeue 7\n'])
    const why = `process ${process.pid} on ${hostname()} is working on it`
    expect(held.err).toContain(`Job 7 goes back into the queue, as ${why}`)
    let begun = 0
    // What is given back on the first look would be free before the job has found it held.
    const waited = await job(folder, () => {
      begun ||= performance.now()
      if (performance.now() - begun > 4000) lock.release()
    })
    expect(waited.err).toMatch(new RegExp(`Cannot find "scontrol".*: job 7 waits here, as ${why}`, 'u'))
    expect([waited.code, told(waited).outcome]).toEqual([0, 'finished'])
  }, 60_000)

  it('is done once when it and a run are beside each other', async () => {
    const [prepare] = steps
    const store = join(folder, 'beside-store')
    const [run, one] = await Promise.all([
      cli(['run', study, '--store', store, '--json']),
      cli(['step', study, prepare!.key, '--store', store, '--json']),
    ])
    const { finished, reused } = (JSON.parse(run.out) as { steps: Record<string, StepJson[]> }).steps
    const byRun = finished!.some(({ key }) => key === prepare!.key)
    expect(finished!.length + reused!.length).toBe(3)
    expect([run.code, told(one).outcome === 'finished']).toEqual([0, !byRun])
  }, 60_000)

  it('fails with 1 and tells why, and again where the study has faults', async () => {
    const bad = writeStudyFolder(join(folder, 'bad'), (text) => text.replace('train: 40, validation: 8', 'train: 4000'))
    // "plan" would tell it beforehand.
    const dry = await cli(['run', bad, '--dry-run', '--json', '--store', join(folder, 'bad-store')])
    const [prepare] = (JSON.parse(dry.out) as { todo: StepJson[] }).todo
    const args = ['step', bad, prepare!.key, '--store', join(folder, 'bad-store'), '--json']
    const failed = await cli(args)
    expect(failed.code).toBe(1)
    expect(told(failed)).toMatchObject({
      label: 'prepare a2t',
      outcome: 'failed',
      seconds: expect.any(Number) as number,
      reason: expect.stringMatching(/^Cannot prepare "a2t": cannot split 60 rows/u) as string,
    })
    writeFileSync(bad, readFileSync(bad, 'utf8').replace('titles.csv', 'title.csv'))
    const faulty = await cli(args)
    expect([faulty.code, faulty.out]).toEqual([1, ''])
    expect(faulty.err).toContain('Cannot find "title.csv": did you mean "titles.csv"?')
  }, 60_000)

  it('refuses with 2 a key that names no step, and an option that is not there', async () => {
    const unknown = await cli(step('small-store', 'teach flan -> a2t seed 1'))
    expect([unknown.code, unknown.out]).toEqual([2, ''])
    expect(unknown.err).toContain(
      `error: Unknown step "teach flan -> a2t seed 1" of "small": did you mean ${steps[1]!.key.slice(0, 12)} (teach flan -> a2t, seed 1)?`,
    )
    const short = await cli(step('small-store', steps[1]!.key.slice(0, 4)))
    expect([short.code, short.err]).toEqual([2, expect.stringContaining('at least 8 characters')])
    expect((await cli(['step', study, '--stor', 'x'])).code).toBe(2)
  }, 60_000)
})

function named({ key, kind, label }: StepJson): StepJson {
  return { key, kind, label }
}
