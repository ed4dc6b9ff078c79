import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sha256Of } from '../../content/sha256.ts'
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

test('FileHashes refuses a file of the hub’s cache that has another hash than its name, also one that is remembered', async () => {
  const at = folder()
  const [blobs, snapshot] = [join(at, 'blobs'), join(at, 'snapshots/c')]
  for (const made of [blobs, snapshot]) mkdirSync(made, { recursive: true })
  const put = (name: string, digest: string): void => {
    writeFileSync(join(blobs, digest), 'weights')
    symlinkSync(`../../blobs/${digest}`, join(snapshot, name))
  }
  put('sound.bin', sha256Of('weights'))
  put('damaged.bin', sha256Of('others'))
  put('small.json', 'a'.repeat(40))
  const hashes = new FileHashes(undefined, undefined)
  const of = (name: string): Promise<string> => hashes.of(join(snapshot, name), name)
  for (const name of ['sound.bin', 'small.json']) expect(await of(name)).toBe(sha256Of('weights'))
  const blob = join(realpathSync(blobs), sha256Of('others'))
  for (const _ of ['first', 'again']) {
    await expect(of('damaged.bin')).rejects.toThrow(
      `Cannot use "damaged.bin" as it is not what its name in the hub's cache says (damaged): let "reteach fetch STUDY" fetch it anew, or delete "${blob}" and fetch it again`,
    )
  }
})
