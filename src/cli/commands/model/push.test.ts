import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeHub } from '../../../../test/rig/fake-hub.ts'
import { runCommand } from '../../../../test/rig/run-command.ts'
import { addPushCommand } from './push.ts'

let hub: FakeHub
let folder: string

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  folder = mkdtempSync(join(tmpdir(), 'reteach-push-'))
  writeFileSync(join(folder, 'config.json'), '{}')
  vi.stubEnv('HF_ENDPOINT', hub.endpoint)
  vi.stubEnv('HF_TOKEN', 'hf_write')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await hub.stop()
  rmSync(folder, { recursive: true })
})

test('reteach push says where the model is, and the second time that there is nothing to push', async () => {
  const args = ['push', folder, 'me/model']
  expect((await runCommand(addPushCommand, args)).out).toBe(`Pushed 2 files: ${hub.endpoint}/me/model (private)\n`)
  const again = await runCommand(addPushCommand, args)
  expect(again.out).toBe(`Nothing to push, the hub has everything: ${hub.endpoint}/me/model (private)\n`)
  const told = JSON.parse((await runCommand(addPushCommand, [...args, '--json'])).out)
  const unchanged = ['config.json', 'README.md']
  expect(told).toEqual({ url: `${hub.endpoint}/me/model`, commit: null, sent: [], unchanged, private: true })
})
