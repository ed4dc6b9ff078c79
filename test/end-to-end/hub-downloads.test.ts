import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliOptions, type CliResult, runCli } from '../rig/cli.ts'
import { FakeHub } from '../rig/fake-hub.ts'
import { FakeProxy } from '../rig/fake-proxy.ts'

let hub: FakeHub
let folder: string

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  folder = mkdtempSync(join(tmpdir(), 'reteach-downloads-'))
  hub.repos.set('datasets/owner/pairs', { files: { 'train.jsonl': { content: rows, large: true } } })
  hub.repos.set('models/owner/tiny', { files: modelFiles })
  writeFileSync(join(folder, 'study.yaml'), study)
})

afterEach(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true })
})

const rows = Buffer.from(
  Array.from({ length: 3000 }, (_, i) => `${JSON.stringify({ source: `row ${i}`, target: `${i}` })}\n`).join(''),
)
const fixture = join(import.meta.dirname, '../fixtures/models/tiny-flan-t5')
const modelFiles = Object.fromEntries(
  readdirSync(fixture).map((name) => [name, { content: readFileSync(join(fixture, name)), large: true }]),
)
const study = `
study: downloads
starts: { tiny: { hub: owner/tiny }, unused: { hub: owner/nowhere } }
tasks:
  pairs:
    data: { hub: owner/pairs, split: { train: 100, validation: 10, test: 10, seed: 1 } }
    source: source
    target: target
    metrics: [bleu]
    limits: { source: 32, target: 16 }
    teach: { epochs: 1, batch: 10, learning_rate: 0.001 }
chains: [tiny -> pairs]
`

async function reteach(args: readonly string[], more: Partial<CliOptions> = {}): Promise<CliResult> {
  const hubEnv = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(folder, 'cache'), HF_TOKEN: '', HF_HUB_OFFLINE: '' }
  const env = { ...hubEnv, no_proxy: '*' }
  return await runCli(args, { cwd: folder, env, ...more })
}

function blobsOf(repo: string): string[] {
  mkdirSync(join(folder, 'cache', repo, 'blobs'), { recursive: true })
  return readdirSync(join(folder, 'cache', repo, 'blobs'))
}

describe('a download', () => {
  test('is told of in plain lines in a pipe, models and data tables alike, and not when all is there', async () => {
    hub.trouble.slow = { pieceBytes: 40_000, waitMs: 50 }
    const first = await reteach(['plan', 'study.yaml', '--no-measure', '--json'])
    expect(first).toMatchObject({ code: 0 })
    expect(first.err).toMatch(/^Fetched "train\.jsonl" of "owner\/pairs", \d+\.\d kB$/m)
    expect(first.err).toMatch(/^Fetched "model\.safetensors" of "owner\/tiny", \d+\.\d [kM]B$/m)
    expect(first.err).not.toContain('\u001b')
    expect(JSON.parse(first.out)).toMatchObject({ study: 'downloads' })

    const second = await reteach(['plan', 'study.yaml', '--no-measure', '--json'])
    expect(second).toMatchObject({ code: 0, err: '', out: first.out })
  })

  test('is told of by "rows" and "data" too', async () => {
    const shown = await reteach(['rows', '--hub', 'owner/pairs', '--take', '1', '--json'])
    expect(shown).toMatchObject({ code: 0, out: '{"source":"row 0","target":"0"}\n' })
    expect(shown.err).toContain('Fetched "train.jsonl" of "owner/pairs"')
    const looked = await reteach(['data', 'study.yaml', '--json'])
    expect(looked.code).toBe(0)
    expect(looked.err).toContain('Fetched "tokenizer.json" of "owner/tiny"')
    expect(looked.err).not.toContain('owner/pairs')
  })

  test.each([
    [['run', 'study.yaml'], 'datasets--owner--pairs'],
    [['rows', '--hub', 'owner/pairs'], 'datasets--owner--pairs'],
  ])('ends on Ctrl-C in %j and keeps what has arrived', async (args, repo) => {
    hub.trouble.slow = { pieceBytes: 20_000, waitMs: 400 }
    let pressed = false
    const { code, out, err } = await reteach(args, {
      whileRunning(child) {
        if (pressed || !blobsOf(repo).some((name) => name.endsWith('.incomplete'))) return
        pressed = true
        child.kill('SIGINT')
      },
    })
    expect({ code, out }).toEqual({ code: 130, out: '' })
    expect(err).toContain('Stopping: what has been fetched is kept')
    expect(blobsOf(repo).filter((name) => name.endsWith('.incomplete'))).toHaveLength(1)
    delete hub.trouble.slow
    expect((await reteach(['rows', '--hub', 'owner/pairs', '--take', '1', '--json'])).code).toBe(0)
    expect(blobsOf(repo).filter((name) => name.endsWith('.incomplete'))).toEqual([])
  })
})

