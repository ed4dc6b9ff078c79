import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type StepKey, stepKey } from '../keys.ts'
import { AnsweredTests } from './answered-tests.ts'
import { knownFile } from './known-steps.ts'
import { removeNextCache, removeStaleFiles } from './stale-files.ts'
import type { StepRecord } from './step-record.ts'
import { type StepWork, Store } from './store.ts'
import { inTrialFolder, removeTrials } from './trial-folder.ts'

const inputs = { rows: 'x' }
const key = stepKey('teach', 1, inputs)
const other = 'b'.repeat(64) as StepKey

let store: Store
beforeEach(() => {
  store = new Store(mkdtempSync(join(tmpdir(), 'reteach-store-')))
})
afterEach(() => rmSync(store.folder, { recursive: true }))

function begun(needsWeights = false): StepWork {
  const work = store.begin('teach', key, needsWeights)
  if (work === 'done' || 'holder' in work) throw new Error('the step is to be begun')
  return work
}

function finish({ folder, finish: end }: StepWork = begun()): string {
  writeFileSync(join(folder, 'log.jsonl'), 'one\n')
  writeFileSync(join(folder, 'model.safetensors'), 'weights')
  const record = { key, kind: 'teach', version: 1, label: 'x', inputs, study: 's', finished: 'now', seconds: 1 }
  end({ ...record, host: { name: 'here' }, result: { steps: 3 } } as unknown as StepRecord)
  return store.folderOf('teach', key)
}

/** A file that has just been written is read each time: these are said to be older. */
function later(): void {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
  onTestFinished(() => clock.mockRestore())
}

const names = (kind = 'teach') => readdirSync(join(store.folder, kind)).sort()

describe('Store', () => {
  it('keeps the state and the reason of a step that fails, until it is finished', () => {
    const work = begun()
    expect(store.begin('teach', key)).toMatchObject({ holder: { pid: process.pid } })
    mkdirSync(work.stateFolder)
    writeFileSync(join(work.stateFolder, 'state.bin'), 'x')
    work.fail('no memory')
    expect(store.failure('teach', key)?.reason).toBe('no memory')
    expect([store.hasState('teach', key), store.isDone('teach', key)]).toEqual([true, false])
    finish()
    expect(names()).toEqual([key])
    expect(store.begin('teach', key)).toBe('done')
    expect(store.failure('teach', key)).toBeUndefined()
  })

  it('leaves a step alone that another process has taken over', () => {
    const work = begun()
    expect(work.isLost()).toBe(false)
    const lock = join(store.folder, 'teach', `${key}.lock`)
    const theirs = JSON.stringify({ pid: 17, host: 'elsewhere', process: 'boot pid:[1] 5', since: '2026-01-01' })
    writeFileSync(lock, theirs)
    writeFileSync(store.progressFile('teach', key), 'theirs')
    mkdirSync(work.stateFolder)
    expect(() => finish(work)).toThrow('process 17 on elsewhere has taken this over')
    expect(work.isLost()).toBe(true)
    work.leave()
    expect(names()).toEqual([`${key}.lock`, `${key}.progress.json`, `${key}.state`])
    expect(readFileSync(lock, 'utf8')).toBe(theirs)
  })

  it('has a lesson taught again whose weights are wanted and were removed, and puts nothing aside', () => {
    finish()
    expect(store.removeWeights(key, true)).toBe(7)
    expect(store.hasWeights(key)).toBe(true)
    expect(store.removeWeights(key, false)).toBe(7)
    expect([store.hasWeights(key), store.isDone('teach', key)]).toEqual([false, true])
    expect(store.begin('teach', key)).toBe('done')
    const work = begun(true)
    expect(work.setAside).toBeUndefined()
    finish(work)
    expect(store.hasWeights(key)).toBe(true)
    expect(names()).toEqual([key])
  })

  it('puts aside what is damaged, and a link to nowhere', () => {
    writeFileSync(join(finish(), 'log.jsonl'), 'two\n')
    const first = begun()
    expect(first.setAside).toMatchObject({ faults: ['log.jsonl is not what was written'] })
    first.leave()
    symlinkSync(join(store.folder, 'none'), store.folderOf('teach', key))
    const second = begun()
    expect(second.setAside).toMatchObject({ faults: ['it is a link to nowhere'] })
    second.leave()
    expect(names()).toEqual([`damaged-${key}-1`, `damaged-${key}-2`])
  })

  it('puts strangers aside, each time in a folder of its own', () => {
    const folder = finish()
    const aside = [1, 2].map(() => {
      writeFileSync(join(folder, 'notes.txt'), 'mine')
      expect(store.openStep('teach', key)).toBe(folder)
      return existsSync(join(folder, 'notes.txt'))
    })
    expect(aside).toEqual([false, false])
    expect(store.setAsideFolders().sort()).toEqual([1, 2].map((n) => join('teach', `damaged-${key}-${n}`)))
  })

  it('believes no record beside the seal of another step', () => {
    const folder = finish()
    expect(store.record('teach', key).label).toBe('x')
    cpSync(folder, store.folderOf('teach', other), { recursive: true })
    expect(() => store.record('teach', other)).toThrow('is not what was written')
    expect(store.soundResult('teach', other)).toBeUndefined()
  })

  it('reads weights again that have changed since they were read', () => {
    later()
    const weights = join(finish(), 'model.safetensors')
    expect(store.isDone('teach', key)).toBe(true)
    writeFileSync(weights, 'WEIGHTS')
    store.lookAnew('teach', key)
    expect(store.isDone('teach', key)).toBe(false)
    expect(store.damage('teach', key)).toContain('model.safetensors is not what was written')
  })

  it('knows by their size weights that nobody has read, and by its facts the seal', () => {
    later()
    const folder = finish()
    // A process that knows nothing yet.
    store = new Store(store.folder)
    expect(store.isDone('teach', key)).toBe(true)
    writeFileSync(join(folder, 'model.safetensors'), 'cut')
    store.lookAnew('teach', key)
    expect(store.damage('teach', key)).toContain('model.safetensors has 3 bytes instead of 7')
    writeFileSync(join(folder, 'model.safetensors'), 'weights')
    store.lookAnew('teach', key)
    expect(store.isDone('teach', key)).toBe(true)
    writeFileSync(join(folder, 'done.json'), '{}')
    expect(store.isDone('teach', key)).toBe(false)
  })

  it('removes a step but for its lock, and of rests what nobody goes on from', () => {
    finish()
    mkdirSync(store.stateFolder('teach', other), { recursive: true })
    for (const name of [`${key}.lock`, `${key}.failed.json`, `${other}.tmp-1-a`])
      writeFileSync(join(store.folder, 'teach', name), 'x')
    writeFileSync(join(store.stateFolder('teach', other), 'state.bin'), 'xx')
    writeFileSync(join(store.stateFolder('teach', other), 'best-3.bin'), 'xxx')
    const rests = () => store.removeRests('teach', other, store.namesByStep('teach').get(other)!, false)
    expect(rests()).toBe(1)
    rmSync(join(store.stateFolder('teach', other), 'state.bin'))
    expect(rests()).toBe(3)
    const own = store.namesByStep('teach').get(key)!
    expect(store.removeStep('teach', key, own, true)).toBeGreaterThan(11)
    expect(store.isDone('teach', key)).toBe(true)
    store.removeStep('teach', key, own, false)
    expect(names()).toEqual([`${key}.lock`, `${other}.state`])
  })
})

