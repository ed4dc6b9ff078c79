import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FileHashes } from './file-hashes.ts'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'reteach-hashes-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

test('FileHashes refuses what cannot be read as a file, and does not wait for a pipe', async () => {
  const at = folder()
  writeFileSync(join(at, 'rows.csv'), 'a')
  symlinkSync('nowhere', join(at, 'link.csv'))
  execFileSync('mkfifo', [join(at, 'pipe.csv')])
  const hashes = new FileHashes(undefined, undefined)
  const of = (name: string): Promise<string> => hashes.of(join(at, name), name)
  expect(await of('rows.csv')).toMatch(/^[0-9a-f]{64}$/u)
  await expect(of('pipe.csv')).rejects.toThrow('Cannot read "pipe.csv" as it is a pipe or a device: write what it')
  await expect(of('link.csv')).rejects.toThrow(
    'Cannot find "link.csv" as it is a link to "nowhere", which is not there',
  )
  await expect(of('row.csv')).rejects.toThrow('did you mean "rows.csv"?')
})
