import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import type { StepKey } from '../keys.ts'
import type { Plan } from '../plan/plan.ts'
import type { Step } from '../steps/step-kinds.ts'
import { Store } from '../store/store.ts'
import type { Executor } from './executor.ts'
import { schedule } from './schedule.ts'

/** An executor as a cluster has it: many steps at once, done elsewhere, of which one is somebody else's for a while. */
function elsewhere(capacity: number) {
  const told: string[] = []
  const most = { underWay: 0 }
  let looks = 0
  const executor: Executor = {
    readsHere: true,
    capacity,
    hasRoom(_, underWay) {
      most.underWay = Math.max(most.underWay, underWay.size)
      return true
    },
    begin(step, { onNote }) {
      if (step.label.startsWith('teach base -> a2t') && looks++ < 2) {
        return { state: 'held', holder: { pid: 7, host: 'node-3', process: '', since: '' } }
      }
      if (step.label === 'prepare res') return { state: 'finished-before' }
      told.push(step.label)
      return {
        state: 'begun',
        outcome: new Promise((resolve) => {
          onNote('submitted')
          const failed = step.label.startsWith('teach base -> res -> a2t')
          setTimeout(
            () => resolve(failed ? { state: 'failed', reason: 'node lost' } : { state: 'finished', seconds: 1 }),
            5,
          )
        }),
      }
    },
  }
  return { executor, told, most }
}

it('schedule() has any executor do the steps, each once and after those that it needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-schedule-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const plan = await planFile(writeFakeStudy(folder))
  const { executor, told, most } = elsewhere(8)
  const heard: string[] = []
  const report = await schedule(plan, {
    store: new Store(join(folder, 'store')),
    executor,
    pollMs: 5,
    observer: {
      onHeld: ({ label }, { host }) => void heard.push(`${label} at ${host}`),
      onNote: ({ label }, sentence) => void heard.push(`${label} ${sentence}`),
      onBlocked: ({ label }) => void heard.push(`${label} blocked`),
      onFoundFinished: ({ label }) => void heard.push(`${label} by another`),
    },
  })
  const labels = (steps: readonly Step[]): string[] => steps.map(({ label }) => label)
  expect(labels(report.reused)).toEqual(['prepare res'])
  expect(report.failed.map(({ step, reason }) => [step.label, reason])).toEqual([
    ['teach base -> res -> a2t, seed 1', 'node lost'],
  ])
  expect(labels(report.blocked)).toEqual(['evaluate base -> res -> a2t, seed 1 on a2t'])
  expect(labels(report.finished).toSorted()).toEqual([
    'evaluate base -> a2t, seed 1 on a2t',
    'evaluate base -> res, seed 1 on res',
    'prepare a2t',
    'teach base -> a2t, seed 1',
    'teach base -> res, seed 1',
  ])
  expect(told).toHaveLength(new Set(told).size)
  expect(told.indexOf('teach base -> a2t, seed 1')).toBeLessThan(told.indexOf('evaluate base -> a2t, seed 1 on a2t'))
  expect(heard.filter((line) => line.includes('node-3'))).toEqual(['teach base -> a2t, seed 1 at node-3'])
  expect(heard).toContain('prepare a2t submitted')
  expect(heard.filter((line) => line.endsWith('by another'))).toEqual(['prepare res by another'])
  expect(heard.filter((line) => line.endsWith(' blocked'))).toEqual([
    'evaluate base -> res -> a2t, seed 1 on a2t blocked',
  ])
  expect(most.underWay).toBeGreaterThan(0)
})

it('schedule() blocks what needs a step that is taken back and fails, whatever the order in which they were', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-schedule-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const plan = await planFile(writeFakeStudy(folder))
  const labelOf = (key: string): string => plan.steps.get(key as StepKey)!.label
  const damaged = ['teach base -> res -> a2t, seed 1', 'teach base -> res, seed 1']
  const store = {
    isDone: (_: string, key: string) => labelOf(key) !== 'evaluate base -> res -> a2t, seed 1 on a2t',
    hasWeights: () => true,
    recheck: (_: string, key: string) => ({ state: damaged.includes(labelOf(key)) ? 'damaged' : 'sound' }),
  } as unknown as Store
  const executor: Executor = {
    readsHere: true,
    capacity: 1,
    hasRoom: () => true,
    begin: () => ({ state: 'begun', outcome: Promise.resolve({ state: 'failed', reason: 'the disk is full' }) }),
  }
  const report = await schedule(plan, { store, executor, pollMs: 5 })
  expect(report.failed.map(({ step }) => step.label)).toEqual(['teach base -> res, seed 1'])
  expect(report.blocked.map(({ label }) => label)).toEqual([
    'teach base -> res -> a2t, seed 1',
    'evaluate base -> res -> a2t, seed 1 on a2t',
  ])
})

it('schedule() gives an executor no more than it has room for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-schedule-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const plan = await planFile(writeFakeStudy(folder))
  const { executor, most } = elsewhere(1)
  const report = await schedule(plan, { store: new Store(join(folder, 'store')), executor, pollMs: 5 })
  expect(report.finished).toHaveLength(5)
  expect(most.underWay).toBe(0)
})

it('schedule() looks at each step a few times, however many there are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-schedule-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  let looks = 0
  const steps = Array.from({ length: 400 }, (_, at) => {
    const needs = at < 40 ? [] : [String(at - 40)]
    const step = { kind: 'prepare', key: String(at), label: String(at) }
    const look = (): string[] => {
      looks++
      return needs
    }
    Object.defineProperty(step, 'needs', { get: look })
    return [step.key, step] as never
  })
  const executor: Executor = {
    readsHere: false,
    capacity: 50,
    hasRoom: () => true,
    begin: () => ({
      state: 'begun',
      outcome: new Promise((end) => setImmediate(() => end({ state: 'finished', seconds: 1 }))),
    }),
  }
  const plan = { steps: new Map(steps) } as unknown as Plan
  const report = await schedule(plan, { store: new Store(join(folder, 'store')), executor })
  expect(report.finished).toHaveLength(400)
  expect(looks).toBeLessThan(5 * 400)
})
