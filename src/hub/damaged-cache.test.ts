import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeHub } from '../../test/rig/fake-hub.ts'
import type { HubComparison } from './listeners.ts'
import { type HubOptions, hubSnapshot } from './snapshot.ts'

const repo = { kind: 'model', name: 'owner/tiny' } as const
const weights = randomBytes(3_000_000)
const config = Buffer.from('{"model_type":"t5"}')
const names = ['config.json', 'model.safetensors']
let hub: FakeHub
let cacheFolder: string
let folder: string
let notices: string[]

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  cacheFolder = mkdtempSync(join(tmpdir(), 'reteach-damaged-'))
  notices = []
  hub.repos.set('models/owner/tiny', {
    files: { 'config.json': { content: config }, 'model.safetensors': { content: weights, large: true } },
  })
  folder = (await hubSnapshot(repo, () => names, options())).folder
})
afterEach(async () => {
  await hub.stop()
  rmSync(cacheFolder, { recursive: true })
})

const options = (more: Partial<HubOptions> = {}): HubOptions => ({
  settings: { endpoint: hub.endpoint, token: undefined, cacheFolder, offline: false },
  patience: { attempts: 2, firstWaitMs: 1, longestWaitMs: 10, silenceMs: 300 },
  onNotice: (sentence) => notices.push(sentence),
  ...more,
})
const offline = (more: Partial<HubOptions> = {}): HubOptions =>
  options({ settings: { ...options().settings!, offline: true }, ...more })
const snapshot = (with_: HubOptions) => hubSnapshot(repo, () => names, with_)
const at = (name: string) => join(folder, name)
const comparing = () => ({ compared: new Set<string>() })

/** Other bytes in a blob, whose size stays. */
function spoil(name: string): Buffer {
  const blob = realpathSync(at(name))
  const bytes = readFileSync(blob)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(blob, bytes)
  return bytes
}

const said = (name: string) => `"${name}" of "owner/tiny" is damaged in the cache, and is fetched anew`

test('hubSnapshot() fetches a file anew whose size is not the one that the hub lists', async () => {
  for (const [name, bytes] of [
    ['model.safetensors', 1_000_000],
    ['config.json', 0],
  ] as const) {
    truncateSync(realpathSync(at(name)), bytes)
  }
  const before = hub.requests.length
  await snapshot(options())
  expect(notices).toEqual(names.map(said))
  expect(readFileSync(at('model.safetensors')).equals(weights)).toBe(true)
  expect(readFileSync(at('config.json')).equals(config)).toBe(true)
  expect(hub.requests.slice(before).some(({ host }) => host === 'store')).toBe(true)
})

test.each(['model.safetensors', 'config.json'])(
  'hubSnapshot() compares "%s" with its name where it is asked to',
  async (name) => {
    const wrong = spoil(name)
    await snapshot(options())
    expect(readFileSync(at(name)).equals(wrong)).toBe(true)
    await snapshot(options(comparing()))
    expect(notices).toEqual([said(name)])
    expect(readFileSync(at(name)).equals(name === 'config.json' ? config : weights)).toBe(true)
  },
)

test('hubSnapshot() links to what the hub has where a file of another name is damaged', async () => {
  const other = join(cacheFolder, 'models--owner--tiny', 'blobs', 'b'.repeat(40))
  writeFileSync(other, 'cut')
  rmSync(at('config.json'))
  symlinkSync(other, at('config.json'))
  await snapshot(options())
  expect(notices).toEqual([said('config.json')])
  expect(readFileSync(at('config.json')).equals(config)).toBe(true)
})

test('hubSnapshot() compares each file once, and tells how far it is', async () => {
  const told: HubComparison[] = []
  const { compared } = comparing()
  const onCompare = (one: HubComparison): void => void told.push(one)
  await snapshot(options({ compared, onCompare }))
  expect(compared).toEqual(new Set(names.map((name) => realpathSync(at(name)))))
  const large = told.filter(({ file }) => file === 'model.safetensors')
  expect(large.map(({ doneBytes }) => doneBytes)).toEqual([2 ** 20, 2 ** 21, weights.length])
  expect(large[0]).toMatchObject({ repo: 'owner/tiny', totalBytes: weights.length })
  told.length = 0
  await snapshot(options({ compared, onCompare }))
  await snapshot(offline({ compared, onCompare }))
  expect({ told, notices }).toEqual({ told: [], notices: [] })

  rmSync(realpathSync(at('model.safetensors')))
  await snapshot(options({ compared: new Set(), onCompare }))
  expect(told.map(({ file }) => file)).toEqual(['config.json'])
})

test('hubSnapshot() leaves a plain copy alone, of which no checksum is known', async () => {
  rmSync(at('config.json'))
  writeFileSync(at('config.json'), '{}')
  await snapshot(options(comparing()))
  await snapshot(offline(comparing()))
  expect(readFileSync(at('config.json'), 'utf8')).toBe('{}')
  expect(notices).toEqual([])
})

test('hubSnapshot() names what is damaged where it cannot be fetched', async () => {
  spoil('model.safetensors')
  expect((await snapshot(offline())).folder).toBe(folder)
  const sentence = (why: string) =>
    `Cannot use model "owner/tiny" (main) as it is in the cache "${cacheFolder}", and ${why}: ` +
    '"model.safetensors" is damaged; fetch it anew with a network'
  await expect(snapshot(offline(comparing()))).rejects.toThrow(sentence('HF_HUB_OFFLINE is set'))
  const unreachable = options(comparing())
  await hub.stop()
  await expect(snapshot(unreachable)).rejects.toThrow(sentence('the hub cannot be reached'))
  await hub.start()
})

test('hubSnapshot() ends a comparison with the reason of an aborted signal', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const onCompare = (): void => controller.abort(reason)
  const stopped = snapshot(options({ ...comparing(), onCompare, signal: controller.signal }))
  await expect(stopped).rejects.toBe(reason)
})

test('hubSnapshot() says that the name of a revision in the cache is empty, and writes it anew with a network', async () => {
  const ref = join(cacheFolder, 'models--owner--tiny', 'refs', 'main')
  const commit = readFileSync(ref, 'utf8')
  writeFileSync(ref, '')
  await expect(snapshot(offline())).rejects.toThrow(
    `"${ref}" is empty, where the commit should stand; fetch it with a network first`,
  )
  await snapshot(options())
  expect(readFileSync(ref, 'utf8')).toBe(commit)
})
