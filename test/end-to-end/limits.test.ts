import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCli } from '../rig/cli.ts'
import { fixture, writeStudyFolder } from '../rig/study-folder.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const models = fixture('models')
const words = ['loss', '--model', `${models}/tiny-flan-t5`, '--data', fixture('data/none.jsonl')]

/** What a command says within so many kilobytes of address space. */
function within(kilobytes: number, options: string, command: readonly string[] = words): Promise<string> {
  return new Promise((resolve, reject) => {
    const limited = `ulimit -v ${kilobytes}; exec "$@"`
    const env = { ...process.env, NODE_OPTIONS: options }
    const child = spawn('sh', ['-c', limited, 'sh', process.execPath, main, ...command], { env })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    }
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}

describe.skipIf(process.platform !== 'linux')('a limit on address space', () => {
  it('is told in one sentence with what is needed, and kept with the option that the sentence names', async () => {
    const told = /^❌ Cannot reserve address space for .*takes 10 GiB.*may take 5\.7 GiB in all \(ulimit -v\).*\n$/u
    // Node 24 sets the option by itself where address space is short, and goes on to the pairs, which are not there.
    const goesOn = /^❌ Cannot read ".*none\.jsonl"/u
    const said = await within(6_000_000, '')
    expect(said).toMatch(Number(process.versions.node.split('.')[0]) < 24 ? told : goesOn)
    expect(await within(6_000_000, '--disable-wasm-trap-handler')).toContain('Cannot read')
  })

  it('is told by plan before anything is measured, where a lesson needs more', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reteach-limits-'))
    try {
      const plan = ['plan', writeStudyFolder(folder), '--no-measure']
      const told =
        /^❌ Cannot teach flan -> .* in 15\.3 GiB of address space \(ulimit -v\): it takes at least 21\.8 GiB,.*\n$/u
      const said = await within(16_000_000, '', plan)
      expect(said).toMatch(Number(process.versions.node.split('.')[0]) < 24 ? told : /steps/u)
      expect(await within(24_000_000, '', plan)).toMatch(/steps/u)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 30_000)
})

it('more threads than any machine has are refused before anything begins', async () => {
  const { code, err } = await runCli([...words, '--threads', '100000'], { cwd: models })
  expect(code).toBe(2)
  expect(err).toMatch(/Wanted at most \d+ threads/u)
})
