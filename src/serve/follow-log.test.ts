import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { followLog } from './follow-log.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-follow-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('followLog() reads whole lines once, waits for the rest of a line, and begins again where a log is shorter', () => {
  const log = join(folder, 'log.jsonl')
  expect(followLog(log, 0)).toEqual({ points: [], next: 0 })
  writeFileSync(log, '{"step":1,"loss":2.5}\n{"step":2,"lo')
  const first = followLog(log, 0)
  expect(first.points).toEqual([[1, 2.5]])
  expect(followLog(log, first.next).points).toEqual([])
  appendFileSync(log, 'ss":null}\n{"step":3,"loss":1.234567}\n')
  const second = followLog(log, first.next)
  expect(second.points).toEqual([
    [2, null],
    [3, 1.2346],
  ])
  writeFileSync(log, '{"step":1,"loss":2.5}\n')
  expect(followLog(log, second.next)).toEqual({ points: [[1, 2.5]], next: 22 })
})
