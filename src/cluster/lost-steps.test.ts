import { describe, expect, it } from 'vitest'
import type { StepKey } from '../study/keys.ts'
import type { Step } from '../study/steps/step-kinds.ts'
import type { JobRecord } from './job-ledger.ts'
import { endOf, type KnownJobs, lostSteps } from './lost-steps.ts'
import type { QueuedJob } from './queue.ts'

const step = (key: string, ...needs: string[]) => ({ kind: 'teach', key, label: key, needs }) as unknown as Step

/** What a step's job is: its record, how the queue has it, when and why the step has failed. */
interface Job {
  readonly record?: Partial<JobRecord>
  readonly queued?: Partial<QueuedJob>
  readonly failure?: { readonly time: string; readonly reason: string }
}

function knownOf(jobs: Readonly<Record<string, Job>>): KnownJobs {
  const plain = { memoryMb: 1024, memoryRetries: 0, log: '/none/x-%j.log' }
  const queued = Object.entries(jobs).flatMap(([key, job]): [string, QueuedJob][] =>
    job.queued === undefined
      ? []
      : [[`7${key}`, { id: `7${key}`, state: 'running', reason: '', nodes: '', comment: '', ...job.queued }]],
  )
  const known = {
    store: { failure: (_: string, key: string) => jobs[key]?.failure },
    ledger: {
      read: (key: string) => jobs[key]?.record && { key, job: `7${key}`, ...plain, ...jobs[key].record },
    },
    jobs: new Map(queued),
  }
  return known as unknown as KnownJobs
}

function lost(jobs: Readonly<Record<string, Job>>, open = [step('a'), step('b', 'a')]): Record<string, unknown> {
  return Object.fromEntries(lostSteps(open, knownOf(jobs)))
}

const failed = { time: '2', reason: 'the loss is NaN' }

describe('lostSteps()', () => {
  it('gives up what has failed since it was submitted, and what needs it', () => {
    const told = { a: 'job 7a: the loss is NaN (/none/x-7a.log)', b: undefined }
    expect(lost({ a: { record: {}, failure: failed } })).toEqual(told)
    expect(lost({ a: { record: { failedBefore: '1' }, failure: failed } })).toEqual(told)
    // That was before.
    expect(lost({ a: { record: { failedBefore: '2' }, failure: failed, queued: {} } })).toEqual({})
    expect(lost({ a: { record: { failedBefore: '2' }, failure: failed } })).toEqual({})
    // Without a job there is what the step says itself.
    expect(lost({ a: { failure: failed } })).toEqual({ a: 'the loss is NaN', b: undefined })
    expect(lost({ a: { record: { job: '' }, failure: failed } })).toEqual({ a: 'the loss is NaN', b: undefined })
  })

  it('gives up what was given up before, unless the step has failed since then', () => {
    const record = { lost: { reason: 'job 5: cancelled', failedAt: undefined } }
    expect(lost({ a: { record, queued: {} } })).toEqual({ a: 'job 5: cancelled', b: undefined })
    expect(lost({ a: { record, failure: failed } }).a).toContain('the loss is NaN')
    const after = { lost: { reason: 'job 5: cancelled', failedAt: '2' }, failedBefore: '2' }
    expect(lost({ a: { record: after, failure: failed, queued: {} } }).a).toBe('job 5: cancelled')
  })

  it('takes a cancelled job for a decision, but where it waited for one that has failed', () => {
    const cancelled = { record: {}, queued: { state: 'cancelled' } } as const
    expect(lost({ a: cancelled })).toEqual({ a: 'job 7a: cancelled (/none/x-7a.log)', b: undefined })
    expect(lost({ a: { record: {}, queued: {} }, b: cancelled })).toEqual({})
    expect(lost({ b: cancelled }, [step('b', 'a')]).b).toContain('cancelled')
  })

  it('tries what was nobody’s fault, or has said nothing, until the sixth job', () => {
    for (const state of ['timeout', 'node-failed', 'failed', 'completed'] as const) {
      const ended = (jobs: number) => lost({ a: { record: { jobs }, queued: { state } } })
      expect(ended(1), state).toEqual({})
      expect(ended(5), state).toEqual({})
      expect(Object.keys(ended(6)), state).toEqual(['a', 'b'])
    }
    expect(lost({ a: { record: { jobs: 6 } } }).a).toContain('knows nothing of it any more, 6 times in a row')
    expect(lost({ a: { record: { jobs: 6 }, queued: { state: 'running' } } })).toEqual({})
  })
})

describe('endOf()', () => {
  const end = (job: Job) => endOf(step('a' as StepKey), knownOf({ a: job }))

  it('is nothing while a job may still come to work, or its files may not be seen yet', () => {
    expect(end({})).toBeUndefined()
    expect(end({ record: { job: '' } })).toBeUndefined()
    for (const state of ['waiting', 'running', 'completed'] as const)
      expect(end({ record: {}, queued: { state } })).toBeUndefined()
  })

  it('submits again what was nobody’s fault, with more memory where that was short', () => {
    expect(end({ record: { jobs: 5 } })).toMatchObject({ next: 'submit' })
    expect(end({ record: {}, queued: { state: 'out-of-memory' } })).toMatchObject({ next: 'submit', memory: 'more' })
    expect(end({ record: { memoryRetries: 1 }, queued: { state: 'out-of-memory' } })?.next).toBe('fail')
    expect(end({ record: {}, queued: { state: 'waiting', reason: 'DependencyNeverSatisfied' } })?.next).toBe('fail')
  })
})
