import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Store } from '../../study/store/store.ts'
import { Interrupted } from '../print/interrupts.ts'
import { ProgressLine } from '../print/progress-line.ts'
import { Sitting } from './sitting.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-sitting-'))
  const scontrol = join(folder, 'scontrol')
  writeFileSync(scontrol, `#!/bin/sh\necho "$@" >> '${folder}/asked'\n`)
  chmodSync(scontrol, 0o755)
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  vi.stubEnv('SLURM_JOB_ID', '7')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const holder = { pid: 3502, host: 'hostb', process: 'x', since: '2026-11-28T08:00:00.000Z' }

const line = new ProgressLine({ write: () => true } as unknown as NodeJS.WriteStream)

/** A job that is asked to end when it has got so far, if it has begun its work at all. */
async function endAt(done: number | undefined): Promise<void> {
  const sitting = new Sitting(new Store(folder), 'a'.repeat(64), true)
  if (done !== undefined) sitting.onProgress({ done, total: 9, unit: 'updates', from: 4 })
  await sitting.end(new Interrupted(138), line)
}

const requeues = (): number => readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n').length

describe('Sitting', () => {
  it('goes back into the queue also where it got no further, at most twice in a row', async () => {
    for (const done of [undefined, 4, 5, undefined, 4]) await endAt(done)
    expect(requeues()).toBe(5)
    await expect(endAt(undefined)).rejects.toThrow('Got no further in 3 jobs in a row')
    expect(requeues()).toBe(5)
    // Whoever tries it again begins to count anew.
    await endAt(undefined)
    expect(requeues()).toBe(6)
  })

  it('leaves a job to its end that is interrupted by anybody else, or by nobody', async () => {
    const sitting = new Sitting(new Store(folder), 'a'.repeat(64), true)
    for (const error of [new Interrupted(143), new Error('x')]) await sitting.end(error, line)
    expect(existsSync(join(folder, 'asked'))).toBe(false)
  })

  it('makes way as often as another process is at its step, which is counted as no job without progress', async () => {
    const sitting = new Sitting(new Store(folder), 'a'.repeat(64), true)
    for (const done of [undefined, 4]) await endAt(done)
    for (let n = 0; n < 9; n++) expect(await sitting.makeWay(holder, line)).toBe(true)
    expect(requeues()).toBe(11)
    await expect(endAt(undefined)).rejects.toThrow('Got no further in 3 jobs in a row')
  })

  it('waits for nobody outside a job, and where it is if the queue does not take it back', async () => {
    const sitting = (requeues: boolean): Sitting => new Sitting(new Store(folder), 'a'.repeat(64), requeues)
    expect([sitting(true).waitsForOthers, sitting(false).waitsForOthers]).toEqual([true, false])
    rmSync(join(folder, 'scontrol'))
    vi.stubEnv('PATH', folder)
    expect(await sitting(true).makeWay(holder, line)).toBe(false)
    vi.stubEnv('SLURM_JOB_ID', undefined)
    expect(sitting(true).waitsForOthers).toBe(false)
  })
})
