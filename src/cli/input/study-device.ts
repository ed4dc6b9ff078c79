import { type ChosenDevice, chooseDevice } from '../../devices/choose-device.ts'
import type { DeviceChoice } from '../../lesson/device.ts'
import { leavesDeviceOpen, withDevice } from '../../study/plan/study-device.ts'
import { decidedDevice } from '../../study/store/decided-device.ts'
import type { StoreLayout } from '../../study/store/layout.ts'
import type { DeviceDecision, Study } from '../../study/study.ts'

/**
 * A study with a device for each lesson and test: by `--device`, else as the runs before have decided, which stands in the store,
 * else what this machine has where the study leaves that open.
 */
export function withStudyDevice(study: Study, store: StoreLayout, asked: DeviceChoice | undefined): Study {
  const decision = decide(study, store, asked)
  return decision === undefined ? study : withDevice(study, decision)
}

function decide(study: Study, store: StoreLayout, asked: DeviceChoice | undefined): DeviceDecision | undefined {
  if (asked === 'auto') return { ...chooseDevice(), forAll: true }
  if (asked !== undefined) return { device: asked, forAll: true, why: '--device asks for it' }
  const known = decidedDevice(store, study.name)
  if (known?.forAll) return { ...known, why: 'a run with --device has decided; another --device decides anew' }
  if (!leavesDeviceOpen(study)) return undefined
  return known === undefined
    ? { ...chooseDevice(), forAll: false }
    : { ...known, why: `the first run has decided: ${known.why}` }
}

/** What a single lesson or question is computed on, and the sentence that tells a choice which was left to the program. */
export function commandDevice(asked: DeviceChoice | undefined): Partial<ChosenDevice> & { readonly notes: string[] } {
  if (asked !== 'auto') return { ...(asked === undefined ? {} : { device: asked }), notes: [] }
  const chosen = chooseDevice()
  return { ...chosen, notes: [`Computed on ${chosen.device}, as ${chosen.why}`] }
}
