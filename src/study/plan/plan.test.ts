import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-plan-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('planStudy() with everywhere', () => {
  const everywhere = `${fakeStudyText}evaluate: { everywhere: true }\n`

  it('tests every checkpoint on every task', async () => {
    const { chains } = await planFile(writeFakeStudy(folder, { 'study.yaml': everywhere }))
    const tests = chains.at(-1)!.evaluations.map(({ afterLessons, task, own }) => [afterLessons, task, own])
    expect(tests).toEqual([
      [2, 'a2t', true],
      [1, 'a2t', false],
      [1, 'res', false],
      [2, 'res', false],
    ])
  })

  it('but not on tasks without test rows', async () => {
    const text = everywhere
      .replace('split: { train: 12, validation: 4, test: 4 }', 'split: { train: 12, validation: 4 }')
      .replace('  - base -> res\n', '')
    const { chains } = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
    const tests = chains.at(-1)!.evaluations.map(({ afterLessons, task }) => [afterLessons, task])
    expect(tests).toEqual([
      [2, 'a2t'],
      [1, 'a2t'],
    ])
  })
})