it('knownFile() knows no file again that might change within the grain of its clock', () => {
  const path = join(finish(), 'log.jsonl')
  expect(knownFile(statSync(path), other)).toEqual([])
  later()
  expect(knownFile(statSync(path), other)).toHaveLength(5)
})

it('AnsweredTests forgets tests that are gone, and not that all were noted', () => {
  const answered = new AnsweredTests(store)
  answered.note(other, key)
  answered.noteWhole()
  removeStaleFiles(store, () => true, true)
  expect([answered.of(other), answered.isWhole]).toEqual([[key], true])
  removeStaleFiles(store, () => true, false)
  expect([answered.of(other), answered.isWhole]).toEqual([[], true])
  expect(readdirSync(store.answersFolder)).toEqual(['whole'])
})

it('removeNextCache() removes one folder at a time, and none without bytes', () => {
  mkdirSync(join(store.folder, 'tokens'))
  for (const name of ['leaks', 'comparisons']) {
    mkdirSync(join(store.folder, name))
    writeFileSync(join(store.folder, name, 'x.json'), name)
  }
  expect(removeNextCache(store)).toEqual({ path: 'leaks', bytes: 5 })
  expect(removeNextCache(store)).toEqual({ path: 'comparisons', bytes: 11 })
  expect(removeNextCache(store)).toBeUndefined()
})

it('removeTrials() leaves the folder of a trial that is being made', async () => {
  mkdirSync(join(store.folder, 'trial-dead'))
  await inTrialFolder(store, async (folder) => {
    writeFileSync(join(folder, 'x'), 'x')
    expect(removeTrials(store, false).map(({ path }) => path)).toEqual(['trial-dead'])
    expect(existsSync(folder)).toBe(true)
  })
  expect(readdirSync(store.folder)).toEqual([])
})
