import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadStudy } from './load-study.ts'

it('loadStudy() refuses a file that is far too large for a study, such as data, before it reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-study-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, '')
  truncateSync(path, 1e9)
  expect(() => loadStudy(path, new Map())).toThrow('more than 64 MiB')
})