describe('a damaged file in the cache', () => {
  const whole = 'Everything that "downloads" reads is on this machine\n'
  const blobOf = (name: string, repo = 'models--owner--tiny'): string => {
    const snapshots = join(folder, 'cache', repo, 'snapshots')
    return realpathSync(join(snapshots, readdirSync(snapshots)[0]!, name))
  }
  const spoil = (path: string): void => {
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
  }
  const isMended = (): boolean =>
    readFileSync(blobOf('model.safetensors')).equals(modelFiles['model.safetensors']!.content) &&
    readFileSync(blobOf('train.jsonl', 'datasets--owner--pairs')).equals(rows)

  test('is fetched anew by "fetch", of models and of data', async () => {
    expect((await reteach(['fetch', 'study.yaml'])).code).toBe(0)
    spoil(blobOf('model.safetensors'))
    spoil(blobOf('train.jsonl', 'datasets--owner--pairs'))
    const mended = await reteach(['fetch', 'study.yaml'])
    expect(mended).toMatchObject({ code: 0 })
    expect(mended.out).toBe(`tiny: owner/tiny, revision main\n${whole}`)
    expect(mended.err).toContain('"train.jsonl" of "owner/pairs" is damaged in the cache, and is fetched anew\n')
    expect(mended.err).toContain('"model.safetensors" of "owner/tiny" is damaged in the cache, and is fetched anew\n')
    expect(isMended()).toBe(true)
    truncateSync(blobOf('model.safetensors'), 1000)
    expect(await reteach(['fetch', 'study.yaml'])).toMatchObject({ code: 0 })
    expect(isMended()).toBe(true)
    expect(await reteach(['fetch', 'study.yaml'])).toMatchObject({ code: 0, err: '' })
  })

  test('is a fault of every command that reads its hash, and without a network of "fetch"', async () => {
    expect((await reteach(['fetch', 'study.yaml'])).code).toBe(0)
    const blob = blobOf('model.safetensors')
    spoil(blob)
    for (const args of [
      ['plan', 'study.yaml', '--no-measure'],
      ['run', 'study.yaml'],
    ]) {
      const { code, err } = await reteach(args)
      expect(code).toBe(1)
      expect(err).toContain(
        `is not what its name in the hub's cache says (damaged): let "reteach fetch STUDY" fetch it anew, or delete "${blob}"`,
      )
    }
    const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(folder, 'cache'), HF_HUB_OFFLINE: '1', no_proxy: '*' }
    const offline = await reteach(['fetch', 'study.yaml'], { env })
    expect(offline).toMatchObject({ code: 1, out: '' })
    expect(offline.err).toContain('HF_HUB_OFFLINE is set: "model.safetensors" is damaged; fetch it anew with a network')
    truncateSync(blob, 1000)
    const cut = await reteach(['loss', '--hub', 'owner/tiny', '--data', 'study.yaml'], { env })
    expect(cut.err).toContain(
      `damaged; let "reteach fetch STUDY" fetch it anew, or delete "${blob}" and fetch it again`,
    )
  })
})

