import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeSealedBytes } from '../../content/sealed-bytes.ts'
import type { StepKey } from '../keys.ts'
import { Store } from '../store/store.ts'
import { verifyStore } from './verify-store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-verify-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('verifyStore() finds token ids that are not what a lesson has kept', async () => {
  const store = new Store(folder)
  const path = join(store.tokensFolder('a'.repeat(64) as StepKey), 'b.tokens')
  await writeSealedBytes(path, [Uint8Array.of(1, 2, 3)])
  expect(verifyStore(store, () => {}).findings).toEqual([])
  truncateSync(path, 34)
  const fault = 'is not what was written: no lesson uses it, and gc removes it'
  const found = { path: join('tokens', 'a'.repeat(64), 'b.tokens'), what: 'kept', faults: [fault] }
  expect(verifyStore(store, () => {}).findings).toEqual([found])
})
