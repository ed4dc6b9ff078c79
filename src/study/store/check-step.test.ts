import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashFile } from '../../content/hash-file.ts'
import { type StepKey, stepKey } from '../keys.ts'
import type { StepKind } from '../steps/step-kinds.ts'
import { checkStep } from './check-step.ts'
import { sealedFiles, sealText } from './seal.ts'

const inputs = { rows: 'x' }
const key = stepKey('teach', 1, inputs)
const other = 'b'.repeat(64) as StepKey

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-check-'))
  write('log.jsonl', 'one\n')
  write('model.safetensors', 'weights')
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const seal = (of = key) =>
  write(
    'done.json',
    sealText({ key: of, finished: 'now', files: sealedFiles(folder, (name) => hashFile(join(folder, name))) }),
  )
const check = (kind: StepKind = 'teach') =>
  checkStep({ kind, key, folder }, (name, _, sha256) => hashFile(join(folder, name)) === sha256)
const damaged = (...faults: string[]) => ({ state: 'damaged', faults })

describe('checkStep() of a sealed step', () => {
  it('finds every file that is missing, no file, of another size or of other bytes', () => {
    seal()
    expect(check()).toMatchObject({ state: 'sound', strangers: [] })
    write('log.jsonl', 'two\n')
    expect(check()).toEqual(damaged('log.jsonl is not what was written'))
    write('log.jsonl', 'more\n')
    expect(check()).toEqual(damaged('log.jsonl has 5 bytes instead of 4'))
    rmSync(join(folder, 'log.jsonl'))
    rmSync(join(folder, 'model.safetensors'))
    mkdirSync(join(folder, 'model.safetensors'))
    expect(check()).toEqual(damaged('log.jsonl is missing', 'model.safetensors is no file'))
  })

  it.skipIf(process.getuid?.() !== 0)('takes nothing for damaged that another user alone may read', () => {
    seal()
    const asNobody = (): unknown => {
      process.seteuid!(65534)
      try {
        return check()
      } finally {
        process.seteuid!(0)
      }
    }
    chmodSync(folder, 0o755)
    for (const [closed, told] of [
      ['log.jsonl', 'log.jsonl'],
      ['done.json', 'done.json'],
      ['.', 'done.json'],
    ] as const) {
      const path = join(folder, closed)
      chmodSync(path, 0o700)
      expect(asNobody, closed).toThrow(`Cannot read "${join(folder, told)}" as this user may not read it`)
      chmodSync(path, 0o755)
    }
    expect(asNobody()).toMatchObject({ state: 'sound' })
  })

  it('finds the seal of another step, one that was changed, and none', () => {
    seal(other)
    expect(check()).toEqual(damaged(`it holds step ${other.slice(0, 12)}`))
    seal()
    write('done.json', readFileSync(join(folder, 'done.json'), 'utf8').replace('now', 'NOW'))
    expect(check()).toEqual(damaged('done.json is not what was written'))
    rmSync(join(folder, 'done.json'))
    expect(check()).toEqual(damaged('done.json is missing'))
    expect(checkStep({ kind: 'teach', key, folder: join(folder, 'none') }, () => true)).toEqual({ state: 'absent' })
  })

  it('tells strangers from what a lesson may hold besides', () => {
    seal()
    write('README.md', 'a card')
    write('.hidden', '')
    write('notes.txt', 'mine')
    expect(check()).toMatchObject({ state: 'sound', strangers: ['notes.txt'] })
    expect(check('evaluate')).toMatchObject({ state: 'sound', strangers: ['README.md', 'notes.txt'] })
  })

  it('misses no weights that were removed on purpose, and any other file', () => {
    seal()
    write('weights-removed.json', '{"removed":["model.safetensors"]}')
    rmSync(join(folder, 'model.safetensors'))
    expect(check()).toMatchObject({ state: 'sound', strangers: [] })
    rmSync(join(folder, 'log.jsonl'))
    expect(check()).toEqual(damaged('log.jsonl is missing'))
  })
})

describe('checkStep() of a step that was finished before files were sealed', () => {
  const record = { kind: 'teach', version: 1, inputs, key }
  const old = (written: object) => {
    write('done.json', JSON.stringify({ key, finished: 'then' }))
    write('step.json', JSON.stringify(written))
    return check()
  }

  it('goes by its record, and by the hash of its weights where that is told', () => {
    expect(old(record)).toEqual({ state: 'unsealed' })
    const weightsSha256 = hashFile(join(folder, 'model.safetensors'))
    expect(old({ ...record, result: { weightsSha256 } })).toEqual({ state: 'unsealed' })
    const wrong = { ...record, result: { weightsSha256: other } }
    expect(old(wrong)).toEqual(damaged('its weights are not what was written'))
  })

  it('refuses the record of another step, and of one that was sealed', () => {
    const foreign = damaged('step.json is of another step')
    expect(old({ ...record, key: other })).toEqual(foreign)
    expect(old({ ...record, kind: 'evaluate' })).toEqual(foreign)
    expect(old({ ...record, inputs: { rows: 'y' } })).toEqual(foreign)
    expect(old({ ...record, sealed: true })).toEqual(damaged('done.json lacks its hashes'))
    write('step.json', '{')
    expect(check()).toMatchObject(damaged(expect.stringContaining('step.json cannot be read') as unknown as string))
    // What an older program wrote had nothing else in it.
    write('done.json', JSON.stringify({ key, finished: 'then', files: {} }))
    expect(check()).toEqual(damaged('done.json is not what was written'))
  })
})
