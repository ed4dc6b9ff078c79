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
  expect(followLog(log, 0)).toEqual({ lines: [], next: 0 })
  writeFileSync(log, '{"step":1,"loss":2.5}\n{"step":2,"lo')
  const first = followLog(log, 0)
  expect(first.lines).toEqual([{ step: 1, loss: 2.5 }])
  expect(followLog(log, first.next).lines).toEqual([])
  appendFileSync(log, 'ss":null}\n{"cut\n{"step":3,"loss":1.5}\n')
  const second = followLog(log, first.next)
  expect(second.lines).toEqual([
    { step: 2, loss: null },
    { step: 3, loss: 1.5 },
  ])
  writeFileSync(log, '{"step":1,"loss":2.5}\n')
  expect(followLog(log, second.next)).toEqual({ lines: [{ step: 1, loss: 2.5 }], next: 22 })
})
