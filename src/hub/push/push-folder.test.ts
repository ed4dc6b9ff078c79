import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeHub, type SeenRequest } from '../../../test/rig/fake-hub.ts'
import { Fault } from '../../base/fault.ts'
import { hubSnapshot } from '../snapshot.ts'
import { type PushOptions, pushFolder } from './push-folder.ts'

let hub: FakeHub
let folder: string
let notices: string[]
const weights = randomBytes(12_345)

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  folder = mkdtempSync(join(tmpdir(), 'reteach-push-'))
  notices = []
  mkdirSync(join(folder, 'onnx'))
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.git', 'config'), 'hidden')
  writeFileSync(join(folder, 'config.json'), '{}')
  writeFileSync(join(folder, 'README.md'), '# Our model\n')
  writeFileSync(join(folder, 'model.safetensors'), weights)
  writeFileSync(join(folder, 'onnx', 'encoder_model.onnx'), randomBytes(3000))
})

afterEach(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true })
})

const impatient = { attempts: 3, firstWaitMs: 1, longestWaitMs: 2000, silenceMs: 2000 }
const options = (more: Partial<PushOptions> = {}): PushOptions => ({
  settings: { endpoint: hub.endpoint, token: 'hf_write', cacheFolder: join(folder, '.cache'), offline: false },
  patience: impatient,
  onNotice: (sentence) => notices.push(sentence),
  ...more,
})
const push = (more?: Partial<PushOptions>) => pushFolder(folder, 'me/model', options(more))
const uploads = () => hub.requests.filter(({ host, method }) => host === 'store' && method === 'PUT')
const pushed = () => hub.repos.get('models/me/model')!.files

