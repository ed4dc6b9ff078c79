import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { runScripted, writeScriptedStudy } from '../../../test/rig/scripted-study.ts'
import type { Plan } from '../plan/plan.ts'
import type { Store } from '../store/store.ts'
import { listCheckpoints } from './checkpoint-list.ts'
import { type Checkpoint, checkpointsOf } from './checkpoints.ts'
import { chooseCheckpoint } from './choose-checkpoint.ts'
import { findCheckpoints, parseCheckpointName } from './find-checkpoint.ts'
import { testedTask } from './tested-task.ts'

const more = `
mixtures:
  both: { of: { x: 1, y: 1 }, by: rows }
chains:
  - base -> x
  - { chain: base -> x -> y, name: twice }
  - base -> both
seeds: [1, 2, 3]`

let folder: string
let study: { plan: Plan; store: Store }
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-checkpoints-'))
  const last = ({ seed }: { seed: number }): number => (seed === 2 ? 0.5 : 0.9)
  study = await runScripted(writeScriptedStudy(folder, more, { rows: 10 }), {
    right: () => 0.5,
    losses: (taught) => [4, 3, 2, last(taught)],
    failure: ({ lessons, seed }) => (lessons.includes('y') && seed !== 1 ? 'too little memory' : undefined),
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const found = (name: string): readonly Checkpoint[] => {
  const result = findCheckpoints(study.plan, parseCheckpointName(name))
  if (typeof result === 'string') throw new Error(result)
  return result.checkpoints
}
const refusal = (name: string): string => String(findCheckpoints(study.plan, parseCheckpointName(name)))

describe('checkpointsOf()', () => {
  it('has every lesson once with the names of its chains, seeds of one beside each other', () => {
    const told = checkpointsOf(study.plan).map(({ names, seeds }) => `${names.join(' or ')} @ ${seeds.join()}`)
    expect(told).toEqual([
      ...[1, 2, 3].map((seed) => `base -> x @ ${seed}`),
      ...[1, 2, 3].map((seed) => `base -> x -> y or twice @ ${seed}`),
      ...[1, 2, 3].map((seed) => `base -> both @ ${seed}`),
    ])
  })
})

describe('findCheckpoints()', () => {
  it('finds a chain by what the tables call it, unless that is the name of another', async () => {
    const named = `${more}\nreport: { names: { base -> x: Fresh | start, base -> both: base -> x -> y } }`
    const plan = await planFile(writeScriptedStudy(join(folder, 'named'), named, { rows: 10 }))
    const find = (name: string) => findCheckpoints(plan, parseCheckpointName(name))
    expect(find('Fresh | start@2')).toEqual(find('base -> x@2'))
    expect(find('base -> x -> y')).toEqual(find('twice'))
  })

  it('finds a chain however its arrows are written, by its name, with a seed, and by letters of a key', () => {
    expect(found('base -> x')).toHaveLength(3)
    expect(found('base→x  @ 2'.replace('  @ ', '@')).map(({ seeds }) => seeds)).toEqual([[2]])
    expect(found('twice')).toEqual(found('base->x->y'))
    const [{ step, tests }] = found('base -> x@3') as [Checkpoint]
    for (const letters of [12, 64]) expect(found(step.key.slice(0, letters))[0]!.step).toBe(step)
    const test = findCheckpoints(study.plan, { name: tests[0]!.key.slice(0, 12), seed: undefined })
    expect(test).toMatchObject({ task: 'x', checkpoints: [{ step: { key: step.key } }] })
  })

  it('names the nearest chain, the seeds that there are, and keys that begin alike', () => {
    expect(refusal('base -> xx')).toMatch(/^Unknown model "base -> xx" of ".*study.yaml": did you mean "base -> x"\?$/u)
    expect(refusal('base -> x@7')).toContain('has no seed 7: it has 1, 2, 3')
    expect(refusal(found('base -> x')[0]!.step.key.slice(0, 2))).toMatch(/Cannot tell a model .* give more letters of/u)
    expect(refusal('0123456789')).toContain('"reteach models')
  })

  it('finds what has become the same on a device by every name that the study file has', async () => {
    const chains = [
      '- { chain: base -> res(device=webgpu), name: far }',
      '- base -> a2t(device=webgpu)',
      '- base -> a2t',
      '- base -> a2t(batch=2, device=cpu) -> res(device=webgpu)',
    ]
    const text = fakeStudyText.replace('- base -> a2t', chains.join('\n  '))
    const file = writeFakeStudy(join(folder, 'devices'), { 'study.yaml': text })
    const asWritten = await planFile(file)
    const names = checkpointsOf(asWritten).flatMap((checkpoint) => checkpoint.names)
    const both = 'base -> a2t(batch=2, device=cpu)'
    const now = { cpu: ['base -> a2t', 'base -> res'], webgpu: ['base -> a2t(device=webgpu)', 'far'] }
    for (const device of ['cpu', 'webgpu'] as const) {
      const plan = await planFile(file, { device, forAll: true, why: 'it is asked for' })
      const label = (name: string): string => {
        const result = findCheckpoints(plan, parseCheckpointName(name))
        return typeof result === 'string' ? result : result.checkpoints.map((one) => one.label).join()
      }
      const [title, labels] = now[device]
      expect(['base -> a2t', 'base -> a2t(device=webgpu)', 'base -> res(device=webgpu)', 'far'].map(label)).toEqual([
        title,
        title,
        labels,
        labels,
      ])
      const longer = both.replace('cpu', device)
      expect([both, `${both} -> res(device=webgpu)`].map(label)).toEqual([longer, `${longer} -> res(device=${device})`])
      expect(names.map(label).filter((found) => found.startsWith('Unknown'))).toEqual([])
    }
    // Without a decision nothing has another name.
    expect(checkpointsOf(asWritten).flatMap(({ fileNames }) => fileNames)).toEqual([])
  })

  it('suggests a chain of the same tasks, whatever its settings, and for a given name a given one', async () => {
    const chains = ['- base -> a2t(device=webgpu)', '- { chain: base -> res, name: labels }']
    const text = fakeStudyText.replace('- base -> a2t', chains.join('\n  '))
    const plan = await planFile(writeFakeStudy(join(folder, 'devices'), { 'study.yaml': text }))
    const refused = (name: string): string => String(findCheckpoints(plan, parseCheckpointName(name)))
    expect(refused('base -> res(device=webgpu)')).toContain('did you mean "base -> res"?')
    expect(refused('base -> a2t(prefix="a (b)", batch=4, device=cpu)')).toContain(
      'did you mean "base -> a2t(device=webgpu)"?',
    )
    expect(refused('base -> ress(device=webgpu)')).toContain('did you mean "base -> res"?')
    expect(refused('lables')).toContain('did you mean "labels"?')
  })
})

describe('chooseCheckpoint()', () => {
  it('takes the seed with the best validation value, and says so', async () => {
    const chosen = await chooseCheckpoint(found('base -> x'), study.store, 'reteach run study.yaml')
    expect(chosen).toMatchObject({ checkpoint: { seeds: [2] }, why: 'the best by its validation rows' })
  })

  it('takes the seed that is there, or says what to run', async () => {
    const only = await chooseCheckpoint(found('twice'), study.store, 'reteach run study.yaml')
    expect(only).toMatchObject({ checkpoint: { seeds: [1] }, why: 'the only one that is there, 2 more not there yet' })
    const none = await chooseCheckpoint(found('twice@2'), study.store, 'reteach run study.yaml')
    expect(none).toMatch(/as its lesson has failed \(too little memory\): run "reteach run study.yaml"/u)
    const { step } = found('base -> x@1')[0]!
    study.store.removeWeights(step.key, false)
    const removed = await chooseCheckpoint(found('base -> x@1'), study.store, 'reteach run study.yaml')
    expect(removed).toContain('its weights were removed to save space')
  })
})

describe('testedTask()', () => {
  it('is what was taught last; of a mixture one must be named, and another may be', () => {
    const task = (name: string, named?: string): unknown => {
      const one = testedTask(study.plan.study, found(name)[0]!, named)
      return typeof one === 'string' ? one : one.name
    }
    expect([task('base -> x'), task('twice'), task('twice', 'x'), task('base -> both', 'y')]).toEqual([
      'x',
      'y',
      'x',
      'y',
    ])
    expect(task('base -> both')).toMatch(/name one with --task: x, y$/u)
    expect(task('twice', 'yy')).toContain('did you mean "y"?')
  })
})

describe('listCheckpoints()', () => {
  it('tells what was kept, what it takes on disk, and the scores of its tests', async () => {
    const list = await listCheckpoints(study.plan, study.store)
    expect(list.map(({ state }) => state)).toEqual([
      ...['finished', 'finished', 'finished'],
      ...['finished', 'failed', 'failed'],
      ...['finished', 'finished', 'finished'],
    ])
    const [first] = list
    expect(first).toMatchObject({
      chain: 'base -> x',
      taught: 'x',
      kept: { which: 'best', update: 40, updates: 40, validation: { by: 'loss', value: 0.9 } },
      tests: [{ task: 'x', examples: 10, scores: [{ name: 'exact-match', best: 1, lowIsBetter: false }] }],
    })
    expect(first!.bytes).toBeGreaterThan(100)
    expect(first!.folder).toBe(study.store.modelFolder(first!.key))
    expect(list.find(({ state }) => state === 'failed')).toMatchObject({ bytes: 0, tests: [] })
  })
})
