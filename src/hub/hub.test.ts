import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeHub } from '../../test/rig/fake-hub.ts'
import { Fault } from '../base/fault.ts'
import { readAllRows } from '../data/table/table.ts'
import { hubFolder } from '../pretrained/hub-folder.ts'
import { hubFetch, usualPatience } from './fetch.ts'
import type { HubProgress } from './listeners.ts'
import { hubSettings } from './settings.ts'
import type { HubOptions } from './snapshot.ts'

let hub: FakeHub
let cacheFolder: string
let notices: string[]

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  cacheFolder = mkdtempSync(join(tmpdir(), 'reteach-hub-'))
  notices = []
})

afterEach(async () => {
  await hub.stop()
  rmSync(cacheFolder, { recursive: true })
})

const options = (more: Partial<HubOptions> = {}): HubOptions => ({
  settings: { endpoint: hub.endpoint, token: undefined, cacheFolder, offline: false },
  patience: { attempts: 3, firstWaitMs: 1, longestWaitMs: 2000, silenceMs: 300 },
  onNotice: (sentence) => notices.push(sentence),
  ...more,
})

const offline = (): HubOptions => options({ settings: { ...options().settings!, offline: true } })

const weights = randomBytes(300_000)
const small = (text: string) => ({ content: Buffer.from(text) })
const tiny = {
  files: {
    'README.md': small('# a model'),
    'config.json': small('{"model_type":"t5"}'),
    'generation_config.json': small('{}'),
    'pytorch_model.bin': { content: randomBytes(1000), large: true },
    'model.safetensors': { content: weights, large: true },
    'tf_model.h5': { content: randomBytes(1000), large: true },
    'spiece.model': { content: randomBytes(2000), large: true },
    'tokenizer_config.json': small('{"a":1}'),
  },
}

const modelFolder = (name: string, with_: HubOptions): Promise<string> => hubFolder(name, 'main', 'all', with_)

const fault = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
  throw new Error('expected a fault')
}

