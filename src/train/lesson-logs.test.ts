import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LessonLogs } from './lesson-logs.ts'

let folder: string
let logs: LessonLogs
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-logs-'))
  logs = new LessonLogs(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

const update = (step: number) => logs.update({ step, loss: step, grad_norm: 1, learning_rate: 0, tokens: 1 })
const lineOf = (step: number) => `{"step":${step},"loss":${step},"grad_norm":1,"learning_rate":0,"tokens":1}\n`
const evaluations = '{"step":2,"loss":0.5}\n'

describe('LessonLogs', () => {
  it('goes on from what its state says that was logged, whatever the files say', () => {
    for (const step of [1, 2, 3]) update(step)
    logs.evaluation({ step: 2, loss: 0.5 })
    const stored = logs.texts()
    expect(stored).toEqual({ updates: [1, 2, 3].map(lineOf).join(''), evaluations })
    update(4)
    rmSync(join(folder, 'evaluations.jsonl'))
    logs.goOnFrom({ logs: stored, logLines: 3, evaluationLines: 1 })
    expect(logs.texts()).toEqual(stored)
  })

  it('keeps as many lines as an older state knows of, and says where there are fewer', () => {
    for (const step of [1, 2, 3]) update(step)
    logs.goOnFrom({ logLines: 2, evaluationLines: 0 })
    expect(logs.texts()).toEqual({ updates: lineOf(1) + lineOf(2), evaluations: '' })
    update(5)
    expect(logs.texts().updates).toBe(lineOf(1) + lineOf(2) + lineOf(5))
    expect(() => logs.goOnFrom({ logLines: 4, evaluationLines: 0 })).toThrow('log.jsonl" lacks lines')
    // The last line was cut.
    writeFileSync(join(folder, 'log.jsonl'), `${lineOf(1)}{"step"`)
    expect(() => logs.goOnFrom({ logLines: 2, evaluationLines: 0 })).toThrow('lacks lines')
    logs.goOnFrom({ logLines: 0, evaluationLines: 0 })
    expect(logs.texts().updates).toBe('')
  })

  it('moves what was logged to the result, and nothing of a lesson before', () => {
    const result = mkdtempSync(join(folder, 'result-'))
    writeFileSync(join(result, 'evaluations.jsonl'), evaluations)
    update(1)
    logs.moveTo(result)
    expect(readFileSync(join(result, 'log.jsonl'), 'utf8')).toBe(lineOf(1))
    expect(existsSync(join(result, 'evaluations.jsonl'))).toBe(false)
  })

  it('has the mean loss of the last updates', () => {
    expect(logs.meanOfLast(2, folder)).toBeNaN()
    for (const step of [1, 2, 4]) update(step)
    expect(logs.meanOfLast(2, folder)).toBe(3)
    expect(logs.meanOfLast(100, folder)).toBe(7 / 3)
  })
})
