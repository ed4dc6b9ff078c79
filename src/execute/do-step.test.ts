import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../test/rig/fake-study.ts'
import { Fault } from '../base/fault.ts'
import { takeLock } from '../base/lock.ts'
import type { Plan } from '../study/plan/plan.ts'
import { studyStatus } from '../study/run/status.ts'
import type { StepRunners } from '../study/steps/runners.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import { Store } from '../study/store/store.ts'
import { doStep, type StepReport } from './do-step.ts'
import { runStudy } from './run-study.ts'

let folder: string
let store: Store
let plan: Plan
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-step-'))
  store = new Store(join(folder, 'store'))
  plan = await planFile(writeFakeStudy(folder))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const stepCalled = (label: string): Step => [...plan.steps.values()].find((step) => step.label === label)!

async function done(step: Step, runners = fakeRunners(), signal = new AbortController().signal): Promise<StepReport> {
  const order = { signal, onProgress: () => {}, onNotice: () => {}, onNote: () => {} }
  return await doStep(plan, step, { store, runners, program: 'test' }, order)
}

describe('doStep()', () => {
  it('comes to what a run comes to, step by step in the order of the plan', async () => {
    for (const step of plan.steps.values()) expect(await done(step)).toMatchObject({ state: 'finished' })
    const log: string[] = []
    const report = await runStudy(plan, { store, runners: fakeRunners(log), program: 'test' })
    expect([report.finished, log]).toEqual([[], []])
    const other = new Store(join(folder, 'other'))
    await runStudy(plan, { store: other, runners: fakeRunners(), program: 'test' })
    for (const { kind, key, label } of plan.steps.values()) {
      const [one, same] = [store, other].map((of) => of.record(kind, key))
      expect(one!.result, label).toEqual(same!.result)
      expect({ ...one, seconds: 0, started: '', finished: '' }).toEqual({
        ...same,
        seconds: 0,
        started: '',
        finished: '',
      })
    }
  })

  it('does a finished step no second time', async () => {
    const step = stepCalled('prepare a2t')
    await done(step)
    expect(await done(step)).toEqual({ state: 'finished-before' })
  })

  it('names what is missing, and does not begin', async () => {
    const lesson = stepCalled('teach base -> res -> a2t, seed 1')
    await done(stepCalled('prepare a2t'))
    const log: string[] = []
    const report = await done(lesson, fakeRunners(log))
    expect(report).toEqual({ state: 'not-ready', missing: [stepCalled('teach base -> res, seed 1')] })
    expect(log).toEqual([])
    expect(store.worker('teach', lesson.key)).toBeUndefined()
  })

  it("misses the rows of a mixture's tasks, which its lesson answers", async () => {
    const mixed = fakeStudyText.replace(
      /chains:[\s\S]*seeds/,
      'mixtures: { both: { of: { a2t: 1, res: 1 }, teach: { learning_rate: 0.01, epochs: 1, batch: 4, on_collapse: stop } } }\nchains:\n  - base -> both\nseeds',
    )
    plan = await planFile(writeFakeStudy(folder, { 'study.yaml': mixed }))
    for (const label of ['prepare a2t', 'prepare res', 'prepare both']) await done(stepCalled(label))
    const lesson = stepCalled('teach base -> both, seed 1')
    const { key } = stepCalled('prepare res')
    store.removeStep('prepare', key, [key], false)
    expect(await done(lesson)).toEqual({ state: 'not-ready', missing: [stepCalled('prepare res')] })
    await done(stepCalled('prepare res'))
    expect(await done(lesson)).toMatchObject({ state: 'finished' })
  })

  it('teaches a lesson again whose weights were removed when a step that is not finished begins with them', async () => {
    for (const label of ['prepare res', 'prepare a2t', 'teach base -> res, seed 1']) await done(stepCalled(label))
    const [first, second] = ['teach base -> res, seed 1', 'teach base -> res -> a2t, seed 1'].map(stepCalled)
    store.removeWeights(first!.key, false)
    expect(await done(second!)).toEqual({ state: 'not-ready', missing: [first] })
    expect(await done(first!)).toMatchObject({ state: 'finished' })
    expect(await done(second!)).toMatchObject({ state: 'finished' })
  })

  it('leaves a step alone that another process is at', async () => {
    const step = stepCalled('prepare a2t')
    const other = takeLock(join(store.folder, 'prepare', `${step.key}.lock`))
    if ('holder' in other) throw new Error('the lock must be free')
    expect(await done(step)).toMatchObject({ state: 'held', holder: { pid: process.pid } })
    other.release()
    expect(await done(step)).toMatchObject({ state: 'finished' })
  })

  it('tells why a step has failed, and status does after it', async () => {
    await done(stepCalled('prepare a2t'))
    const step = stepCalled('teach base -> a2t, seed 1')
    const failing: StepRunners = { ...fakeRunners(), teach: () => Promise.reject(new Fault('The loss is NaN')) }
    expect(await done(step, failing)).toMatchObject({ state: 'failed', reason: 'The loss is NaN' })
    const status = studyStatus(plan, store).find((one) => one.step.key === step.key)
    expect(status).toMatchObject({ state: 'failed', reason: 'The loss is NaN' })
    expect(await done(step)).toMatchObject({ state: 'finished' })
  })

  it('leaves the state of a step that was interrupted, and no lock', async () => {
    await done(stepCalled('prepare a2t'))
    const step = stepCalled('teach base -> a2t, seed 1')
    const controller = new AbortController()
    const stopping: StepRunners = {
      ...fakeRunners(),
      teach: async ({ stateFolder }) => {
        writeFileSync(stateFolder, 'half way')
        controller.abort()
        throw new Error('stopped')
      },
    }
    expect(await done(step, stopping, controller.signal)).toEqual({ state: 'interrupted' })
    expect(readFileSync(store.stateFolder('teach', step.key), 'utf8')).toBe('half way')
    expect(store.worker('teach', step.key)).toBeUndefined()
    rmSync(store.stateFolder('teach', step.key))
    expect(await done(step)).toMatchObject({ state: 'finished' })
  })
})
