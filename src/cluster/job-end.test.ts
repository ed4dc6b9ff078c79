import { describe, expect, it } from 'vitest'
import { type EndedJob, judgeEnd } from './job-end.ts'

const ended: EndedJob = {
  job: '12',
  state: 'completed',
  nodes: 'node1',
  isFinished: false,
  reason: undefined,
  lastLine: undefined,
  log: '/store/jobs/x-12.log',
  memoryMb: 4096,
  memoryRetries: 0,
  idleEnds: 1,
}

describe('judgeEnd', () => {
  it('believes the store before the queue', () => {
    for (const state of ['completed', 'failed', 'cancelled', 'gone', 'out-of-memory'] as const)
      expect(judgeEnd({ ...ended, state, isFinished: true })).toEqual({ next: 'finished' })
  })

  it("tells the step's own reason with the job and its log", () => {
    const end = judgeEnd({ ...ended, state: 'failed', reason: 'Cannot read "x": no such file' })
    expect(end).toEqual({ next: 'fail', reason: 'job 12: Cannot read "x": no such file (/store/jobs/x-12.log)' })
    expect(judgeEnd({ ...ended, state: 'failed', lastLine: 'bash: node: command not found' })).toMatchObject({
      reason: 'job 12: bash: node: command not found (/store/jobs/x-12.log)',
    })
  })

  it.each(['timeout', 'preempted', 'node-failed', 'gone'] as const)(
    'submits again after %s, until it gets no further',
    (state) => {
      expect(judgeEnd({ ...ended, state }).next).toBe('submit')
      expect(judgeEnd({ ...ended, state, idleEnds: 3 }).next).toBe('fail')
      expect(judgeEnd({ ...ended, state, idleEnds: 0 }).next).toBe('submit')
    },
  )

  it('gives more memory once', () => {
    expect(judgeEnd({ ...ended, state: 'out-of-memory' })).toMatchObject({ next: 'submit', memory: 'more' })
    expect(judgeEnd({ ...ended, state: 'out-of-memory', memoryRetries: 1 }).next).toBe('fail')
  })

  it('takes a cancelled job for a decision', () => {
    expect(judgeEnd({ ...ended, state: 'cancelled' })).toMatchObject({ next: 'fail' })
  })
})
