import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { lossOf } from './child.ts'

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
