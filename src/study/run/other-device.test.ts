import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRunners, fakeStudyText, planFile, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { doStep } from '../../execute/do-step.ts'
import type { DeviceName } from '../../lesson/device.ts'
import type { Plan } from '../plan/plan.ts'
import type { Step } from '../steps/step-kinds.ts'
import { Store } from '../store/store.ts'
import { otherDeviceNote } from './other-device.ts'

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-device-'))
  store = new Store(join(folder, 'store'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const planOn = (device: DeviceName): Promise<Plan> =>
  planFile(writeFakeStudy(folder), { device, forAll: true, why: '--device asks for it' })

function lesson({ steps }: Plan, label: string): Step {
  const found = [...steps.values()].find((step) => step.label === `teach ${label}, seed 1`)
  if (found === undefined) throw new Error(`there must be a lesson ${label}`)
  return found
}

/** @returns the folder of a state that an interrupted lesson has left */
function leaveState({ kind, key }: Step): string {
  const state = store.stateFolder(kind, key)
  mkdirSync(state, { recursive: true })
  writeFileSync(join(state, 'state.bin'), 'half way')
  return state
}

describe('otherDeviceNote()', () => {
  it.each([
    { before: 'cpu', now: 'webgpu', label: 'base -> a2t' },
    { before: 'webgpu', now: 'cpu', label: 'base -> a2t' },
    { before: 'webgpu', now: 'cpu', label: 'base -> res -> a2t' },
  ] as const)(
    'says where the state of $before lies as "$label" begins anew on $now',
    async ({ before, now, label }) => {
      const state = leaveState(lesson(await planOn(before), label))
      const plan = await planOn(now)
      expect(otherDeviceNote(lesson(plan, label), plan, store)).toBe(
        `teach ${label}, seed 1: begins anew on ${now}; a state of it that ${before} has computed lies in "${state}": ` +
          `--device ${before}, or "device: ${before}" in the study, goes on from that`,
      )
      expect(otherDeviceNote(lesson(plan, 'base -> res'), plan, store)).toBeUndefined()
    },
  )

  it('finds the state of a lesson that alone was on the other device', async () => {
    const mixed = fakeStudyText.replace('- base -> res -> a2t', '- base -> res -> a2t(device=webgpu)')
    const other = await planFile(writeFakeStudy(folder, { 'study.yaml': mixed }))
    const state = leaveState(lesson(other, 'base -> res -> a2t(device=webgpu)'))
    const plan = await planOn('cpu')
    expect(otherDeviceNote(lesson(plan, 'base -> res -> a2t'), plan, store)).toBe(
      `teach base -> res -> a2t, seed 1: begins anew on cpu; a state of it that webgpu has computed lies in "${state}": ` +
        '"device: webgpu" for it in the study goes on from that',
    )
  })

  it('says nothing where the lesson has a state of its own to go on from', async () => {
    const plan = await planOn('webgpu')
    for (const each of [await planOn('cpu'), plan]) leaveState(lesson(each, 'base -> a2t'))
    expect(otherDeviceNote(lesson(plan, 'base -> a2t'), plan, store)).toBeUndefined()
  })

  it('is told by whoever does the step', async () => {
    leaveState(lesson(await planOn('webgpu'), 'base -> a2t'))
    const plan = await planOn('cpu')
    const notes: string[] = []
    const order = {
      signal: new AbortController().signal,
      onProgress: () => {},
      onNotice: () => {},
      onNote: (sentence: string) => void notes.push(sentence),
    }
    const options = { store, runners: fakeRunners(), program: 'test' }
    for (const step of plan.steps.values()) await doStep(plan, step, options, order)
    expect(notes).toEqual([expect.stringContaining('begins anew on cpu')])
  })
})
