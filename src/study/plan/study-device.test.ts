import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import type { DeviceDecision } from '../study.ts'
import { unfairnessOf } from './fairness.ts'
import type { Plan } from './plan.ts'
import { deviceNotes, leavesDeviceOpen } from './study-device.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-device-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const planOf = (text: string, decision?: DeviceDecision): Promise<Plan> =>
  planFile(writeFakeStudy(folder, { 'study.yaml': text }), decision)
const withDefault = (device: string): string =>
  fakeStudyText.replace('tasks:', `defaults: { teach: { device: ${device} } }\ntasks:`)
const keys = ({ steps }: Plan): string[] => [...steps.keys()]
const card = { device: 'webgpu', forAll: false, why: 'it has passed' } as const
const processor = { device: 'cpu', forAll: false, why: 'there is no card' } as const

describe('withDevice()', () => {
  it('leaves every key as it was where the device comes to the processor', async () => {
    const plain = keys(await planOf(fakeStudyText))
    expect(keys(await planOf(withDefault('cpu')))).toEqual(plain)
    expect(keys(await planOf(withDefault('auto'), processor))).toEqual(plain)
    expect(keys(await planOf(withDefault('webgpu'), { ...processor, forAll: true }))).toEqual(plain)
  })

  it('gives lessons and tests on another device keys of their own, the same however it was chosen', async () => {
    const plain = await planOf(fakeStudyText)
    const named = await planOf(withDefault('webgpu'))
    const shared = [...named.steps.values()].filter(({ key }) => plain.steps.has(key))
    expect(new Set(shared.map(({ kind }) => kind))).toEqual(new Set(['prepare']))
    expect(keys(await planOf(withDefault('auto'), card))).toEqual(keys(named))
    expect(keys(await planOf(fakeStudyText, { ...card, forAll: true }))).toEqual(keys(named))
  })

  it('takes what the file says itself over a decision that is for "auto" alone', async () => {
    expect(keys(await planOf(withDefault('webgpu'), processor))).toEqual(keys(await planOf(withDefault('webgpu'))))
  })

  it('tests a task on its own device, whatever taught the model', async () => {
    const text = fakeStudyText.replace('base -> a2t', 'base -> a2t(device=webgpu)')
    const tests = [...(await planOf(text)).steps.values()].filter(({ kind }) => kind === 'evaluate')
    expect(tests.map(({ inputs }) => inputs.device)).toEqual([undefined, undefined, undefined])
  })
})

it('leavesDeviceOpen() sees "auto" of defaults, tasks and chains, and what is decided is no longer open', async () => {
  const open = async (text: string): Promise<boolean> => leavesDeviceOpen((await planOf(text)).study)
  const inTask = fakeStudyText.replace('epochs: 1', 'device: auto, epochs: 1')
  expect(await open(fakeStudyText)).toBe(false)
  for (const text of [withDefault('auto'), inTask, fakeStudyText.replace('-> res\n', '-> res(device=auto)\n')]) {
    expect(await open(text)).toBe(true)
    expect(leavesDeviceOpen((await planOf(text, card)).study)).toBe(false)
  }
})

it('deviceNotes() says what was decided and why', async () => {
  const notes = async (decision?: DeviceDecision): Promise<string[]> =>
    deviceNotes((await planOf(withDefault('auto'), decision)).study)
  expect(await notes()).toEqual([])
  expect(await notes(card)).toEqual(['What the study leaves to "device: auto" is computed on webgpu, as it has passed'])
  expect(await notes({ ...processor, forAll: true })).toEqual([
    'All lessons and tests are computed on cpu, as there is no card',
  ])
})

it('unfairnessOf() lists arms of unlike devices, be it of an early lesson', async () => {
  const text = fakeStudyText.replace(
    'res -> a2t',
    'res -> a2t\n  - { chain: base -> res -> res -> a2t, lessons: { res: { device: webgpu } }, name: far }',
  )
  const plan = await planOf(text)
  const found = unfairnessOf(plan, { task: 'a2t', rows: undefined }, new Map())
  const stated = await planOf(fakeStudyText.replace('base -> a2t', 'base -> a2t(device=webgpu)'))
  expect(unfairnessOf(stated, { task: 'a2t', rows: undefined }, new Map())).toContainEqual({
    name: 'device',
    sentence: 'device is webgpu for base -> a2t(device=webgpu); device is cpu for base -> res -> a2t',
  })
  expect(found).toContainEqual({
    name: 'device',
    sentence: 'device is cpu and webgpu for far; device is cpu for the others',
  })
})