describe('a command with --hub', () => {
  const words = '{"text":"The quiet garden."}\n'

  test('fetches the model that it works with, only the tokenizer where that is enough', async () => {
    writeFileSync(join(folder, 'pairs.jsonl'), '{"source":"the garden","target":"a river"}\n')
    const cut = await reteach(['tokenize', '--hub', 'owner/tiny', '--revision', 'main'], { input: words })
    expect(cut).toMatchObject({ code: 0 })
    expect(blobsOf('models--owner--tiny').length).toBeLessThan(readdirSync(fixture).length)
    const local = await reteach(['tokenize', '--model', fixture], { input: words })
    expect(cut.out).toBe(local.out)

    const [byHub, byFolder] = [
      ['--hub', 'owner/tiny'],
      ['--model', fixture],
    ]
    const loss = await reteach(['loss', ...byHub, '--data', 'pairs.jsonl', '--json'])
    expect(loss).toMatchObject({ code: 0 })
    expect(loss.err).toContain('Fetched "model.safetensors" of "owner/tiny"')
    expect(loss.out).toBe((await reteach(['loss', ...byFolder, '--data', 'pairs.jsonl', '--json'])).out)
    const few = ['--pairs', 'pairs.jsonl', '--max-new-tokens', '3']
    const answers = await reteach(['predict', ...byHub, ...few])
    expect(answers).toMatchObject({ code: 0, out: (await reteach(['predict', ...byFolder, ...few])).out })
    const lesson = [
      '--data',
      'pairs.jsonl',
      '--out',
      'taught',
      '--learning-rate',
      '1e-3',
      '--batch',
      '1',
      '--steps',
      '1',
    ]
    expect(await reteach(['teach', ...byHub, ...lesson, '--dry-run'])).toMatchObject({ code: 0 })
  }, 60_000)

  test('says what to write where a folder looks like a model of the hub, and where both or none are given', async () => {
    const named = await reteach(['loss', '--model', 'owner/tiny', '--data', 'pairs.jsonl'])
    expect(named).toMatchObject({ code: 1 })
    expect(named.err).toContain('Cannot find a folder "owner/tiny": for a model of the hub write --hub owner/tiny')
    for (const args of [[], ['--model', fixture, '--hub', 'owner/tiny']]) {
      const refused = await reteach(['tokenize', ...args], { input: words })
      expect(refused).toMatchObject({ code: 2 })
      expect(refused.err).toContain('give either --model DIR or --hub OWNER/NAME')
    }
    const lost = await reteach(['tokenize', '--model', fixture, '--revision', 'main'], { input: words })
    expect(lost.err).toContain('--revision belongs to --hub')
    writeFileSync(join(folder, 'study.yaml'), study.replace('{ hub: owner/tiny }', '{ path: owner/tiny }'))
    expect((await reteach(['plan', 'study.yaml'])).err).toContain(
      'Cannot find "owner/tiny": for a model of the hub write hub: owner/tiny',
    )
  })

  test('reaches an encrypted hub through the tunnel of a proxy', async () => {
    const keys = join(import.meta.dirname, '../fixtures/tls')
    const options = { key: readFileSync(join(keys, 'key.pem')), cert: readFileSync(join(keys, 'cert.pem')) }
    const front = createServer(options, (socket) => {
      const inner = connect(Number(new URL(hub.endpoint).port), '127.0.0.1')
      socket.pipe(inner).pipe(socket)
      for (const one of [socket, inner]) one.on('error', () => void [socket, inner].map((both) => both.destroy()))
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    hub.knownAs = 'https://hub.test:8443'
    // Without the store of large files, which is no host of the public network and not encrypted here.
    const own = Object.entries(modelFiles).map(([path, { content }]) => [path, { content }])
    hub.repos.set('models/owner/tiny', { files: Object.fromEntries(own) })
    const proxy = new FakeProxy()
    await proxy.start()
    proxy.hosts.set('hub.test:8443', (front.address() as AddressInfo).port)
    const env = {
      HF_ENDPOINT: 'https://hub.test:8443',
      HF_HUB_CACHE: join(folder, 'cache'),
      https_proxy: `http://name:word@${proxy.address}`,
      no_proxy: '',
      NODE_EXTRA_CA_CERTS: join(keys, 'cert.pem'),
    }
    try {
      const cut = await reteach(['tokenize', '--hub', 'owner/tiny'], { input: words, env })
      expect(cut).toMatchObject({ code: 0 })
      expect(JSON.parse(cut.out)).toHaveProperty('ids')
      expect(new Set(proxy.seen.map(({ line }) => line))).toEqual(new Set(['CONNECT hub.test:8443']))
      expect(proxy.seen[0]!.authorization).toBe(`Basic ${Buffer.from('name:word').toString('base64')}`)
    } finally {
      await proxy.stop()
      front.close()
    }
  })
})
