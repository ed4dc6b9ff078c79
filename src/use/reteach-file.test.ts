import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { exportedModel } from './reteach-file.ts'

it.each([
  ['{"format": 9}', 'as it is of format 9, not 1: export the model again, or use the program that wrote it'],
  [
    '{"format": 9, "program": "reteach 4.0.0"}',
    'of format 9, not 1: export the model again, or use the program that wrote it (reteach 4.0.0)',
  ],
  ['{"format": "1"}', 'as it is of format "1", not 1: export the model again, or use the program that wrote it'],
  ['{"program": 3}', 'as it says no format: export the model again'],
  ['null', 'as it says no format: export the model again'],
  ['[]', 'as it says no format: export the model again'],
  ['{"format": 1}', 'as it says no task: export the model again'],
  ['{"format": 1, "task": {"prefix": 3}}', 'as it says no task: export the model again'],
])('exportedModel() says what is wrong with a reteach.json of %s', (text, sentence) => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'reteach.json')
  writeFileSync(file, text)
  const told = (): unknown => {
    try {
      return exportedModel(folder)
    } catch (error) {
      return (error as Error).message
    }
  }
  const found = String(told())
  expect(found).toMatch(/^Cannot use "/u)
  expect(found.endsWith(sentence) ? sentence : found).toBe(sentence)
})
