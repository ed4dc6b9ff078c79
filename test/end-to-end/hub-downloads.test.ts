import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliOptions, type CliResult, runCli } from '../rig/cli.ts'
import { FakeHub } from '../rig/fake-hub.ts'

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
starts: { tiny: { hub: owner/tiny } }
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
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(folder, 'cache'), HF_TOKEN: '', HF_HUB_OFFLINE: '' }
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
    expect(first.err).toMatch(/^fetch owner\/pairs: train\.jsonl {2}0 bytes of \d+\.\d kB \(0 %\)$/m)
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