describe('hubFolder()', () => {
  beforeEach(() => void hub.repos.set('models/owner/tiny', tiny))

  test('lays the wanted files out as Hugging Face’s programs do, and fetches nothing twice', async () => {
    const folder = await modelFolder('owner/tiny', options())
    const commit = hub.commitOf('models/owner/tiny')
    expect(folder).toBe(join(cacheFolder, 'models--owner--tiny', 'snapshots', commit))
    expect(readdirSync(folder).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'spiece.model',
      'tokenizer_config.json',
    ])
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
    expect(readlinkSync(join(folder, 'model.safetensors'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/)
    expect(readlinkSync(join(folder, 'config.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/)
    expect(readFileSync(join(cacheFolder, 'models--owner--tiny', 'refs', 'main'), 'utf8')).toBe(commit)
    expect(readdirSync(join(cacheFolder, 'models--owner--tiny', 'blobs')).filter((name) => name.includes('.'))).toEqual(
      [],
    )

    const before = hub.requests.length
    expect(await modelFolder('owner/tiny', options())).toBe(folder)
    expect(hub.requests.slice(before).filter(({ url }) => !url.startsWith('/api/'))).toEqual([])
  })

  test('fetches only the tokenizer when nothing else is needed', async () => {
    const folder = await hubFolder('owner/tiny', 'main', 'tokenizer', options())
    expect(readdirSync(folder).sort()).toEqual(['spiece.model', 'tokenizer_config.json'])
  })

  test('takes a tokenizer that is only named, and refuses another kind before its weights are fetched', async () => {
    const { 'spiece.model': _, 'tokenizer_config.json': __, ...others } = tiny.files
    const named = (name: string) => ({
      files: { ...others, 'tokenizer_config.json': small(`{"tokenizer_class":"${name}"}`) },
    })
    hub.repos.set('models/owner/bytes', named('ByT5Tokenizer'))
    const folder = await modelFolder('owner/bytes', options())
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['model.safetensors', 'tokenizer_config.json']))
    const { files } = named('BertTokenizer')
    hub.repos.set('models/owner/bert', { files: { ...files, 'vocab.txt': small('[PAD]') } })
    const before = hub.requests.length
    expect(await fault(modelFolder('owner/bert', options()))).toMatch(
      /^Cannot use the tokenizer of "owner\/bert" of the hub as it is BertTokenizer \(BERT's WordPiece, vocab.txt\), which is not supported/,
    )
    expect(hub.requests.slice(before).some(({ url }) => url.includes('model.safetensors'))).toBe(false)
  })

  test('takes PyTorch’s shards where there are no safetensors', async () => {
    const { 'model.safetensors': _, 'pytorch_model.bin': __, ...others } = tiny.files
    const shards = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin']
    hub.repos.set('models/owner/tiny', {
      files: {
        ...others,
        'pytorch_model.bin.index.json': small('{}'),
        ...Object.fromEntries(shards.map((name) => [name, { content: Buffer.from(name), large: true }])),
      },
    })
    const folder = await modelFolder('owner/tiny', options())
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['pytorch_model.bin.index.json', ...shards]))
  })

  test('sends the token to the hub and not where it redirects to', async () => {
    await modelFolder('owner/tiny', options({ settings: { ...options().settings!, token: 'secret' } }))
    const tokens = (host: string) =>
      new Set(hub.requests.filter((seen) => seen.host === host).map((seen) => seen.authorization))
    expect(tokens('hub')).toEqual(new Set(['Bearer secret']))
    expect(tokens('store')).toEqual(new Set([undefined]))
  })

  test('sends the token to no other host, even when it is asked for first', async () => {
    const other = new FakeHub()
    await other.start()
    const settings = { ...options().settings!, token: 'secret' }
    const fetcher = hubFetch({ settings, patience: options().patience!, onNotice: () => {} })
    await fetcher(`${other.endpoint}/api/models/owner/tiny`)
    await other.stop()
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([undefined])
  })

  test('goes on after each break of the transfer where it was', async () => {
    hub.trouble.breaks = { times: 3, afterBytes: 50_000 }
    const folder = await modelFolder('owner/tiny', options())
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
    const starts = hub.requests
      .filter(({ host, range }) => host === 'store' && range !== undefined)
      .map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range!)![1]))
    // How much of what was sent has arrived when the line breaks is up to the network.
    expect(starts.length).toBeGreaterThanOrEqual(1)
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    for (const start of starts) expect(start).toBeLessThanOrEqual(150_000)
  })

  test('goes on with what a killed process has left', async () => {
    const first = await modelFolder('owner/tiny', options())
    const blob = join(first, readlinkSync(join(first, 'model.safetensors')))
    rmSync(blob)
    rmSync(join(first, 'model.safetensors'))
    writeFileSync(`${blob}.incomplete`, weights.subarray(0, 123_456))
    const progress: number[] = []
    await modelFolder('owner/tiny', options({ onProgress: ({ doneBytes }) => progress.push(doneBytes) }))
    expect(hub.requests.at(-1)!.range).toBe('bytes=123456-')
    expect(progress[0]).toBe(123_456)
    expect(progress.at(-1)).toBe(300_000)
    expect(readFileSync(blob).equals(weights)).toBe(true)
  })

  test('tells listeners how far each file is, and prints nothing', async () => {
    const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
    hub.trouble.slow = { pieceBytes: 50_000, waitMs: 2 }
    const told: HubProgress[] = []
    const onProgress = (progress: HubProgress): void => void told.push(progress)
    await modelFolder('owner/tiny', options({ onProgress }))
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    const order = [
      'config.json',
      'generation_config.json',
      'spiece.model',
      'tokenizer_config.json',
      'model.safetensors',
    ]
    expect([...new Set(told.map(({ file }) => file))]).toEqual(order)
    for (const { repo, file, number, files, fromBytes } of told) {
      expect({ repo, number, files, fromBytes }).toEqual({
        repo: 'owner/tiny',
        number: order.indexOf(file) + 1,
        files: 5,
        fromBytes: 0,
      })
    }
    const large = told.filter(({ file }) => file === 'model.safetensors')
    const bytes = large.map(({ doneBytes }) => doneBytes)
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
    expect(new Set(bytes).size).toBeGreaterThan(3)
    expect(bytes[0]).toBe(0)
    expect(large.at(-1)).toMatchObject({ doneBytes: 300_000, totalBytes: 300_000, finished: true })
    expect(large.filter(({ finished }) => finished)).toHaveLength(1)

    told.length = 0
    await modelFolder('owner/tiny', options({ onProgress }))
    expect(told).toEqual([])
  })

  test('ends with the reason of an aborted signal and keeps what has arrived', async () => {
    hub.trouble.slow = { pieceBytes: 50_000, waitMs: 20 }
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = ({ file, doneBytes }: HubProgress): void => {
      if (file === 'model.safetensors' && doneBytes > 0) controller.abort(reason)
    }
    await expect(modelFolder('owner/tiny', options({ onProgress, signal: controller.signal }))).rejects.toBe(reason)
    const blobs = readdirSync(join(cacheFolder, 'models--owner--tiny', 'blobs'))
    const [part] = blobs.filter((name) => name.endsWith('.incomplete'))
    const left = readFileSync(join(cacheFolder, 'models--owner--tiny', 'blobs', part!))
    expect(left.length).toBeGreaterThan(0)
    expect(left.equals(weights.subarray(0, left.length))).toBe(true)
    delete hub.trouble.slow
    const progress: HubProgress[] = []
    await modelFolder('owner/tiny', options({ onProgress: (one) => progress.push(one) }))
    expect(progress[0]).toMatchObject({ fromBytes: left.length, number: 1, files: 1 })
  })

  test('does not wait for a hub that asks for patience once the signal is aborted', async () => {
    hub.trouble.refuses = { times: 10, status: 429, headers: { 'retry-after': '30' } }
    const controller = new AbortController()
    const begun = performance.now()
    const onNotice = (): void => controller.abort(new Error('enough'))
    const patience = { attempts: 3, firstWaitMs: 1, longestWaitMs: 60_000, silenceMs: 300 }
    const impatient = options({ onNotice, signal: controller.signal, patience })
    await expect(modelFolder('owner/tiny', impatient)).rejects.toThrow('enough')
    expect(performance.now() - begun).toBeLessThan(20_000)
    const before = hub.requests.length
    await expect(modelFolder('owner/tiny', options({ signal: controller.signal }))).rejects.toThrow('enough')
    expect(hub.requests.length).toBe(before)
  })

  test('begins anew when the rest that was left is wrong or the server knows no ranges', async () => {
    const blobs = join(cacheFolder, 'models--owner--tiny', 'blobs')
    await hubFolder('owner/tiny', 'main', 'tokenizer', options())
    const spiece = tiny.files['spiece.model'].content
    const name = readdirSync(blobs).find((blob) => readFileSync(join(blobs, blob)).equals(spiece))!
    for (const left of [Buffer.alloc(1000), Buffer.alloc(2000), Buffer.alloc(5000)]) {
      rmSync(join(cacheFolder, 'models--owner--tiny'), { recursive: true })
      mkdirSync(blobs, { recursive: true })
      writeFileSync(join(blobs, `${name}.incomplete`), left)
      hub.trouble.ignoresRanges = left.length === 1000
      const folder = await hubFolder('owner/tiny', 'main', 'tokenizer', options())
      expect(readFileSync(join(folder, 'spiece.model')).equals(spiece)).toBe(true)
    }
  })

  test('asks again when nothing more arrives', async () => {
    hub.trouble.stalls = { times: 1, afterBytes: 10 }
    const folder = await hubFolder('owner/tiny', 'main', 'tokenizer', options())
    expect(readFileSync(join(folder, 'spiece.model')).equals(tiny.files['spiece.model'].content)).toBe(true)
  })

  test('begins anew where the hub packs what it sends and breaks off, and not for ever', async () => {
    hub.trouble.packs = true
    hub.trouble.breaks = { times: 1, afterBytes: 150_000 }
    const folder = await modelFolder('owner/tiny', options())
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true)
    const contents = hub.requests.filter(({ host }) => host === 'store')
    expect(contents.map(({ encodings }) => encodings).filter((one) => one !== 'identity')).toEqual([])
    rmSync(join(cacheFolder, 'models--owner--tiny'), { recursive: true })
    hub.trouble.breaks = { times: 1000, afterBytes: 150_000 }
    const before = hub.requests.length
    expect(await fault(modelFolder('owner/tiny', options()))).toMatch(
      /^Cannot download "model.safetensors" of "owner\/tiny" as the hub went on with what is packed, in 3 attempts/,
    )
    const asked = hub.requests.slice(before).filter(({ host, url }) => host === 'store' && url === contents.at(-1)!.url)
    expect(asked.length).toBeLessThanOrEqual(6)
  })

  test('takes no file whose checksum is wrong', async () => {
    hub.trouble.corrupts = 1
    await hubFolder('owner/tiny', 'main', 'tokenizer', options())
    hub.trouble.corrupts = 100
    expect(await fault(modelFolder('owner/tiny', options()))).toMatch(
      /^Cannot download "config.json" of "owner\/tiny" as its checksum is wrong, in 3 attempts/,
    )
    const snapshots = join(cacheFolder, 'models--owner--tiny', 'snapshots')
    expect(existsSync(join(snapshots, hub.commitOf('models/owner/tiny'), 'config.json'))).toBe(false)
  })

  test('waits as Retry-After says, and tries again when the hub stumbles', async () => {
    hub.trouble.refuses = { times: 1, status: 429, headers: { 'retry-after': '1' } }
    const begun = performance.now()
    await hubFolder('owner/tiny', 'main', 'tokenizer', options())
    expect(performance.now() - begun).toBeGreaterThan(950)
    expect(notices).toEqual(['The hub is asked too often and wants 1 s of rest'])
    hub.trouble.refuses = { times: 2, status: 503 }
    await modelFolder('owner/tiny', options())
  })

  test('gives up with a sentence when the wait is too long or the hub keeps failing', async () => {
    hub.trouble.refuses = { times: 1, status: 429, headers: { 'retry-after': '3600' } }
    expect(await fault(modelFolder('owner/tiny', options()))).toContain(
      'asks to wait 3600 seconds: try later, or set HF_TOKEN',
    )
    hub.trouble.refuses = { times: 10, status: 502 }
    expect(await fault(modelFolder('owner/tiny', options()))).toContain('the hub answers 502 (Bad Gateway): try later')
  })

  test.each([
    [401, 'there is none of this name, or it is private and HF_TOKEN is not set'],
    [403, 'agree to its terms on its page, or set HF_TOKEN'],
    [404, 'Cannot find model "owner/tiny" at revision "main" on the hub: check the name and the revision'],
  ])('tells what %i means', async (status, sentence) => {
    hub.repos.set('models/owner/tiny', { ...tiny, status })
    expect(await fault(modelFolder('owner/tiny', options()))).toContain(sentence)
    expect(readdirSync(cacheFolder)).toEqual([])
  })

  test('tells when it is answered with a web page', async () => {
    hub.trouble.isPage = true
    expect(await fault(modelFolder('owner/tiny', options()))).toContain('is a web page and not data')
  })

  test('uses the cache offline or without a network, and says when it has nothing', async () => {
    expect(await fault(modelFolder('owner/tiny', offline()))).toMatch(
      /^Cannot find model "owner\/tiny" \(main\) in the cache ".*", and HF_HUB_OFFLINE is set/,
    )
    const folder = await modelFolder('owner/tiny', options())
    const requests = hub.requests.length
    expect(await modelFolder('owner/tiny', offline())).toBe(folder)
    expect(hub.requests.length).toBe(requests)
    const gone = new FakeHub()
    await gone.start()
    const { endpoint } = gone
    await gone.stop()
    const unreachable = options({ settings: { ...options().settings!, endpoint } })
    expect(await modelFolder('owner/tiny', unreachable)).toBe(folder)
    expect(notices.at(-1)).toContain('as the hub cannot be reached')
    expect(await fault(modelFolder('owner/other', unreachable))).toContain(
      `Cannot reach the hub at "${endpoint}" without a proxy (ECONNREFUSED): check the network`,
    )
  })

  test('says that a model is not whole in the cache, and which variable keeps it from the network', async () => {
    const folder = await modelFolder('owner/tiny', options())
    const blob = readlinkSync(join(folder, 'model.safetensors'))
    rmSync(join(folder, blob))
    const by = { ...options().settings!, offline: true, offlineBy: 'TRANSFORMERS_OFFLINE' }
    const begin =
      /^Cannot use model "owner\/tiny" \(main\) as it is in the cache ".*", and TRANSFORMERS_OFFLINE is set: /u
    const unlinked = await fault(modelFolder('owner/tiny', options({ settings: by })))
    expect(unlinked).toMatch(begin)
    expect(unlinked).toContain('"model.safetensors" is not whole; fetch it with a network first')
    rmSync(join(folder, 'model.safetensors'))
    const absent = await fault(modelFolder('owner/tiny', options({ settings: by })))
    expect(absent).toMatch(
      /has no weights in model\.safetensors or pytorch_model\.bin \(as it is in the cache ".*", and TRANSFORMERS_OFFLINE is set\)$/u,
    )
    const map = { weight_map: { a: 'model-00001-of-00001.safetensors' } }
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(map))
    const sharded = await fault(modelFolder('owner/tiny', options({ settings: by })))
    expect(sharded).toContain('"model-00001-of-00001.safetensors" is not whole; fetch it')
  })

  test.each([401, 403, 429, 503])('uses the cache where the hub answers %i, and says so', async (status) => {
    const folder = await modelFolder('owner/tiny', options())
    hub.trouble.refuses = { times: 10, status }
    expect(await modelFolder('owner/tiny', options())).toBe(folder)
    expect(notices.at(-1)).toMatch(
      new RegExp(`^Used "owner/tiny" as it is in the cache as the hub refuses to list it: Cannot .* answers ${status}`),
    )
    hub.trouble.refuses = { times: 10, status }
    expect(await fault(modelFolder('owner/other', options()))).toContain(`answers ${status}`)
  })

  test('uses no cache for a repository that the hub does not have', async () => {
    await modelFolder('owner/tiny', options())
    hub.repos.delete('models/owner/tiny')
    expect(await fault(modelFolder('owner/tiny', options()))).toContain('Cannot find model "owner/tiny"')
  })

  test('uses what is in the cache where it cannot note which commit a revision is, and says so', async () => {
    const folder = await modelFolder('owner/tiny', options())
    hub.repos.set('models/owner/tiny', {
      ...tiny,
      branches: { 'v/1': tiny.files },
      sha: hub.commitOf('models/owner/tiny'),
    })
    const refs = join(cacheFolder, 'models--owner--tiny', 'refs')
    writeFileSync(join(refs, 'v'), 'in the way')
    expect(await hubFolder('owner/tiny', 'v/1', 'all', options())).toBe(folder)
    expect(notices.at(-1)).toMatch(
      /^"v\/1" of "owner\/tiny" will not be found in the cache without a network: Cannot write ".*1"/u,
    )
  })

  test('refuses names that lead out of the cache', async () => {
    hub.repos.set('models/owner/tiny', { files: { ...tiny.files, '../../evil': small('x') } })
    expect(await fault(modelFolder('owner/tiny', options()))).toContain('leads out of its folder')
    expect(await fault(modelFolder('../..', options()))).toContain('expected owner/name')
    hub.repos.set('models/owner/tiny', { ...tiny, sha: '../../../evil' })
    expect(await fault(modelFolder('owner/tiny', options()))).toContain('as a commit or checksum in it is none')
    expect(readdirSync(cacheFolder)).toEqual([])
    expect(await fault(hubFolder('owner/tiny', '../x', 'all', options()))).toContain('Cannot use revision')
  })

  test('lets two fetch the same file at a time', async () => {
    const [a, b] = await Promise.all([modelFolder('owner/tiny', options()), modelFolder('owner/tiny', options())])
    expect(a).toBe(b)
    const stored = hub.requests.filter(({ host }) => host === 'store').map(({ url }) => url)
    expect(new Set(stored).size).toBe(stored.length)
  })
})

