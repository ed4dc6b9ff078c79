import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { chooseDevice } from '../../devices/choose-device.ts'
import type { DeviceCheck } from '../../devices/kept-checks.ts'
import type { DeviceProof } from '../../execute/prove-device.ts'
import { doctorDevice } from './doctor-device.ts'

const printed: string[] = []
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-device-'))
  vi.stubEnv('XDG_CACHE_HOME', folder)
  printed.length = 0
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  process.exitCode = undefined
  rmSync(folder, { recursive: true, force: true })
})

const right: DeviceCheck = {
  adapter: { name: 'NVIDIA L4', driver: '550.54', software: false, memoryBytes: 24e9 },
  time: '2026-11-26T12:00:00.000Z',
  reteach: '1',
  onnxruntime: '1.30.0',
  wrong: [],
  rates: { float32: 12.3e12, float16: 30e12, up: 1e9, down: 0.9e9, largestBuffer: 2 ** 31 },
  lessons: {
    'google/mt5-small': {
      parameters: 300_176_768,
      secondsPerUpdate: 0.5,
      fixedSeconds: 0.3,
      operationsPerSecond: 2e12,
    },
    'google/flan-t5-small': {
      parameters: 76_961_152,
      secondsPerUpdate: 0.25,
      fixedSeconds: 0.2,
      operationsPerSecond: 3e12,
    },
  },
}
const findings = [
  { name: 'Add', difference: 0, tolerance: 2e-5 },
  { name: 'Exp', difference: 1e-7, tolerance: 2e-5 },
]

async function told(check: DeviceCheck, json?: true): Promise<string> {
  const proof: DeviceProof = { check, findings }
  await doctorDevice('webgpu', { seconds: 10, ...(json && { json }) }, async () => proof)
  return printed.join('')
}

it("doctorDevice() tells what a card is, its rates and the paper's study, and auto takes it from then on", async () => {
  const text = await told(right)
  expect(text).toContain('2 of 2 hold, operators and lessons; the largest difference is 1.0e-7')
  expect(text).toContain('12.3 TFLOP/s in float32, 30.0 TFLOP/s in float16')
  expect(text).toContain('1.0 GB/s up, 900.0 MB/s down')
  expect(text).toMatch(/^google\/mt5-small +0\.50 s an update of 16 abstracts, measured$/mu)
  expect(text).toMatch(
    /^the paper's study +688,500 updates and their tests: about \d+ days, by the measured updates$/mu,
  )
  expect(process.exitCode).toBeUndefined()
  expect(chooseDevice().device).toBe('webgpu')
})

it('doctorDevice() names what is not right, ends with 1, and auto takes the processor', async () => {
  const wrong = ['Exp is 1.0e-2 off, where 2e-5 is allowed']
  const { lessons: _, ...rest } = right
  const text = await told({ ...rest, wrong })
  expect(text).toContain('1 of 2 hold')
  expect(text).toContain('Not right: Exp is 1.0e-2 off, where 2e-5 is allowed')
  expect(text).toContain('by the rate of products')
  expect(process.exitCode).toBe(1)
  expect(chooseDevice().device).toBe('cpu')
})

it('doctorDevice() prints all of it as JSON', async () => {
  const { check, findings: all, paper } = JSON.parse(await told(right, true))
  expect(check.adapter.name).toBe('NVIDIA L4')
  expect(all).toHaveLength(2)
  expect(paper).toMatchObject({ updates: 688_500 })
})
