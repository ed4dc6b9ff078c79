import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { takeLock } from '../base/lock.ts'
import { lessonFromOptions } from '../lesson/lesson-settings.ts'
import { lossOf, teachInChild } from './child.ts'

test('a process that was killed before it took its order is said to have been killed', async () => {
  const request = { model: tmpdir(), pairs: 'none', batch: 1, maxSource: 1, maxTarget: 1 }
  const onSpawn = (pid: number): void => {
    process.kill(pid, 'SIGKILL')
    // Long enough for its end of the channel to be closed, without this process hearing of it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  }
  await expect(lossOf(request, { onSpawn })).rejects.toThrow('The loss process was killed (SIGKILL), most likely')
})

test('an exception of who is told the process ends it, and is what comes of it', async () => {
  const request = { model: tmpdir(), pairs: 'none', batch: 1, maxSource: 1, maxTarget: 1 }
  let child = 0
  const onSpawn = (pid: number): void => {
    child = pid
    throw new Error('nobody listens')
  }
  await expect(lossOf(request, { onSpawn })).rejects.toThrow('nobody listens')
  expect(() => process.kill(child, 0)).toThrow('ESRCH')
})

test('a lesson that was killed leaves no best weights that no state goes on from, unless another process is at it', async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'reteach-child-'))
  onTestFinished(() => rmSync(stateFolder, { recursive: true }))
  const killed = async (): Promise<string[]> => {
    for (const name of ['best-2.bin', 'log.jsonl']) writeFileSync(join(stateFolder, name), 'x')
    const request = {
      start: { folder: 'none' },
      train: { pairs: 'none' },
      keep: 'last',
      outFolder: 'none',
      stateFolder,
      lesson: lessonFromOptions({ learningRate: 1e-3, batch: 1, steps: 1 }),
    } as const
    const onSpawn = (pid: number): void => void process.kill(pid, 'SIGKILL')
    await expect(teachInChild(request, { onSpawn })).rejects.toThrow('The teach process was killed (SIGKILL)')
    return readdirSync(stateFolder).sort()
  }
  expect(await killed()).toEqual(['log.jsonl'])
  const lock = takeLock(join(stateFolder, 'lock'))
  if ('holder' in lock) throw new Error('the lock must be free')
  expect(await killed()).toEqual(['best-2.bin', 'lock', 'log.jsonl'])
  lock.release()
})
