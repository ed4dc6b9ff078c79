import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { HubComparison, HubListeners, HubProgress } from '../../hub/listeners.ts'
import { ownErasing } from './own-styles.ts'
import { ProgressLine } from './progress-line.ts'
import { whileFetching } from './while-fetching.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

async function shownOf(isTTY: boolean, told: readonly HubProgress[]): Promise<string> {
  return await shownWhile(isTTY, ({ onProgress }) => onProgress, told)
}

async function shownWhile<T>(
  isTTY: boolean,
  listener: (all: Required<HubListeners>) => (one: T) => void,
  told: readonly T[],
): Promise<string> {
  let text = ''
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk)
      done()
    },
  })
  const stream = Object.assign(sink, { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream
  await whileFetching(async (listeners) => {
    for (const one of told) {
      listener(listeners)(one)
      vi.advanceTimersByTime(10_000)
    }
  }, new ProgressLine(stream))
  return text
}

const progress = (doneBytes: number, more: Partial<HubProgress> = {}): HubProgress => ({
  repo: 'owner/tiny',
  file: 'model.safetensors',
  doneBytes,
  totalBytes: 1.2e9,
  fromBytes: 2e8,
  number: 2,
  files: 3,
  finished: false,
  ...more,
})

const told = [progress(2e8), progress(3e8), progress(4e8), progress(1.2e9, { finished: true })]

it('whileFetching() rewrites one line with bytes, rate and time left on a terminal', async () => {
  const clear = ownErasing
  const label = 'fetch owner/tiny: model.safetensors (file 2 of 3)  '
  expect(await shownOf(true, told)).toBe(
    [
      `${label}200.0 MB of 1.2 GB (16 %)`,
      `${label}300.0 MB of 1.2 GB (25 %), 10.0 MB/s, 1 min 30 s left`,
      `${label}400.0 MB of 1.2 GB (33 %), 10.0 MB/s, 1 min 20 s left`,
      'Fetched "model.safetensors" of "owner/tiny", 1.2 GB\n',
    ].join(clear),
  )
})

it('whileFetching() tells how far the comparison of a large file is, and leaves no line of it', async () => {
  const compared = (doneBytes: number): HubComparison => ({
    repo: 'owner/tiny',
    file: 'model.safetensors',
    doneBytes,
    totalBytes: 1.2e9,
  })
  const shown = await shownWhile(true, ({ onCompare }) => onCompare, [compared(2e8), compared(4e8), compared(1.2e9)])
  const lines = shown.split(ownErasing)
  expect(lines[1]).toBe('compare owner/tiny: model.safetensors  400.0 MB of 1.2 GB (33 %), 40.0 MB/s, 20 s left')
  expect(lines.at(-1)).toBe('')
})

it('whileFetching() prints plain lines in a pipe, and nothing when nothing is fetched', async () => {
  expect(await shownOf(false, told)).toBe(
    [
      'fetch owner/tiny: model.safetensors (file 2 of 3)  200.0 MB of 1.2 GB (16 %)',
      'fetch owner/tiny: model.safetensors (file 2 of 3)  400.0 MB of 1.2 GB (33 %), 10.0 MB/s, 1 min 20 s left',
      'Fetched "model.safetensors" of "owner/tiny", 1.2 GB\n',
    ].join('\n'),
  )
  expect(await shownOf(false, [])).toBe('')
})

it('whileFetching() says on Ctrl-C that what was fetched is kept where something was', async () => {
  const stopped = async (toldFirst: readonly HubProgress[]): Promise<string> => {
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const line = new ProgressLine({ write: () => true } as unknown as NodeJS.WriteStream)
    const work = whileFetching(async ({ onProgress }) => {
      toldFirst.forEach(onProgress)
      process.emit('SIGINT')
    }, line)
    await expect(work).rejects.toThrow('Interrupted')
    const said = err.mock.calls.join('')
    err.mockRestore()
    return said
  }
  expect(await stopped([])).toBe('\nStopping (press again to stop at once)\n')
  expect(await stopped(told.slice(0, 1))).toContain('Stopping: what has been fetched is kept')
})
