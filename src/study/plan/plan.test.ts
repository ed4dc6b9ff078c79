import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { repeatedSeedNotes } from './repeated-seeds.ts'

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

describe('planStudy() of lessons with a seed of their own', () => {
  const own = fakeStudyText
    .replace('tokenizer: spiece.model }', 'tokenizer: spiece.model, seed: 7 }')
    .replace('batch: 4 }\nchains', 'batch: 4, seed: 5 }\nchains')
    .replace('seeds: [1]', 'seeds: [1, 2, 3]')

  it('counts a model once that several seeds come to, and says so', async () => {
    const plan = await planFile(writeFakeStudy(folder, { 'study.yaml': own }))
    expect(plan.chains.map(({ chain, seed }) => `${chain.label}@${seed}`)).toEqual([
      'base -> a2t@1',
      'base -> a2t@2',
      'base -> a2t@3',
      'base -> res@1',
      'base -> res -> a2t@1',
      'base -> res -> a2t@2',
      'base -> res -> a2t@3',
    ])
    expect(repeatedSeedNotes(plan)).toEqual([
      'Seeds 1, 2 and 3 of "base -> res" come to the same models, as its lessons have a seed of their own: only 1 is taught and counted',
    ])
  })

  it('knows every lesson by the seed of its chain', async () => {
    const { steps } = await planFile(writeFakeStudy(folder, { 'study.yaml': own }))
    const labels = [...steps.values()].map(({ label }) => label)
    expect(labels.filter((label) => label.startsWith('teach base -> res'))).toEqual([
      'teach base -> res, seed 1',
      ...[1, 2, 3].map((seed) => `teach base -> res -> a2t, seed ${seed}`),
    ])
    expect(new Set(labels).size).toBe(labels.length)
  })

  it('keeps every seed of a start that is tested as it is', async () => {
    const text = own
      .replace('starts:\n', 'starts:\n  first: { chain: base -> res, seed: 42 }\n')
      .replace('chains:\n', 'chains:\n  - { chain: first, evaluate: [a2t] }\n')
    const { chains } = await planFile(writeFakeStudy(folder, { 'study.yaml': text }))
    expect(chains.filter(({ chain }) => chain.label === 'first').map(({ seed }) => seed)).toEqual([1, 2, 3])
  })
})
