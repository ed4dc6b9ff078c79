import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeHub } from '../../../../test/rig/fake-hub.ts'
import { runCommand } from '../../../../test/rig/run-command.ts'
import { exportOnnx } from '../../../onnx/export-onnx.ts'
import { addPushCommand } from './push.ts'

const model = fileURLToPath(new URL('../../../../test/fixtures/models/small-umt5', import.meta.url))
let hub: FakeHub
let folder: string

beforeEach(async () => {
  hub = new FakeHub()
  await hub.start()
  folder = mkdtempSync(join(tmpdir(), 'reteach-push-'))
  cpSync(model, folder, { recursive: true })
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
  expect((await runCommand(addPushCommand, args)).out).toBe(`Pushed 5 files: ${hub.endpoint}/me/model (private)\n`)
  const again = await runCommand(addPushCommand, args)
  expect(again.out).toBe(`Nothing to push, the hub has everything: ${hub.endpoint}/me/model (private)\n`)
  const told = JSON.parse((await runCommand(addPushCommand, [...args, '--json'])).out)
  const unchanged = ['config.json', 'generation_config.json', 'model.safetensors', 'spiece.model', 'README.md']
  expect(told).toEqual({ url: `${hub.endpoint}/me/model`, commit: null, sent: [], unchanged, private: true })
  writeFileSync(join(folder, 'notes.txt'), 'one')
  expect((await runCommand(addPushCommand, args)).out).toContain('Pushed 1 file; it had 5 already: ')
})

const at = (name: string) => join(folder, name)
const cut = (name: string) => writeFileSync(at(name), readFileSync(at(name)).subarray(0, -1000))

test.each<readonly [string, () => void, RegExp]>([
  ['what is no model’s', () => rmSync(at('config.json')), /is no model's folder: it has no "config\.json"/],
  ['cut weights', () => cut('model.safetensors'), /model\.safetensors.* was cut or is damaged/],
  ['no weights', () => rmSync(at('model.safetensors')), /Cannot find the weights/],
  ['a cut tokenizer', () => cut('spiece.model'), /spiece\.model.* is cut/],
  ['no tokenizer', () => rmSync(at('spiece.model')), /has no tokenizer/],
  ['torn settings', () => writeFileSync(at('generation_config.json'), '{"a":'), /generation_config\.json/],
  ['a damaged reteach.json', () => writeFileSync(at('reteach.json'), '{}'), /reteach\.json/],
  ['another model', () => writeFileSync(at('config.json'), '{"model_type":"bert"}'), /"bert"/],
])('reteach push refuses %s before anything is sent', async (_, spoil, sentence) => {
  spoil()
  await expect(runCommand(addPushCommand, ['push', folder, 'me/model'])).rejects.toThrow(sentence)
  expect(hub.requests).toEqual([])
})

test('reteach push takes a folder for transformers.js, and refuses one with a file that is cut or not there', async () => {
  const browser = at('browser')
  await exportOnnx(folder, browser)
  const args = ['push', browser, 'me/browser']
  expect((await runCommand(addPushCommand, args)).out).toContain('Pushed 9 files')
  hub.requests.length = 0
  cut('browser/onnx/encoder_model.onnx')
  await expect(runCommand(addPushCommand, args)).rejects.toThrow(/encoder_model\.onnx.* cut or damaged/)
  rmSync(join(browser, 'onnx', 'encoder_model.onnx'))
  rmSync(join(browser, 'onnx', 'encoder_model_quantized.onnx'))
  await expect(runCommand(addPushCommand, args)).rejects.toThrow(/no weights, and neither onnx\/encoder_model\.onnx/)
  expect(hub.requests).toEqual([])
})

test('reteach push says of a file, and of a folder that is not there, that a folder is wanted', async () => {
  const push = (name: string) => runCommand(addPushCommand, ['push', at(name), 'me/model'])
  await expect(push('config.json')).rejects.toThrow(`as it is a file: name the model's folder, such as "${folder}"`)
  await expect(push('no')).rejects.toThrow('as there is no such folder')
})
