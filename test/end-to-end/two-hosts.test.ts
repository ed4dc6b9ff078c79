import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { otherHosts } from '../rig/other-host.ts'
import { writeStudyFolder } from '../rig/study-folder.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'reteach-hosts-'))
const hosts = process.platform === 'linux' ? otherHosts(folder, join(folder, 'shared')) : undefined
if (hosts === undefined) console.warn('Several machines at one store are not tested here: no namespaces can be made')
else if (!hosts.sshfs) console.warn('Several machines share a plain folder here: sshfs cannot be mounted')
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Told {
  readonly steps: Readonly<Record<'finished' | 'reused' | 'failed', readonly { readonly key: string }[]>>
  readonly tables: unknown
}

describe.skipIf(hosts === undefined)('two machines at one store', () => {
  let study: string
  beforeAll(() => {
    study = writeStudyFolder(join(folder, 'study'), (text) =>
      text.replace('epochs: 1', 'epochs: 4').replace(/chains:.*$/su, 'chains: [flan -> a2t]\nseeds: [1, 2, 3]\n'),
    )
  })

  function runOn(name: string): Promise<Told> {
    const { host, seen } = hosts!
    const args = ['run', study, '--store', join(seen, 'store'), '--threads', '1', '--json']
    return new Promise((resolve, reject) => {
      const child = spawn(host, [name, process.execPath, main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      const printed = { out: '', err: '' }
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
      child.on('close', (code) =>
        code === 0 ? resolve(JSON.parse(printed.out) as Told) : reject(new Error(printed.err)),
      )
    })
  }

  it('divide the steps between them, and do none twice', async () => {
    const [one, other] = await Promise.all([runOn('one'), runOn('other')])
    const done = [one, other].map(({ steps }) => steps.finished.map(({ key }) => key))
    expect(new Set(done.flat()).size).toBe(7)
    expect(done.flat()).toHaveLength(7)
    expect(Math.min(...done.map(({ length }) => length))).toBeGreaterThan(0)
    expect(one.tables).toEqual(other.tables)
  }, 120_000)
})