describe('readRows() from the hub', () => {
  const jsonl = (...texts: string[]) => small(texts.map((text) => `${JSON.stringify({ text })}\n`).join(''))
  const textsOf = async (source: { hub: string; split?: string; config?: string; revision?: string }) =>
    (await readAllRows(source, { hub: options(), onNotice: (sentence) => notices.push(sentence) })).map(
      ({ row }) => row.text,
    )

  test('finds configurations and splits in the README', async () => {
    const readme = `---\nconfigs:\n- config_name: en\n  default: true\n  data_files:\n  - split: train\n    path: en/*.jsonl\n  - split: test\n    path: extra/t.jsonl\n- config_name: zh\n  data_files: zh/a.jsonl\n---\n# text`
    hub.repos.set('datasets/owner/set', {
      files: {
        'README.md': small(readme),
        'en/a.jsonl': jsonl('a'),
        'en/b.jsonl': jsonl('b', 'c'),
        'extra/t.jsonl': jsonl('t'),
        'zh/a.jsonl': jsonl('z'),
        'other.bin': small('?'),
      },
    })
    expect(await textsOf({ hub: 'owner/set', config: 'en', split: 'train' })).toEqual(['a', 'b', 'c'])
    expect(await textsOf({ hub: 'owner/set', config: 'en' })).toEqual(['a', 'b', 'c', 't'])
    expect(notices.at(-1)).toContain('Read the splits train, test of "owner/set" one after the other')
    expect(await textsOf({ hub: 'owner/set', config: 'zh' })).toEqual(['z'])
    expect(await fault(textsOf({ hub: 'owner/set' }))).toBe(
      'Cannot choose between the configurations "en", "zh" of "owner/set": set config',
    )
    expect(await fault(textsOf({ hub: 'owner/set', config: 'en', split: 'tset' }))).toBe(
      'Cannot find split "tset" of "owner/set": did you mean "test"?',
    )
  })

  test('finds splits by name, and rows in Parquet', async () => {
    const parquet = readFileSync(join(import.meta.dirname, '../../test/fixtures/data/snappy.parquet'))
    hub.repos.set('datasets/owner/set', {
      files: {},
      branches: {
        v1: {
          'data/train-00000-of-00002.parquet': { content: parquet, large: true },
          'data/train-00001-of-00002.parquet': { content: parquet, large: true },
          'data/test-00000-of-00001.parquet': { content: parquet, large: true },
        },
      },
    })
    const source = { hub: 'owner/set', revision: 'v1', split: 'train' }
    const rows = await readAllRows(source, { hub: options() })
    expect(rows.map(({ row }) => row.id)).toEqual([...Array(60).keys(), ...Array(60).keys()])
    expect(hub.requests.some(({ url }) => url.includes('test-00000'))).toBe(false)
  })

  test('takes the hub’s own conversion of data sets that are programs', async () => {
    const parquet = readFileSync(join(import.meta.dirname, '../../test/fixtures/data/snappy.parquet'))
    hub.repos.set('datasets/owner/set', { files: { 'set.py': small('import datasets') } })
    expect(await fault(textsOf({ hub: 'owner/set' }))).toBe(
      'Cannot find files with rows in "owner/set" on the hub: is it a data set?',
    )
    hub.repos.set('datasets/owner/set', {
      files: { 'set.py': small('import datasets') },
      branches: {
        'refs/convert/parquet': {
          'alt-en/train/0000.parquet': { content: parquet, large: true },
          'alt-zh/set-train.parquet': { content: parquet, large: true },
        },
      },
    })
    for (const config of ['alt-en', 'alt-zh']) {
      const rows = await readAllRows({ hub: 'owner/set', config, split: 'train' }, { hub: options() })
      expect(rows).toHaveLength(60)
    }
    expect(await fault(textsOf({ hub: 'owner/set' }))).toContain(
      'Cannot choose between the configurations "alt-en", "alt-zh"',
    )
  })
})

