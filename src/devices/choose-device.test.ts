import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { chooseDevice } from './choose-device.ts'
import { cacheFolder, type DeviceCheck, KeptChecks } from './kept-checks.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-checks-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const facts = { cards: [{ name: 'NVIDIA L4', driver: '550.54' }], drivers: [] }
const passed: DeviceCheck = {
  adapter: { name: 'NVIDIA L4', driver: '550.54', software: false },
  time: '2026-11-26T12:00:00.000Z',
  reteach: '1',
  onnxruntime: '1',
  wrong: [],
  rates: { float32: 1e12, up: 1e9, down: 1e9, largestBuffer: 2 ** 30 },
}
const here = (of = facts): KeptChecks => new KeptChecks(folder, of)

it('chooseDevice() takes a card that has passed its check, of this driver alone', () => {
  expect(chooseDevice(here())).toEqual({
    device: 'cpu',
    why: '"reteach doctor --device webgpu" has not checked NVIDIA L4 yet with this driver and version',
  })
  here().keep(passed)
  expect(chooseDevice(here())).toEqual({
    device: 'webgpu',
    why: 'NVIDIA L4 (driver 550.54) has passed its check of 2026-11-26',
  })
  const updated = { ...facts, cards: [{ name: 'NVIDIA L4', driver: '560.1' }] }
  expect(chooseDevice(here(updated)).device).toBe('cpu')
  expect(chooseDevice(here({ cards: [], drivers: [] })).why).toBe('no graphics card is seen here')
})

it('chooseDevice() takes the processor where a check has failed, is damaged, or was of a program', () => {
  here().keep({ ...passed, wrong: ['Softmax is 0.1 off', 'Add is 0.2 off'] })
  expect(chooseDevice(here())).toEqual({
    device: 'cpu',
    why: 'NVIDIA L4 (driver 550.54) has failed its check: Softmax is 0.1 off',
  })
  here().keep({ ...passed, adapter: { ...passed.adapter, name: 'SwiftShader', software: true } })
  expect(chooseDevice(here()).why).toBe('SwiftShader is a program and no graphics card')
  here().keep(passed)
  const [name] = readdirSync(folder)
  writeFileSync(join(folder, name!), '{"adapter":')
  expect(chooseDevice(here()).device).toBe('cpu')
})

it('cacheFolder() is where each system keeps such files', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux')).toBe('/c/reteach')
  expect(cacheFolder({}, 'darwin')).toMatch(/Library\/Caches\/reteach$/u)
  expect(cacheFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/reteach')
})
