import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StepKey } from '../study/keys.ts'
import { StoreLayout } from '../study/store/layout.ts'
import { JobLedger, jobKeys, logFile, lostReason } from './job-ledger.ts'

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)] as [StepKey, StepKey]
const step = { key: a, kind: 'teach', label: 'teach a' } as const
const job = { job: '12', cluster: 'lab', memoryMb: 1024, memoryRetries: 0, log: '/jobs/x-%j.log' }

let folder: string
let layout: StoreLayout
let ledger: JobLedger
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-ledger-'))
  layout = new StoreLayout(join(folder, 'store'))
  ledger = new JobLedger(layout)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('JobLedger', () => {
  it('gives a step up after the job that it has, and after no earlier one', () => {
    ledger.write(step, job)
    const lost = { reason: 'job 11: cancelled', failedAt: undefined }
    ledger.lose(a, '11', lost)
    ledger.lose(b, '12', lost)
    expect([ledger.read(a)?.lost, ledger.read(b)]).toEqual([undefined, undefined])
    ledger.lose(a, '12', lost)
    expect(new JobLedger(layout).read(a)).toMatchObject({ ...job, lost: { reason: 'job 11: cancelled' } })
    expect(jobKeys(layout)).toEqual([a])
  })

  it('knows the jobs of its own store again, those of an array by their lines', () => {
    const comment = ledger.commentOf(a)
    const { name } = ledger.writeArray(
      new Map([
        [0, a],
        [2, b],
      ]),
    )
    const array = ledger.commentOf(name)
    const again = new JobLedger(layout)
    expect(again.stepOf({ comment, id: '7' })).toBe(a)
    expect(['7_0', '7_1', '7_2', '7_3'].map((id) => again.stepOf({ comment: array, id }))).toEqual([
      a,
      undefined,
      b,
      undefined,
    ])
    const other = new JobLedger(new StoreLayout(join(folder, 'other')))
    expect(other.stepOf({ comment, id: '7' })).toBeUndefined()
    expect(again.whatOf(comment.replace('reteach', 'another'))).toBeUndefined()
    expect(again.whatOf(again.commentOf(again.goOnOf('study')))).toBe(again.goOnOf('study'))
  })

  it('counts jobs in a row that got no further', () => {
    expect([ledger.countIdle(a), ledger.countIdle(a), ledger.countIdle(b)]).toEqual([1, 2, 1])
    ledger.forgetIdle(a)
    expect([ledger.countIdle(a), ledger.countIdle(b)]).toEqual([1, 2])
  })

  it('leaves the store as it is where it only looks', () => {
    const looking = new JobLedger(layout, { writes: false })
    looking.write(step, job)
    expect([looking.read(a), looking.commentOf(a)]).toEqual([undefined, `reteach/STORE/${a}`])
    expect(jobKeys(layout)).toEqual([])
  })
})

it('logFile() puts the numbers of a job where Slurm does', () => {
  const record = { ...step, ...job, submitted: '' }
  expect(logFile(record)).toBe('/jobs/x-12.log')
  expect(logFile({ ...record, job: '12_3', log: '/jobs/%A/array-%A_%a.log' })).toBe('/jobs/%A/array-12_3.log')
})

it('lostReason() holds until the step fails anew', () => {
  const record = { ...step, ...job, submitted: '', lost: { reason: 'cancelled', failedAt: '1' } }
  expect(lostReason(record, { time: '1' })).toBe('cancelled')
  expect(lostReason(record, { time: '2' })).toBeUndefined()
  expect(lostReason(record, undefined)).toBeUndefined()
  expect(lostReason(undefined, undefined)).toBeUndefined()
})
