import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, prefixOf, writeFakeStudy } from '../../test/rig/fake-study.ts'
import { Fault } from '../base/fault.ts'
import { takeLock } from '../base/lock.ts'
import type { RunObserver } from '../study/run/schedule.ts'
import type { StepRunners } from '../study/steps/runners.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import { livingLeases, whileLeased } from '../study/store/lease.ts'
import { Store } from '../study/store/store.ts'
import { engineRunners } from './engine-runners.ts'
import { runStudy } from './run-study.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-run-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const labels = (steps: readonly Step[]): string[] => steps.map(({ label }) => label)

async function run(runners: StepRunners, options: { signal?: AbortSignal; jobs?: number } = {}) {
  const plan = await planFile(writeFakeStudy(folder))
  const store = new Store(join(folder, 'store'))
  return { plan, store, report: await runStudy(plan, { store, runners, program: 'test', pollMs: 20, ...options }) }
}

describe('runStudy()', () => {
  it('says in words which of its arguments is wrong', async () => {
    const plan = await planFile(writeFakeStudy(folder))
    const right = { store: new Store(join(folder, 'store')), runners: fakeRunners(), program: 'test' }
    for (const [options, sentence] of [
      [undefined, 'Missing "options"'],
      [{ ...right, store: folder }, 'Wrong value of "store": it must be a Store'],
      [{ ...right, runners: {} }, 'Wrong value of "runners": it must be an object with teach() and predict()'],
      [{ ...right, executor: 'constructor' }, 'Wrong value of "executor": it must be "local" or "slurm"'],
      [{ ...right, executor: 'slurm' }, 'Missing "cluster"'],
      [{ ...right, jobs: Number.NaN }, 'Wrong value of "jobs": it must be a whole number of at least 1'],
      [{ ...right, observer: { onfinish: () => {} } }, 'Unknown option "onfinish": did you mean "onFinish"?'],
    ] as const) {
      await expect(runStudy(plan, options as never)).rejects.toThrow(sentence)
    }
    await expect(engineRunners.teach({} as never, { onProgress: () => {} } as never)).rejects.toThrow(
      'Wrong value of "context"',
    )
    await expect(runStudy(Promise.resolve(plan) as never, right)).rejects.toThrow('"plan": it is a promise')
  })

  it('takes one lease, or none where it is given one', async () => {
    const runners = fakeRunners()
    const leases = new Set<string>()
    const teach: StepRunners['teach'] = (...args) => {
      for (const { name } of livingLeases(new Store(join(folder, 'store')))) leases.add(name)
      return runners.teach(...args)
    }
    const plan = await planFile(writeFakeStudy(folder))
    const store = new Store(join(folder, 'store'))
    await whileLeased(store, plan.steps.keys(), async (lease) => {
      await runStudy(plan, { store, runners: { ...runners, teach }, program: 'test', lease })
      expect([...leases]).toEqual([lease.name])
    })
    leases.clear()
    rmSync(store.folder, { recursive: true })
    await runStudy(plan, { store, runners: { ...runners, teach }, program: 'test' })
    expect(leases.size).toBe(1)
    expect(livingLeases(store)).toEqual([])
  })

  it('teaches a shared beginning once and finishes every step', async () => {
    const log: string[] = []
    const { report, plan, store } = await run(fakeRunners(log))
    expect(labels(report.finished)).toEqual([
      'prepare a2t',
      'teach base -> a2t, seed 1',
      'evaluate base -> a2t, seed 1 on a2t',
      'prepare res',
      'teach base -> res, seed 1',
      'evaluate base -> res, seed 1 on res',
      'teach base -> res -> a2t, seed 1',
      'evaluate base -> res -> a2t, seed 1 on a2t',
    ])
    expect(log.filter((line) => line.startsWith('teach'))).toEqual([
      'teach title: from scratch',
      'teach labels: from scratch',
      'teach title: from a checkpoint',
    ])
    const evaluation = plan.chains[0]!.evaluations[0]!.key
    const scores = store.scores(evaluation)
    expect(scores.metrics[1]).toMatchObject({ name: 'exact-match', scores: { exact: 0.5 } })
    const lines = readFileSync(join(store.folderOf('evaluate', evaluation), 'predictions.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(6)
    expect(store.record('evaluate', evaluation)).toMatchObject({
      key: evaluation,
      study: 'fake',
      result: { examples: 6 },
    })
  })

  it('asks again for a step that another process took over, and takes what that makes of it', async () => {
    const runners = fakeRunners()
    const notices: string[] = []
    const held: string[] = []
    let taken = 0
    const plan = await planFile(writeFakeStudy(folder))
    const store = new Store(join(folder, 'store'))
    const teach: StepRunners['teach'] = async (work, context) => {
      const [lock] = readdirSync(join(store.folder, 'teach')).filter((name) => name.endsWith('.lock'))
      if (taken++ === 0) {
        const theirs = { pid: 17, host: 'elsewhere', process: 'boot pid:[1] 5', since: '2026-01-01' }
        writeFileSync(join(store.folder, 'teach', lock!), JSON.stringify(theirs))
      }
      return await runners.teach(work, context)
    }
    const observer: RunObserver = {
      onNotice: (_, sentence) => notices.push(sentence),
      onHeld(step, { host }) {
        held.push(`${step.label}: ${host}`)
        rmSync(join(store.folder, 'teach', `${step.key}.lock`))
      },
    }
    const options = { store, runners: { ...runners, teach }, program: 'test', pollMs: 20, observer }
    const report = await runStudy(plan, options)
    expect(held).toEqual(['teach base -> a2t, seed 1: elsewhere'])
    expect(notices[0]).toContain('another process has taken it over')
    expect(report).toMatchObject({ failed: [], blocked: [] })
    expect(report.finished).toHaveLength(8)
    expect(taken).toBe(4)
  })

  it('does nothing the second time', async () => {
    await run(fakeRunners())
    const log: string[] = []
    const { report } = await run(fakeRunners(log))
    expect(report.finished).toEqual([])
    expect(report.reused).toHaveLength(8)
    expect(log).toEqual([])
  })

  it('runs the same steps side by side', async () => {
    const { report } = await run(fakeRunners(), { jobs: 3 })
    expect(report.finished).toHaveLength(8)
  })

  it('runs side by side only what fits into memory, and alone what is too large for it', async () => {
    const plan = await planFile(writeFakeStudy(folder))
    const store = new Store(join(folder, 'store'))
    const runners = fakeRunners()
    let lessons = 0
    let most = 0
    let patience = 5
    const counting: StepRunners = {
      ...runners,
      teach: async (work, context) => {
        most = Math.max(most, ++lessons)
        // As long as others could begin beside it.
        for (let i = 0; i < patience && most < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10))
        const outcome = await runners.teach(work, context)
        lessons--
        return outcome
      },
    }
    const bytesOf = ({ kind }: Step): number => (kind === 'teach' ? 10 : 1)
    const options = { store, runners: counting, program: 'test', jobs: 4, pollMs: 20 }
    await runStudy(plan, { ...options, memory: { limitBytes: 15, bytesOf } })
    expect(most).toBe(1)
    rmSync(store.folder, { recursive: true })
    const report = await runStudy(plan, { ...options, memory: { limitBytes: 5, bytesOf } })
    expect(report.finished).toHaveLength(8)
    expect(most).toBe(1)
    rmSync(store.folder, { recursive: true })
    patience = 1000
    await runStudy(plan, { ...options, memory: { limitBytes: 30, bytesOf } })
    expect(most).toBe(2)
  })

  it('stops only what needs a failed step, and tries it again the next time', async () => {
    const runners = fakeRunners()
    const failing: StepRunners = {
      ...runners,
      teach: async (work, context) => {
        if (prefixOf(work) === 'labels: ') throw new Fault('The loss is NaN at update 3: lower the learning rate')
        return await runners.teach(work, context)
      },
    }
    const { report, plan, store } = await run(failing)
    expect(report.failed.map(({ step, reason }) => [step.label, reason])).toEqual([
      ['teach base -> res, seed 1', 'The loss is NaN at update 3: lower the learning rate'],
    ])
    expect(labels(report.blocked)).toEqual([
      'evaluate base -> res, seed 1 on res',
      'teach base -> res -> a2t, seed 1',
      'evaluate base -> res -> a2t, seed 1 on a2t',
    ])
    expect(report.finished).toHaveLength(4)
    const key = plan.chains[1]!.teach[0]!
    expect(store.failure('teach', key)?.reason).toContain('NaN')
    const again = await run(runners)
    expect(again.report.finished).toHaveLength(4)
    expect(store.failure('teach', key)).toBeUndefined()
  })

  it('leaves no half-written step behind when it is interrupted, and keeps the state', async () => {
    const runners = fakeRunners()
    const controller = new AbortController()
    const stopping: StepRunners = {
      ...runners,
      teach: async (work, context) => {
        writeFileSync(join(work.outFolder, 'model.safetensors'), 'half')
        writeFileSync(work.stateFolder, 'state')
        controller.abort()
        return await runners.teach(work, context).then(() => Promise.reject(new Error('stopped')))
      },
    }
    const { report, plan, store } = await run(stopping, { signal: controller.signal })
    expect(report.interrupted).toBe(true)
    const key = plan.chains[0]!.teach[0]!
    expect(readdirSync(join(store.folder, 'teach'))).toEqual([`${key}.state`])
  })

  it('goes on with other steps while another process holds one, then finishes it', async () => {
    const plan = await planFile(writeFakeStudy(folder))
    const store = new Store(join(folder, 'store'))
    const key = plan.chains[0]!.teach[0]!
    const other = takeLock(join(store.folder, 'teach', `${key}.lock`))
    if ('holder' in other) throw new Error('the lock must be free')
    const held: string[] = []
    const report = await runStudy(plan, {
      store,
      runners: fakeRunners(),
      program: 'test',
      pollMs: 20,
      observer: {
        onHeld: (step, { pid }) => void held.push(`${step.label} by ${pid}`),
        onFinish: (step) => {
          if (step.label === 'evaluate base -> res -> a2t, seed 1 on a2t') other.release()
        },
      },
    })
    expect(held).toEqual([`teach base -> a2t, seed 1 by ${process.pid}`])
    expect(report.finished).toHaveLength(8)
    expect(labels(report.finished).at(-1)).toBe('evaluate base -> a2t, seed 1 on a2t')
  })

  it('names the row of a label that is not in the list', async () => {
    const few = writeFakeStudy(folder, { 'reviews.csv': 'review,policies\nfine,Cost\nbad,Cost\n' })
    const store = new Store(join(folder, 'store'))
    const report = await runStudy(await planFile(few), { store, runners: fakeRunners(), program: 'test' })
    expect(report.failed[0]!.reason).toMatch(/2 rows into 12 train/)
    const more = writeFakeStudy(folder, {
      'reviews.csv': `review,policies\n${'fine,Cost\n'.repeat(19)}bad,Cots\n`,
    })
    const second = await runStudy(await planFile(more), { store, runners: fakeRunners(), program: 'test' })
    expect(second.failed[0]!.reason).toBe(
      `Unknown label "Cots" in column "policies" of row 20 of "${join(folder, 'reviews.csv')}" (line 21): did you mean "Cost"?`,
    )
  })
})

describe('planStudy()', () => {
  const keysOf = async (text: string, files: Record<string, string> = {}): Promise<string[]> => [
    ...(await planFile(writeFakeStudy(folder, { 'study.yaml': text, ...files }))).steps.keys(),
  ]

  it('gives the same keys when nothing that matters changes', async () => {
    const keys = await keysOf(fakeStudyText)
    const changed = fakeStudyText
      .replace('study: fake', '# a comment\nstudy: renamed')
      .replace(
        'teach: { learning_rate: 1e-3, epochs: 1, batch: 4 }',
        'teach: { batch: 4, weight_decay: 0.0, epochs: 1, learning_rate: 0.001, schedule: linear }',
      )
      .replace('mixtures', 'mixtures')
      .replace(
        'tasks:\n',
        'tasks:\n  unused: { data: { file: missing.csv, split: { test: 3 } }, source: a, target: b }\n',
      )
    expect(changed).toContain('weight_decay')
    expect(await keysOf(changed)).toEqual(keys)
  })

  it('gives other keys to what a change touches, and only to that', async () => {
    const before = await planFile(writeFakeStudy(folder))
    const after = await planFile(
      writeFakeStudy(folder, { 'study.yaml': fakeStudyText.replace('prefix: "labels: "', 'prefix: "label: "') }),
    )
    const changed = [...after.steps.values()].filter(({ key }) => !before.steps.has(key))
    expect(labels(changed)).toEqual([
      'teach base -> res, seed 1',
      'evaluate base -> res, seed 1 on res',
      'teach base -> res -> a2t, seed 1',
      'evaluate base -> res -> a2t, seed 1 on a2t',
    ])
  })

  it('sees another content of a file of the same name', async () => {
    const keys = await keysOf(fakeStudyText)
    const rows = Array.from({ length: 20 }, (_, i) => `text ${i},other ${i}`).join('\n')
    const other = await keysOf(fakeStudyText, { 'titles.csv': `abstract,title\n${rows}\n` })
    expect(other.filter((key) => keys.includes(key))).toHaveLength(3)
  })
})

describe('readInputs()', () => {
  it('reports every missing file with its place', async () => {
    const file = writeFakeStudy(folder, {
      'study.yaml': fakeStudyText
        .replace('file: titles.csv', 'file: title.csv')
        .replace('file: reviews.csv', 'file: gone/reviews.csv'),
    })
    const message = await planFile(file).then(
      () => '',
      (error: Error) => error.message,
    )
    expect(message).toContain(`study.yaml:8:19 Cannot find "title.csv": did you mean "titles.csv"?`)
    expect(message).toContain('study.yaml:15:19 Cannot find "gone/reviews.csv"')
    expect(existsSync(join(folder, 'store'))).toBe(false)
  })

  it('reports every column that its table does not have with its place, beside files that are missing', async () => {
    const file = writeFakeStudy(folder, {
      'study.yaml': fakeStudyText
        .replace('source: abstract', 'source: "{title}: {abstrct}"')
        .replace('file: reviews.csv', 'file: gone.csv'),
    })
    await expect(planFile(file)).rejects.toThrow(
      /study\.yaml:9:24 Cannot find column "abstrct" in "titles\.csv", which has "abstract", "title": did you mean "abstract"\?/u,
    )
    await expect(planFile(file)).rejects.toThrow('Cannot find "gone.csv"')
  })

  it('refuses a Git LFS pointer in place of a data file, with its place', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:a6fce4\nsize 566685408\n'
    const file = writeFakeStudy(folder, { 'study.yaml': fakeStudyText, 'titles.csv': pointer })
    await expect(planFile(file)).rejects.toThrow(
      /study\.yaml:8:\d+ Cannot read ".*titles\.csv" as it is a Git LFS pointer and not the file itself: git lfs pull/,
    )
  })
})