test('hubSettings() reads the environment as Hugging Face’s programs do', () => {
  expect(
    hubSettings({ HF_HOME: '/h', HF_ENDPOINT: 'https://mirror.example/', HF_TOKEN: ' t\n', HF_HUB_OFFLINE: '1' }),
  ).toMatchObject({
    endpoint: 'https://mirror.example',
    token: 't',
    cacheFolder: join('/h', 'hub'),
    offline: true,
  })
  expect(hubSettings({ XDG_CACHE_HOME: '/c', HF_HUB_OFFLINE: '0' })).toMatchObject({
    endpoint: 'https://huggingface.co',
    token: undefined,
    cacheFolder: join('/c', 'huggingface', 'hub'),
    offline: false,
  })
  expect(hubSettings({ HF_HUB_CACHE: '/x' }).cacheFolder).toBe('/x')
  const { endpoint, proxies } = hubSettings({ HTTPS_PROXY: 'p:3128' })
  expect(proxies?.(new URL(endpoint))?.shown).toBe('"http://p:3128" (HTTPS_PROXY)')
  expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow('Cannot use the hub at HF_ENDPOINT "mirror"')
  expect(hubSettings({ HF_ENDPOINT: 'HTTPS://Mirror.example:443/Hub//' }).endpoint).toBe('https://mirror.example/Hub')
  const withQuery = () => hubSettings({ HF_ENDPOINT: 'https://mirror.example/?key=s3cret' })
  expect(withQuery).toThrow('"https://mirror.example" with a "?" or "#" and more behind it: expected an address')
  const heldBack = { HF_TOKEN: 't', HF_HUB_DISABLE_IMPLICIT_TOKEN: 'Yes' }
  expect(hubSettings(heldBack)).toMatchObject({ token: undefined, tokenHeldBack: true })
  expect(hubSettings({ ...heldBack, HF_HUB_DISABLE_IMPLICIT_TOKEN: '0' }).token).toBe('t')
  expect(hubSettings({ HF_TOKEN: ' \n', HF_TOKEN_PATH: '/no' }).token).toBeUndefined()
  const withPassword = () => hubSettings({ HF_ENDPOINT: 'https://me:s3cret@mirror.example' })
  expect(withPassword).toThrow('has a name or password in it')
  expect(withPassword).not.toThrow('s3cret')
})

