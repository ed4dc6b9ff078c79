import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type EndedJob, endState, judgeEnd } from './job-end.ts'
import type { QueuedJob } from './queue.ts'

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

  it('counts the last job among those without progress', () => {
    const end = judgeEnd({ ...ended, state: 'timeout', idleEnds: 3 })
    expect(end).toMatchObject({ reason: expect.stringContaining(', 4 times in a row without getting further') })
  })

  it('gives more memory once, whatever the step has said as it ended', () => {
    expect(judgeEnd({ ...ended, state: 'out-of-memory', reason: 'it was killed' })).toMatchObject({ memory: 'more' })
    expect(judgeEnd({ ...ended, state: 'out-of-memory' })).toMatchObject({ next: 'submit', memory: 'more' })
    expect(judgeEnd({ ...ended, state: 'out-of-memory', memoryRetries: 1 }).next).toBe('fail')
  })

  it('takes a cancelled job for a decision', () => {
    expect(judgeEnd({ ...ended, state: 'cancelled' })).toMatchObject({ next: 'fail' })
  })
})

describe('endState', () => {
  const queued = (state: QueuedJob['state'], reason = ''): QueuedJob => ({
    id: '12',
    state,
    reason,
    nodes: '',
    comment: '',
  })

  it('is what the queue says, or that it says nothing', () => {
    expect(endState(undefined, '/none.log')).toBe('gone')
    expect(endState(queued('timeout'), '/none.log')).toBe('timeout')
    expect(endState(queued('failed'), '/none.log')).toBe('failed')
  })

  it('tells what Slurm holds back from what waits for what cannot come', () => {
    expect(endState(queued('waiting', 'launch failed requeued held'), '/none.log')).toBe('node-failed')
    expect(endState(queued('waiting', 'JobHoldMaxRequeue'), '/none.log')).toBe('node-failed')
    expect(endState(queued('waiting', 'DependencyNeverSatisfied'), '/none.log')).toBe('cancelled')
    expect(endState(queued('waiting', 'Priority'), '/none.log')).toBe('waiting')
  })

  it('finds in the end of the log of a failed job that its memory was short', () => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-end-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const log = join(folder, 'x.log')
    const line = 'slurmstepd: error: Detected 1 oom_kill event in StepId=12.batch.\n'
    writeFileSync(log, `${'x\n'.repeat(10_000)}${line}`)
    expect(endState(queued('failed'), log)).toBe('out-of-memory')
    expect(endState(queued('timeout'), log)).toBe('timeout')
    // One of long ago, or of somebody else's words, is none.
    writeFileSync(log, `${line}${'x\n'.repeat(10_000)}told: ${line}`)
    expect(endState(queued('failed'), log)).toBe('failed')
  })
})