describe('pushFolder()', () => {
  test('makes a private repository and brings small files, a large one and one in parts, in one commit', async () => {
    const result = await push()
    expect(result).toMatchObject({ url: `${hub.endpoint}/me/model`, isPrivate: true, unchanged: [] })
    expect(result.sent).toEqual(['config.json', 'model.safetensors', 'onnx/encoder_model.onnx', 'README.md'])
    expect(hub.uploads.commits).toEqual(['Upload model with reteach'])
    expect(pushed()['model.safetensors']).toEqual({ content: weights, large: true })
    expect(
      uploads()
        .map(({ url }) => url.replace(/[0-9a-f]{64}/u, 'OID'))
        .sort(),
    ).toEqual(['/upload/OID', ...[1, 2, 3].map((part) => `/upload/OID/${part}?uploadId=1`)])
    expect(pushed()['.git/config']).toBeUndefined()
  })

  test('gives a card without the hub’s front matter one, and leaves one that has it as it is', async () => {
    await push()
    expect(pushed()['README.md']!.content.toString()).toMatch(
      /^---\nlibrary_name: transformers\n[\s\S]*\n---\n\n# Our model\n$/u,
    )
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('# Our model\n')
    const own = '---\r\nlicense: mit\r\n---\r\n# Ours'
    writeFileSync(join(folder, 'README.md'), own)
    expect(await push()).toMatchObject({ sent: ['README.md'] })
    expect(pushed()['README.md']!.content.toString()).toBe(own)
    rmSync(join(folder, 'README.md'))
    await push()
    expect(pushed()['README.md']!.content.toString()).toContain('\n# me/model\n')
    rmSync(join(folder, 'model.safetensors'))
    await push()
    expect(pushed()['README.md']!.content.toString()).toContain('library_name: transformers.js\n')
  })

  test('sends what is on the hub not again, and commits nothing where all is', async () => {
    await push()
    expect(await push()).toMatchObject({ commit: undefined, sent: [], unchanged: { length: 4 } })
    const before = uploads().length
    writeFileSync(join(folder, 'config.json'), '[]')
    expect(await push({ message: 'again' })).toMatchObject({ sent: ['config.json'] })
    expect(hub.uploads.commits).toEqual(['Upload model with reteach', 'again'])
    expect(uploads()).toHaveLength(before)
  })

  test('tries parts again that broke off, and a commit that the hub was too busy for', async () => {
    Object.assign(hub.uploads.rules, { breaks: 2, busyCommits: 2 })
    await push()
    expect(pushed()['model.safetensors']!.content).toEqual(weights)
    expect(uploads()).toHaveLength(6)
  })

  test('goes on, after a push that was given up, without the large files that had arrived', async () => {
    hub.uploads.rules.busyCommits = 3
    await expect(push()).rejects.toThrow('the hub answers 503')
    const before = uploads().length
    await push()
    expect(uploads()).toHaveLength(before)
    expect(pushed()['model.safetensors']!.content).toEqual(weights)
  })

  describe('within a large file', () => {
    const kept = () => join(folder, '.kept')
    const pushKept = () => push({ keptFolder: kept() })
    const partsSent = () => uploads().flatMap(({ url }) => /\/(\d)\?uploadId/u.exec(url)?.[1] ?? [])
    const stopInThirdPart = async (): Promise<void> => {
      hub.uploads.rules.busyPart = 3
      await expect(pushKept()).rejects.toThrow('store of large files answers 503')
      delete hub.uploads.rules.busyPart
      expect(new Set(partsSent())).toEqual(new Set(['1', '2', '3']))
      hub.requests.length = 0
    }

    test('goes on with the parts that had not arrived', async () => {
      await stopInThirdPart()
      const told: number[] = []
      await push({ keptFolder: kept(), onBytes: (done) => told.push(done) })
      expect(partsSent()).toEqual(['3'])
      expect(pushed()['model.safetensors']!.content).toEqual(weights)
      // The other large file had arrived.
      expect(Math.max(...told)).toBe(weights.length)
      expect(readdirSync(kept())).toEqual([])
    })

    test('begins anew where the hub has forgotten the upload', async () => {
      await stopInThirdPart()
      hub.uploads.forgetUploads()
      await pushKept()
      expect(partsSent().toSorted()).toEqual(['1', '2', '3', '3'])
      expect(pushed()['model.safetensors']!.content).toEqual(weights)
    })

    test('begins anew after a day, for another repository, and where what is kept is torn', async () => {
      await stopInThirdPart()
      const [name] = readdirSync(kept())
      const content = readFileSync(join(kept(), name!))
      await pushFolder(folder, 'me/other', options({ keptFolder: kept() }))
      expect(partsSent().toSorted()).toEqual(['1', '2', '3'])
      hub.uploads.stored.clear()
      for (const spoil of [
        () => writeFileSync(join(kept(), name!), content.subarray(0, 40)),
        () => utimesSync(join(kept(), name!), 1000, 1000),
      ]) {
        hub.requests.length = 0
        spoil()
        await pushKept()
        expect(partsSent().toSorted()).toEqual(['1', '2', '3'])
        writeFileSync(join(kept(), name!), content)
        hub.uploads.stored.clear()
        hub.repos.delete('models/me/model')
      }
    })

    test('keeps no token, and for the user alone', async () => {
      await stopInThirdPart()
      const [name] = readdirSync(kept())
      expect(readFileSync(join(kept(), name!), 'utf8')).not.toContain('hf_write')
      expect(statSync(join(kept(), name!)).mode & 0o777).toBe(0o600)
    })

    test('sends all where nothing can be kept', async () => {
      writeFileSync(kept(), 'a file')
      expect((await pushKept()).sent).toContain('model.safetensors')
    })
  })

  test.each([
    [401, 'HF_TOKEN is wrong or has expired'],
    [403, 'HF_TOKEN may not write there'],
    [429, '429'],
    [500, '500'],
    [502, '502'],
  ])('says of %i on any of its ways what it is, and goes on the next time', async (status, sentence) => {
    await push()
    const ways = hub.requests.length
    for (let way = 0; way < ways; way++) {
      hub.repos.delete('models/me/model')
      hub.uploads.stored.clear()
      hub.trouble.refuses = { after: way, times: 3, status, headers: { 'retry-after': '0' } }
      const outcome = await push().then(
        () => 'done',
        (error: Error) => `${error instanceof Fault ? 'Fault' : error.constructor.name}: ${error.message}`,
      )
      const isOfStore = outcome.includes(`store of large files at "${hub.storeAddress}" answers ${status} ("no")`)
      const isRight = outcome === 'done' || (outcome.startsWith('Fault') && (isOfStore || outcome.includes(sentence)))
      expect(isRight, `request ${way}: ${outcome}`).toBe(true)
      expect(outcome).not.toMatch(/hf_write|uploadId/u)
    }
    delete hub.trouble.refuses
    await push()
    expect(pushed()['model.safetensors']!.content).toEqual(weights)
  })

  test.each([400, 401, 403])(
    'says of %i from where large files go that an address may have expired',
    async (status) => {
      hub.trouble.refuses = { of: ({ host }) => host === 'store', times: 1, status }
      await expect(push()).rejects.toThrow(
        new RegExp(
          `^Cannot push to "me/model" as the hub's store of large files at "${hub.storeAddress}" answers ${status} \\("no"\\): ` +
            'the address that the hub has given may have expired, so run it again; what has arrived is not sent again$',
          'u',
        ),
      )
    },
  )

  test.each([401, 402, 403])(
    'pushes with a token that may make no repository (%i) to one that is there',
    async (status) => {
      const headers = { 'x-error-message': 'You may not create one under "me".' }
      const refuses = () => ({ of: ({ url }: SeenRequest) => url === '/api/repos/create', times: 1, status, headers })
      hub.trouble.refuses = refuses()
      await expect(push()).rejects.toThrow(`the hub answers ${status} ("You may not create one under "me"")`)
      await push()
      writeFileSync(join(folder, 'config.json'), '[1]')
      hub.trouble.refuses = refuses()
      expect(await push()).toMatchObject({ sent: ['config.json'] })
      expect(hub.trouble.refuses.times).toBe(0)
    },
  )

  test.each([
    [400, 'the hub answers 400 ("no")'],
    [409, 'the hub answers 409 ("no"): run it again'],
    [412, 'the hub answers 412 ("no"): run it again'],
  ])('says of a commit that is refused with %i what the hub says', async (status, sentence) => {
    hub.trouble.refuses = { of: ({ url }) => url.includes('/commit/'), times: 1, status }
    await expect(push()).rejects.toThrow(new RegExp(`as ${sentence.replace(/[()]/gu, '\\$&')}$`, 'u'))
  })

  test('says that another repository is being made where the hub makes none for that', async () => {
    const of = ({ url }: SeenRequest): boolean => url === '/api/repos/create'
    const body = 'Cannot create repo: another conflicting operation is in progress'
    hub.trouble.refuses = { of, times: 1, status: 409, body }
    await expect(push()).rejects.toThrow(`as the hub answers 409 ("${body}"): run it again`)
  })

  test('follows links, and none that leads back or to nothing', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'reteach-linked-'))
    writeFileSync(join(elsewhere, 'linked.json'), '{}')
    symlinkSync(elsewhere, join(folder, 'more'))
    symlinkSync(folder, join(elsewhere, 'back'))
    for (const [name, to] of [
      ['same', '.'],
      ['above', '../..'],
    ] as const) {
      symlinkSync(to, join(folder, 'onnx', name))
    }
    const { sent } = await push()
    expect(sent).toContain('more/linked.json')
    expect(sent).toHaveLength(5)
    const left = ['more/back', 'onnx/above', 'onnx/same']
    expect(notices).toEqual(
      left.map((one) => expect.stringMatching(`^Left out ".*/${one}" as it is a link back to a folder`)),
    )
    for (const [to, why] of [
      ['nothing', 'it is a link to nothing'],
      ['broken', 'it is a link that leads to itself'],
    ] as const) {
      symlinkSync(to, join(folder, 'broken'))
      await expect(push()).rejects.toThrow(`Cannot push "${join(folder, 'broken')}" as ${why}: remove it`)
      rmSync(join(folder, 'broken'))
    }
    rmSync(elsewhere, { recursive: true })
  })

  test('sends the token to the hub alone', async () => {
    await push()
    const withToken = hub.requests.filter(({ authorization }) => authorization !== undefined)
    expect(new Set(withToken.map(({ host }) => host))).toEqual(new Set(['hub']))
    expect(hub.requests.filter(({ host, authorization }) => host === 'hub' && authorization === undefined)).toEqual([])
  })

  test('tells how many bytes have gone out', async () => {
    const told: number[][] = []
    await push({ onBytes: (done, total) => told.push([done, total]) })
    expect(Math.max(...told.map(([done]) => done!))).toBe(weights.length + 3000)
    expect(told.at(-1)![1]).toBeGreaterThan(weights.length + 3000)
  })

  test.each([
    ['http://93.184.216.34', 'which is not encrypted'],
    ['https://10.0.0.1', 'which is no host of the public network'],
  ])('sends nothing to %s, whatever the hub says', async (store, why) => {
    hub.uploads.rules.store = store
    await expect(push()).rejects.toThrow(`Cannot follow the hub from "${hub.endpoint}/" to "${store}/upload/`)
    await expect(push()).rejects.toThrow(why)
  })

  test('brings what a download finds whole', async () => {
    await push()
    const { folder: fetched, paths } = await hubSnapshot({ kind: 'model', name: 'me/model' }, (all) => all, options())
    expect(paths).toContain('onnx/encoder_model.onnx')
    expect(readFileSync(join(fetched, 'model.safetensors'))).toEqual(weights)
  })

  test('says of a repository that was public before that it is', async () => {
    await push({ isPublic: true })
    expect(notices).toEqual([])
    writeFileSync(join(folder, 'config.json'), '[1]')
    expect(await push()).toMatchObject({ isPrivate: false })
    expect(notices.join()).toContain('is public')
  })

  test.each([
    ['no token', { token: undefined }, 'without a token: set HF_TOKEN'],
    ['a wrong one', { token: 'hf_other' }, 'HF_TOKEN is wrong or has expired'],
    [
      'one that is held back',
      { token: undefined, tokenHeldBack: true },
      'HF_HUB_DISABLE_IMPLICIT_TOKEN is set: unset it',
    ],
    ['a torn one', { token: 'go\nod' }, 'HF_TOKEN has characters that no token has'],
    ['no network', { token: 'hf_write', offline: true }, 'HF_HUB_OFFLINE is set'],
  ])('refuses with %s', async (_, settings, sentence) => {
    await expect(push({ settings: { ...options().settings!, ...settings } })).rejects.toThrow(sentence)
  })

  test('speaks of no cache where the hub cannot be reached', async () => {
    const { settings } = options()
    await hub.stop()
    const pushing = pushFolder(folder, 'me/model', { settings: settings!, patience: { ...impatient, attempts: 1 } })
    await expect(pushing).rejects.toThrow(/^Cannot reach the hub(?!.*cache)/u)
  })

  test('refuses what is no repository, no folder, or empty', async () => {
    await expect(pushFolder(folder, 'model', options())).rejects.toThrow('expected owner/name')
    await expect(pushFolder(join(folder, 'no'), 'me/model', options())).rejects.toThrow('there is no such file')
    mkdirSync(join(folder, 'empty'))
    await expect(pushFolder(join(folder, 'empty'), 'me/model', options())).rejects.toThrow('no files in it')
  })
})
