import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeStudyFolder } from '../rig/study-folder.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

let folder: string
let study: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-full-'))
  study = writeStudyFolder(folder, (text) => text.replace(/chains:.*seeds/su, 'chains: [flan -> a2t]\nseeds'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command by a shell, so that its outputs go where the words say. */
function shell(words: string): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'sh',
      ['-c', `node="$1"; main="$2"; study="$3"; shift 3; ${words}`, 'sh', process.execPath, main, study],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', openSync('/dev/null', 'w')],
      },
    )
    let out = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out }))
  })
}

describe.skipIf(process.platform !== 'linux')('a full or closed output', () => {
  it.each([
    ['a full standard error', 'full', '"$node" "$main" run "$study" --store full --json 2>/dev/full; echo "rc $?"'],
    ['a closed standard error', 'shut', '"$node" "$main" run "$study" --store shut --json 2>&-; echo "rc $?"'],
    [
      'a reader that has had enough',
      'pipe',
      '{ "$node" "$main" run "$study" --store pipe --json 2>&1 >out.json; echo "rc $?" >rc; } | head -1 >/dev/null; cat out.json rc',
    ],
  ])(
    'does not end a study: %s',
    async (_, store, words) => {
      const { out } = await shell(words)
      expect(out).toContain('rc 0')
      expect(out).toContain('"tables"')
      expect(readdirSync(join(folder, store, 'evaluate'))).toHaveLength(1)
    },
    240_000,
  )

  it('is told in one sentence where it is the standard output, and a reader that has had enough is no fault', async () => {
    const full = await shell('"$node" "$main" schema 2>&1 >/dev/full; echo "rc $?"')
    expect(full.out).toBe(
      '❌ Cannot write to standard output as the disk is full: free some space and run again\nrc 1\n',
    )
    const enough = await shell('{ "$node" "$main" rows titles.csv --json; echo "rc $?" >rc; } | head -1; cat rc')
    expect(enough.out).toMatch(/^\{.*\}\nrc 0\n$/u)
  })
})
