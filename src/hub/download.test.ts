import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DownloadOptions, downloadBlob } from './download.ts'
import { wholeAnswer } from './http/whole-answer.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-download-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** As Node 20's is on some broken gzip: it neither goes on, nor fails, nor heeds a signal. */
const stuckAfter = (text: string): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from(text)),
      pull: () => new Promise(() => {}),
      cancel: () => new Promise(() => {}),
    }),
  )

const blob = (): string => join(folder, 'blob')

const download = (
  silenceMs: number,
  more: Pick<DownloadOptions, 'onBytes'> & { signal?: AbortSignal } = {},
): Promise<void> =>
  downloadBlob(
    'https://hub.test/x',
    blob(),
    { path: 'x', size: 100, gitSha1: '' },
    {
      repo: { kind: 'model', name: 'owner/tiny' },
      settings: { endpoint: 'https://hub.test', token: undefined, cacheFolder: folder, offline: false },
      lockPath: join(folder, 'lock'),
      fetch: async () => stuckAfter('some'),
      patience: { attempts: 2, firstWaitMs: 1, longestWaitMs: 10, silenceMs },
      onNotice: () => {},
      signal: undefined,
      ...more,
    },
  )

test('downloadBlob() tells where a transfer begins before a file of it is there', async () => {
  const told: [number, boolean][] = []
  const onBytes = (done: number): void => void told.push([done, existsSync(`${blob()}.incomplete`)])
  await expect(download(30, { onBytes })).rejects.toThrow('nothing arrived')
  expect(told.slice(0, 3)).toEqual([
    [0, false],
    [4, true],
    [0, true],
  ])
})

describe('a body that is stuck and heeds no signal', () => {
  test('downloadBlob() gives up on it, and keeps what has arrived', async () => {
    await expect(download(30)).rejects.toThrow(
      'Cannot download "x" of "owner/tiny" as the transfer broke (nothing arrived for 0.03 s), in 2 attempts',
    )
    expect(readFileSync(`${blob()}.incomplete`, 'utf8')).toBe('some')
  })

  test('downloadBlob() ends with the reason of its own signal', async () => {
    const reason = new Error('enough')
    await expect(download(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 30)
    await expect(download(60_000, { signal: controller.signal })).rejects.toBe(reason)
  })

  test('wholeAnswer() ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 30)
    const url = new URL('https://hub.test/api')
    await expect(wholeAnswer(stuckAfter('{'), url, 60_000, controller.signal)).rejects.toBe(reason)
    await expect(wholeAnswer(stuckAfter('{'), url, 30)).rejects.toThrow('its answer does not come to an end')
  })
})
