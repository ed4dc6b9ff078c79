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

  it('has chains that differ in devices alone once, by the name that is true, with the seeds of all', async () => {
    const two = `- base -> a2t\n  - { chain: "base -> a2t(batch=4, device=webgpu)", seeds: [1, 7] }`
    const text = fakeStudyText.replace('- base -> a2t', two.replace('batch=4, ', ''))
    const labels = ({ study }: Plan): string[] => study.chains.map(({ label }) => label)
    const on = (device: 'cpu' | 'webgpu', of = text): Promise<Plan> =>
      planOf(of, { ...processor, device, forAll: true })
    const [asWritten, cpu, webgpu] = [await planOf(text), await on('cpu'), await on('webgpu')]
    const others = ['base -> res', 'base -> res -> a2t']
    expect(labels(asWritten)).toEqual(['base -> a2t', 'base -> a2t(device=webgpu)', ...others])
    expect(labels(cpu)).toEqual(['base -> a2t', ...others])
    expect(labels(webgpu)).toEqual(['base -> a2t(device=webgpu)', ...others])
    for (const { study } of [cpu, webgpu]) expect(study.chains[0]!.seeds).toEqual([1, 7])
    expect(deviceNotes(cpu.study)[1]).toBe(
      'Computed so, "base -> a2t(device=webgpu)" is the same as "base -> a2t": each stands in tables once',
    )
    expect(keys(cpu).filter((key) => !keys(asWritten).includes(key))).toHaveLength(2) // lesson and test of seed 7
    // With another setting it is another chain, whose name must not say what is not so.
    const unlike = two.replace('batch=4', 'batch=2')
    const plan = await on('cpu', fakeStudyText.replace('- base -> a2t', unlike))
    expect(labels(plan)).toEqual(['base -> a2t', 'base -> a2t(batch=2, device=cpu)', ...others])
    expect([...plan.steps.values()].map(({ label }) => label)).toContain(
      'teach base -> a2t(batch=2, device=cpu), seed 7',
    )
    expect(deviceNotes(plan.study)).toHaveLength(1)
  })

  it('says the same of chains in tables, names and figures', async () => {
    const text = fakeStudyText
      .replace(
        '- base -> a2t',
        '- base -> a2t\n  - base -> a2t(device=webgpu)\n  - base -> a2t(steps=2, device=webgpu)',
      )
      .concat(`
tables:
  - task: a2t
    rows: [base -> a2t, base -> a2t(device=webgpu), "base -> a2t(steps=2, device=webgpu)"]
    baseline: base -> a2t(device=webgpu)
figures:
  - { kind: scores, scores: [bleu], chains: [base -> a2t, base -> a2t(device=webgpu)], task: a2t }
  - { kind: loss, chains: [base -> a2t, base -> a2t(device=webgpu)] }
report: { names: { base -> a2t: ours, base -> a2t(device=webgpu): far, "base -> a2t(steps=2, device=webgpu)": short } }
`)
    const { study } = await planOf(text, { ...processor, forAll: true })
    expect(study.tables[0]).toMatchObject({
      rows: ['base -> a2t', 'base -> a2t(steps=2, device=cpu)'],
      baseline: 'base -> a2t',
    })
    expect(study.report.names).toEqual(
      new Map([
        ['base -> a2t', 'ours'],
        ['base -> a2t(steps=2, device=cpu)', 'short'],
      ]),
    )
    expect(study.figures).toMatchObject([
      { chains: ['base -> a2t'] },
      { curves: [{ chain: 'base -> a2t', lesson: 0 }] },
    ])
  })

  it('leaves chains alone that the study file itself has twice, and names that it gives', async () => {
    const text = fakeStudyText.replace(
      '- base -> a2t',
      '- base -> a2t\n  - { chain: base -> a2t, name: again }\n  - { chain: base -> a2t(device=webgpu), name: far }\n  - { chain: "base -> a2t(steps=2, device=webgpu)", name: short }',
    )
    const { study } = await planOf(text, { ...processor, forAll: true })
    expect(study.chains.map(({ label }) => label).slice(0, 3)).toEqual(['base -> a2t', 'again', 'short'])
    expect([...study.twins!]).toEqual([['far', 'base -> a2t']])
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

it('deviceNotes() says once that a bound of the memory does not hold for what has come to a graphics card', async () => {
  const bounded = withDefault('auto').replace('device: auto', 'device: auto, memory: 1GB')
  const notes = async (text: string, decision: DeviceDecision): Promise<string[]> =>
    deviceNotes((await planOf(text, decision)).study).slice(1)
  const sentence = (which: string): string =>
    `"memory" does not bound ${which} on webgpu: it is for the processor; give "micro_batch"`
  expect(await notes(bounded, card)).toEqual([sentence('lessons "a2t" and "res"')])
  expect(await notes(bounded, processor)).toEqual([])
  expect(await notes(withDefault('auto'), card)).toEqual([])
  const one = fakeStudyText.replace('- base -> res\n', '- base -> res(memory=1GB)\n')
  expect(await notes(one, { ...card, forAll: true })).toEqual([sentence('the lesson "res(memory=1GB)"')])
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