test.each(['go\nod', 'go od', '好token', 'go\u00e4d', 'go\u0000od'])(
  'hubFetch() refuses the token %j, wherever it is from, without showing it',
  (token) => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-token-'))
    const path = join(folder, 'token')
    writeFileSync(path, token)
    for (const [name, env] of Object.entries({
      HF_TOKEN: { HF_TOKEN: token },
      HUGGING_FACE_HUB_TOKEN: { HUGGING_FACE_HUB_TOKEN: token },
      [path]: { HF_TOKEN_PATH: path },
    })) {
      const ask = () => hubFetch({ settings: hubSettings(env), patience: usualPatience, onNotice: () => {} })
      expect(ask).toThrow(name)
      expect(ask).toThrow('has characters that no token has')
      expect(ask).not.toThrow(token)
    }
    rmSync(folder, { recursive: true })
  },
)

test('hubSettings() reads "~" and TRANSFORMERS_OFFLINE as Hugging Face does', () => {
  const home = homedir()
  expect(hubSettings({ HF_HOME: '~/hf', TRANSFORMERS_OFFLINE: '1' })).toMatchObject({
    cacheFolder: join(home, 'hf/hub'),
    offline: true,
    offlineBy: 'TRANSFORMERS_OFFLINE',
  })
  expect(hubSettings({ HF_HUB_CACHE: '~/cache', HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1' })).toMatchObject({
    cacheFolder: join(home, 'cache'),
    offline: false,
  })
})
