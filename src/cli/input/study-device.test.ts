import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fakeStudyText } from '../../../test/rig/fake-study.ts'
import { type DeviceCheck, KeptChecks } from '../../devices/kept-checks.ts'
import type { DeviceChoice } from '../../lesson/device.ts'
import { readStudy } from '../../study/file/read-study.ts'
import { keepDecidedDevice } from '../../study/store/decided-device.ts'
import { Store } from '../../study/store/store.ts'
import type { Study } from '../../study/study.ts'
import { commandDevice, withStudyDevice } from './study-device.ts'

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'study-device-'))
  vi.stubEnv('XDG_CACHE_HOME', folder)
  store = new Store(folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

function study(device: string): Study {
  const text = fakeStudyText.replace('tasks:', `defaults: { teach: { device: ${device} } }\ntasks:`)
  const checked = readStudy(text, 'study.yaml')
  if ('faults' in checked) throw new Error(checked.faults[0]!.message)
  return checked.study
}

function passCheck(): void {
  new KeptChecks().keep({
    adapter: { name: 'NVIDIA L4', driver: '550.54', software: false },
    time: '2026-11-26',
    wrong: [],
  } as unknown as DeviceCheck)
}

const decided = (written: string, asked?: DeviceChoice) => {
  const found = withStudyDevice(study(written), store, asked)
  return { ...found.device, lesson: found.chains[0]!.lessons[0]!.settings.device }
}

it('withStudyDevice() leaves a study alone that names its devices', () => {
  expect(decided('webgpu')).toEqual({ lesson: 'webgpu' })
  expect(decided('cpu')).toEqual({ lesson: 'cpu' })
})

it('withStudyDevice() decides "auto" by the card that has passed its check', () => {
  expect(decided('auto')).toMatchObject({ device: 'cpu', forAll: false, lesson: 'cpu' })
  passCheck()
  expect(decided('auto')).toMatchObject({ device: 'webgpu', lesson: 'webgpu' })
  expect(decided('cpu', 'auto')).toMatchObject({ device: 'webgpu', forAll: true, lesson: 'webgpu' })
})

it('withStudyDevice() follows what the first run has decided, on a machine without the card as well', () => {
  passCheck()
  keepDecidedDevice(store, withStudyDevice(study('auto'), store, undefined))
  rmSync(join(folder, 'reteach'), { recursive: true })
  expect(decided('auto')).toMatchObject({
    lesson: 'webgpu',
    why: 'the first run has decided: NVIDIA L4 (driver 550.54) has passed its check of 2026-11-26',
  })
  // Whoever looks writes nothing new.
  const before = readFileSync(store.devicesFile, 'utf8')
  keepDecidedDevice(store, withStudyDevice(study('auto'), store, undefined))
  expect(readFileSync(store.devicesFile, 'utf8')).toBe(before)
})

it('withStudyDevice() remembers --device over what the study says, until another --device', () => {
  keepDecidedDevice(store, withStudyDevice(study('cpu'), store, 'webgpu'))
  expect(decided('cpu')).toMatchObject({
    lesson: 'webgpu',
    why: 'a run with --device has decided; another --device decides anew',
  })
  keepDecidedDevice(store, withStudyDevice(study('cpu'), store, 'cpu'))
  expect(decided('webgpu')).toMatchObject({ lesson: 'cpu' })
  // Another study of the store has not been decided.
  expect(withStudyDevice({ ...study('webgpu'), name: 'other' }, store, undefined).device).toBeUndefined()
})

it('commandDevice() tells what "auto" comes to, and nothing else', () => {
  expect(commandDevice(undefined)).toEqual({ notes: [] })
  expect(commandDevice('webgpu')).toEqual({ device: 'webgpu', notes: [] })
  const { device, notes } = commandDevice('auto')
  expect(device).toBe('cpu')
  expect(notes).toEqual([expect.stringMatching(/^Computed on cpu, as .*/u)])
})
