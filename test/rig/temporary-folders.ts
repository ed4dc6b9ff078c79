import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const begin = 'reteach-tests-'

/** Gives all tests one temporary folder, which goes with all that is left in it. Each project of the tests asks for it. */
export default function ownTemporaryFolder(): (() => void) | undefined {
  if (basename(tmpdir()).startsWith(begin)) return undefined
  const before = process.env.TMPDIR
  const folder = mkdtempSync(join(tmpdir(), begin))
  // Some tests look at it as another user.
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  return () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(folder, { recursive: true, force: true })
  }
}
