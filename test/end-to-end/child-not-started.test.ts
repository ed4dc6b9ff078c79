import { EventEmitter } from 'node:events'
import { expect, test, vi } from 'vitest'
import { checkInChild } from '../../src/train/child.ts'

// What Node gives for a process that finds no file descriptors: neither a number nor a channel, and an error a little later.
vi.mock('node:child_process', async (original) => ({
  ...(await original<object>()),
  fork: () => {
    const child = Object.assign(new EventEmitter(), { pid: undefined, exitCode: null })
    const error = Object.assign(new Error('spawn node EMFILE'), { code: 'EMFILE', syscall: 'spawn node' })
    process.nextTick(() => child.emit('error', error))
    return child
  },
}))

test('a process that could not be started is told with the reason of the system', async () => {
  await expect(checkInChild({ device: 'cpu' } as never)).rejects.toThrow(
    'Cannot start the check process as no more files may be open in this process (ulimit -n)',
  )
})
