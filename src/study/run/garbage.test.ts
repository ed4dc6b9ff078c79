import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { lockHolder, takeLock } from '../../base/lock.ts'
import { LineMemory } from '../../content/line-memory.ts'
import { writeSealedBytes } from '../../content/sealed-bytes.ts'
import { writeSealedJson } from '../../content/sealed-json.ts'
import { runStudy } from '../../execute/run-study.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import type { KnownStep } from '../store/known-steps.ts'
import { takeLease } from '../store/lease.ts'
import { Store } from '../store/store.ts'
import { inTrialFolder } from '../store/trial-folder.ts'
import { collectGarbage, foreignSteps, removeSpentWeights } from './garbage.ts'
import { studyStatus } from './status.ts'

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-gc-'))
  store = new Store(join(folder, 'store'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function finished(change: (text: string) => string = (text) => text, log: string[] = []): Promise<Plan> {
  const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': change(fakeStudyText) }))
  const report = await runStudy(plan, { store, runners: fakeRunners(log), program: 'test' })
  if (report.failed.length > 0) throw new Error(report.failed[0]!.reason)
  return plan
}

describe('collectGarbage()', () => {
  it('removes what is known of jobs of steps that the study no longer has, and nothing of other studies', async () => {
    const plan = await planFile(writeFakeStudy(folder))
    const [kept, gone, other] = [[...plan.steps.keys()][0]!, 'a'.repeat(64), 'b'.repeat(64)]
    mkdirSync(store.jobsFolder, { recursive: true })
    const records = { [kept]: 'fake', [gone]: 'fake', [other]: 'another' }
    for (const [key, study] of Object.entries(records))
      writeFileSync(join(store.jobsFolder, `${key}.json`), JSON.stringify({ key, study }))
    const files = { [`${gone.slice(0, 12)}-7.log`]: 'x', 'array-00.txt': `${gone}\n`, 'array-00-8_0.log': 'x' }
    const rest = { 'array-11.txt': `${gone}\n${other}\n`, 'go-on-9.log': 'x', 'store-name': 'ab' }
    for (const [name, text] of Object.entries({ ...files, ...rest })) writeFileSync(join(store.jobsFolder, name), text)
    const removed = collectGarbage(store, { plans: [plan], dryRun: false })
    const names = removed.map((one) => ('path' in one ? one.path : ''))
    expect(names.sort()).toEqual([...Object.keys(files), `${gone}.json`].map((name) => join('jobs', name)).sort())
    const left = [...Object.keys(rest), `${kept}.json`, `${other}.json`]
    expect(readdirSync(store.jobsFolder).sort()).toEqual(left.sort())
  })

  it('removes the weights that no lesson begins with any more, and a later chain has them taught again', async () => {
    const plan = await finished()
    const removed = collectGarbage(store, { plans: [plan], weights: 'leaves', dryRun: false })
    const res = plan.chains[1]!.teach[0]!
    expect(removed).toMatchObject([{ key: res, what: 'weights' }])
    expect(store.hasWeights(res)).toBe(false)
    expect(store.isDone('teach', res)).toBe(true)
    expect(existsSync(join(store.folderOf('teach', res), 'model.safetensors'))).toBe(false)

    const log: string[] = []
    await finished((text) => text, log)
    expect(log).toEqual([])
    await finished((text) => text.replace('- base -> res -> a2t', '- base -> res -> a2t(batch=2)'), log)
    expect(log).toEqual(['teach labels: from scratch', 'teach title: from a checkpoint', 'predict title:'])
    expect(store.hasWeights(res)).toBe(true)
  })

  it('leaves the weights that another given study has still to begin with, until it has', async () => {
    const plan = await finished()
    const further = (text: string): string =>
      text.replace('study: fake', 'study: further').replace('- base -> res -> a2t', '- base -> res -> a2t(batch=2)')
    const other = await planFile(writeFakeStudy(folder, { 'study.yaml': further(fakeStudyText) }))
    const res = plan.chains[1]!.teach[0]!
    const tidied = () => collectGarbage(store, { plans: [plan, other], weights: 'leaves', dryRun: false })
    expect(tidied()).toEqual([])
    expect(store.hasWeights(res)).toBe(true)
    await finished(further)
    expect(tidied()).toMatchObject([{ key: res, what: 'weights' }])
  })

  it('leaves what was done for a study of another name, and says whose it is, unless that is asked for', async () => {
    await finished((text) => text.replace('study: fake', 'study: other').replace('epochs: 1', 'epochs: 2'))
    const plan = await finished()
    const foreign = foreignSteps([plan], store)
    expect(new Set(foreign.map(({ study }) => study))).toEqual(new Set(['other']))
    expect(foreign.map(({ label }) => label)).toContain('teach base -> a2t, seed 1')
    expect(collectGarbage(store, { plans: [plan], dryRun: false })).toEqual([])
    const removed = collectGarbage(store, { plans: [plan], otherStudies: true, dryRun: false })
    expect(removed.filter(({ what }) => what === 'step')).toHaveLength(foreign.length)
    expect(removed).toContainEqual(expect.objectContaining({ study: 'other', label: 'teach base -> a2t, seed 1' }))
    expect(foreignSteps([plan], store)).toEqual([])
  })

  it('leaves a state whose study nobody knows', async () => {
    const plan = await finished()
    const key = '0'.repeat(64) as StepKey
    mkdirSync(store.stateFolder('teach', key), { recursive: true })
    writeFileSync(join(store.stateFolder('teach', key), 'state.bin'), 'saved')
    expect(collectGarbage(store, { plans: [plan], dryRun: false })).toEqual([])
    expect(foreignSteps([plan], store)).toMatchObject([{ key }])
    expect(collectGarbage(store, { plans: [plan], otherStudies: true, dryRun: false })).toMatchObject([
      { key, what: 'step' },
    ])
  })

  it('removes the best weights of a lesson that was killed before it had a state, and no others', async () => {
    const plan = await planFile(writeFakeStudy(folder))
    const [lost, saved] = plan.chains.map(({ teach }) => store.stateFolder('teach', teach[0]!)) as [string, string]
    for (const state of [lost, saved]) {
      mkdirSync(state, { recursive: true })
      for (const name of ['best-7.bin', 'log.jsonl']) writeFileSync(join(state, name), 'x'.repeat(1000))
    }
    writeFileSync(join(saved, 'state.bin'), 'x')
    const dry = collectGarbage(store, { plans: [plan], dryRun: true })
    expect(dry).toMatchObject([{ key: plan.chains[0]!.teach[0], what: 'rests', bytes: 1000 }])
    expect(collectGarbage(store, { plans: [plan], dryRun: false })).toEqual(dry)
    expect(readdirSync(lost)).toEqual(['log.jsonl'])
    expect(readdirSync(saved)).toHaveLength(3)
  })

  it('removes every weight when none is wanted', async () => {
    const plan = await finished()
    expect(collectGarbage(store, { plans: [plan], weights: 'none', dryRun: true })).toHaveLength(3)
    expect(store.hasWeights(plan.chains[0]!.teach[0]!)).toBe(true)
    expect(collectGarbage(store, { plans: [plan], weights: 'none', dryRun: false })).toHaveLength(3)
    expect(collectGarbage(store, { plans: [plan], weights: 'none', dryRun: false })).toEqual([])
    expect(studyStatus(plan, store).every(({ state }) => state === 'finished')).toBe(true)
  })

  it('removes steps that no given study has, and what crashes have left', async () => {
    const old = await finished()
    const plan = await finished((text) => text.replace('prefix: "labels: "', 'prefix: "label: "'))
    const [gone] = [...old.steps.values()].filter(({ key, kind }) => kind === 'teach' && !plan.steps.has(key))
    mkdirSync(join(store.folder, 'teach', `${gone!.key}.tmp-1-abc`))
    const kept = plan.chains[0]!.teach[0]!
    mkdirSync(join(store.folder, 'teach', `${kept}.state`))
    writeFileSync(join(store.folder, 'teach', `${kept}.state`, 'state.bin'), 'old')
    const removed = collectGarbage(store, { plans: [plan], dryRun: false })
    expect(removed.filter(({ what }) => what === 'step')).toHaveLength(4)
    const noted = readdirSync(store.answersFolder).filter((name) => name !== 'whole')
    const tests = plan.chains.map(({ evaluations }) => evaluations[0]!.key)
    expect(noted.flatMap((name) => readdirSync(join(store.answersFolder, name))).sort()).toEqual(tests.sort())
    expect(removed.filter(({ what }) => what === 'rests')).toMatchObject([{ key: kept }])
    for (const kind of ['prepare', 'teach', 'evaluate'] as const) {
      expect(readdirSync(join(store.folder, kind)).every((name) => plan.steps.has(name as never))).toBe(true)
    }
  })

  it('keeps every step when no study is given', async () => {
    await finished()
    expect(collectGarbage(store, { plans: [], dryRun: false })).toEqual([])
  })

  it('removes trials that were broken off, and what rests on steps that are gone, but nothing that is in use', async () => {
    const old = await finished()
    const plan = await finished((text) => text.replace('prefix: "labels: "', 'prefix: "label: "'))
    const put = (path: string): void => {
      mkdirSync(dirname(path), { recursive: true })
      writeSealedJson(path, { evaluations: [] })
    }
    const [rows, otherRows] = [...plan.steps.values()].filter(({ kind }) => kind === 'prepare').map(({ key }) => key)
    const noStep = 'f'.repeat(64) as StepKey
    const kept = [store.leaksFile(rows!, otherRows!), store.comparisonFile('of-these'), store.measurementsFile]
    const tokens = (key: StepKey, name = 'a.tokens') => join(store.tokensFolder(key), name)
    kept.push(tokens(rows!))
    const young = `${store.inputHashesFile}.tmp-7-0011aabb`
    const gone = [
      store.leaksFile(noStep, rows!),
      store.leaksFile(rows!, noStep),
      `${store.measurementsFile}.tmp-7-00ff`,
      tokens(rows!, 'b.tokens.tmp-7-00ff'),
      tokens(rows!, 'damaged.tokens'),
      store.tokensFolder(noStep),
    ]
    const rests = ['teach/a.lock.7-00ff0011', 'evaluate/clock.tmp-7-00ff0011', 'tidy.lock.takeover'].map((name) =>
      join(store.folder, name),
    )
    for (const path of [...kept, ...gone.slice(0, -1), ...rests.slice(0, 2), tokens(noStep), young]) put(path)
    mkdirSync(rests[2]!)
    const [evaluation] = [...old.steps.values()].filter(({ kind, key }) => kind === 'evaluate' && !plan.steps.has(key))
    const compared = store.comparisonFile('of-old-ones')
    writeSealedJson(compared, { evaluations: [[evaluation!.key, plan.chains[0]!.evaluations[0]!.key]] })
    const damaged = store.comparisonFile('of-these-damaged')
    writeFileSync(damaged, '{"evaluations":[]}')
    const longAgo = new Date(Date.now() - 3600_000)
    await writeSealedBytes(tokens(rows!), [Uint8Array.of(7)])
    for (const half of [gone[2]!, gone[3]!, ...rests]) utimesSync(half, longAgo, longAgo)
    put(join(store.folder, 'trial-0a1b/pairs.jsonl'))
    put(join(store.folder, 'trial-0a1b.lock'))
    put(join(store.folder, 'trial-2c3d.lock'))
    await inTrialFolder(store, async (trial) => {
      put(join(trial, 'in-use.json'))
      for (const dryRun of [true, false]) {
        const removed = collectGarbage(store, { plans: [plan], dryRun }).filter((one) => 'path' in one)
        expect(removed.map(({ what, path }) => [what, path]).toSorted()).toEqual(
          [
            ['trial', 'trial-0a1b'],
            ['trial', 'trial-2c3d'],
            ...[...gone, ...rests, compared, damaged].map((path) => ['stale', relative(store.folder, path)]),
          ].toSorted(),
        )
      }
      expect(
        [...gone, ...rests, compared, damaged, join(store.folder, 'trial-0a1b')].filter((path) => existsSync(path)),
      ).toEqual([])
      expect([...kept, young, join(trial, 'in-use.json')].every((path) => existsSync(path))).toBe(true)
    })
    expect(readdirSync(store.folder).filter((name) => name.startsWith('trial-'))).toEqual([])
  })

  it('leaves what a run needs that is at work, and what is younger than it, to whoever tidies for another study', async () => {
    const other = await finished((text) => text.replace('prefix: "labels: "', 'prefix: "label: "'))
    const steps = (plan: Plan): string[] => [...plan.steps.keys()].toSorted()
    const there = (): string[] =>
      (['prepare', 'teach', 'evaluate'] as const).flatMap((kind) => store.keys(kind)).toSorted()
    const oldMs = Date.now() / 1000 - 100
    const lease = takeLease(store, steps(other).slice(0, 3) as StepKey[])
    // As if all were older than the run: what it does not need goes.
    const list = join(store.folder, `run-${lease.name}.json`)
    utimesSync(list, Date.now() / 1000 + 100, Date.now() / 1000 + 100)
    const plan = await planFile(writeFakeStudy(folder))
    const wanted = new Set(plan.steps.keys())
    collectGarbage(store, { plans: [plan], dryRun: false })
    expect(there()).toEqual(steps(other).filter((key) => wanted.has(key as StepKey) || steps(other).indexOf(key) < 3))
    // What has been finished since stays, whatever study it is of.
    utimesSync(list, oldMs, oldMs)
    await finished()
    const before = there()
    const stranger = await planFile(
      writeFakeStudy(folder, { 'study.yaml': fakeStudyText.replace('epochs: 1', 'epochs: 2') }),
    )
    expect(collectGarbage(store, { plans: [stranger], weights: 'none', dryRun: false })).toEqual([])
    expect(there()).toEqual(before)
    lease.release()
    expect(collectGarbage(store, { plans: [stranger], dryRun: false }).length).toBeGreaterThan(3)
    expect(readdirSync(store.folder).filter((name) => /^(?:run-|tidy)/u.test(name))).toEqual([])
  })

  it('is done by one at a time, and a run begins when it is over', async () => {
    await finished()
    const tidying = takeLock(store.tidyLockFile)
    const waited: number[] = []
    const work = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads')
       setTimeout(() => { require('node:fs').rmSync(workerData) }, 300)`,
      { eval: true, workerData: store.tidyLockFile },
    )
    takeLease(store, [], ({ pid }) => waited.push(pid)).release()
    expect(waited).toEqual([process.pid])
    expect(existsSync(store.tidyLockFile)).toBe(false)
    if ('release' in tidying) tidying.release()
    await work.terminate()
  })

  it('removes spent weights under the lock for which a run that begins waits, and none of what that one needs', async () => {
    const plan = await finished((text) => text.replace('seeds:', 'weights: none\nseeds:'))
    const lessons = [...plan.steps.values()].filter(({ kind }) => kind === 'teach').map(({ key }) => key)
    const own = takeLease(store, plan.steps.keys())
    const other = takeLease(store, lessons.slice(0, 1))
    const removed: StepKey[] = []
    const removeWeights = store.removeWeights.bind(store)
    store.removeWeights = (key, dryRun) => {
      expect(lockHolder(store.tidyLockFile)?.pid).toBe(process.pid)
      removed.push(key)
      return removeWeights(key, dryRun)
    }
    removeSpentWeights(plan, store, own)
    expect(removed.toSorted()).toEqual(lessons.slice(1).toSorted())
    expect(store.hasWeights(lessons[0]!)).toBe(true)
    for (const lease of [own, other]) lease.release()
  })

  it('clears the leases of runs that have died', async () => {
    await finished()
    const lease = takeLease(store, [])
    const [lock, list] = ['lock', 'json'].map((ending) => join(store.folder, `run-${lease.name}.${ending}`))
    const dead = readFileSync(lock!, 'utf8').replace(/"process":"[^"]*"/u, '"process":"another"')
    lease.release()
    writeFileSync(list!, '{"steps":[]}')
    collectGarbage(store, { plans: [], dryRun: false })
    expect(existsSync(list!)).toBe(true)
    const longAgo = new Date(Date.now() - 3600_000)
    utimesSync(list!, longAgo, longAgo)
    collectGarbage(store, { plans: [], dryRun: false })
    expect(existsSync(list!)).toBe(false)
    writeFileSync(list!, '{"steps":[]}')
    writeFileSync(lock!, dead)
    collectGarbage(store, { plans: [], dryRun: false })
    expect(existsSync(list!) || existsSync(lock!)).toBe(false)
  })

  it('refuses while somebody works in the store', async () => {
    const plan = await finished()
    const lock = takeLock(join(store.folder, 'teach', `${plan.chains[0]!.teach[0]!}.lock`))
    expect(() => collectGarbage(store, { plans: [plan], dryRun: false })).toThrow(`while process ${process.pid} on`)
    if ('release' in lock) lock.release()
  })
})

describe('studyStatus()', () => {
  it('tells finished, running, failed, saved and waiting steps apart', async () => {
    const plan = await planFile(writeFakeStudy(folder))
    const [first, second, third] = [plan.chains[0]!.teach[0]!, plan.chains[1]!.teach[0]!, plan.chains[2]!.teach[1]!]
    const lock = takeLock(join(store.folder, 'teach', `${first}.lock`))
    writeFileSync(
      store.progressFile('teach', first),
      JSON.stringify({
        started: '2026-01-01T00:00:00Z',
        time: '2026-01-01T00:00:10Z',
        done: 30,
        total: 50,
        unit: 'updates',
        from: 10,
      }),
    )
    writeFileSync(
      join(store.folder, 'teach', `${second}.failed.json`),
      JSON.stringify({ reason: 'The loss is NaN', time: '' }),
    )
    mkdirSync(store.stateFolder('teach', third))
    expect(store.hasState('teach', third)).toBe(false)
    writeFileSync(join(store.stateFolder('teach', third), 'state.bin'), 'saved')
    const status = new Map(studyStatus(plan, store).map((one) => [one.step.key, one]))
    expect(status.get(first)).toMatchObject({
      state: 'running',
      progress: { done: 30, total: 50, perSecond: 2 },
      worker: { pid: process.pid },
    })
    expect(status.get(second)).toMatchObject({ state: 'failed', reason: 'The loss is NaN' })
    expect(status.get(third)).toMatchObject({ state: 'saved' })
    expect([...status.values()].filter(({ state }) => state === 'waiting')).toHaveLength(5)
    if ('release' in lock) lock.release()
    rmSync(join(store.folder, 'teach'), { recursive: true })
    await finished()
    const [step] = studyStatus(plan, store).filter(({ step }) => step.key === first)
    expect(step).toMatchObject({ state: 'finished', told: { weights: expect.stringMatching(/^[0-9a-f]{64}$/u) } })
  })

  it('reads nothing again that is as it was when it was read, and all that is not', async () => {
    const plan = await finished()
    const step = plan.steps.get(plan.chains[0]!.teach[0]!)!
    const log = join(store.folderOf('teach', step.key), 'log.jsonl')
    // Older than the grain of the disk's clock.
    await new Promise((resolve) => setTimeout(resolve, 60))
    studyStatus(plan, store)
    store.saveKnown()
    const name = `teach/${step.key}`
    const memory = new LineMemory<KnownStep>(store.knownStepsFile, () => true)
    const known = memory.recall(name)!
    const { seconds } = store.told('teach', step.key)!
    memory.note(name, { ...known, told: { ...known.told!, seconds: 1234 } })
    memory.save()
    expect(store.told('teach', step.key)?.seconds).toBe(seconds)
    const status = () => studyStatus(plan, new Store(store.folder), [step])[0]
    expect(status()).toMatchObject({ state: 'finished', told: { seconds: 1234 } })
    const [{ atime, mtime }, text] = [statSync(log), readFileSync(log, 'utf8')]
    writeFileSync(
      log,
      text.replace(/\d/u, (digit) => `${9 - Number(digit)}`),
    )
    utimesSync(log, atime, mtime)
    expect(status()).toMatchObject({ state: 'damaged', reason: expect.stringContaining('log.jsonl') })
    writeFileSync(log, text)
    // What the record tells is the same as long as the seal is.
    expect(status()).toMatchObject({ state: 'finished', told: { seconds: 1234 } })
    writeFileSync(join(store.folderOf('teach', step.key), 'done.json'), '{}')
    expect(status()).toMatchObject({ state: 'damaged' })
  })
})
