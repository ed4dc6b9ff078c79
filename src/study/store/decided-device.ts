import { Fault } from '../../base/fault.ts'
import { type LockHolder, whileLocked } from '../../base/lock.ts'
import { readSealedJson, writeSealedJson } from '../../content/sealed-json.ts'
import type { DeviceDecision, Study } from '../study.ts'
import type { StoreLayout } from './layout.ts'

/**
 * What was decided when a study's steps were first done in this store, so that its steps have the same keys for everybody who
 * looks at them later, on whatever machine; `undefined` where nothing was.
 */
export function decidedDevice(store: StoreLayout, study: string): DeviceDecision | undefined {
  const all = readAll(store)
  return Object.hasOwn(all, study) ? all[study] : undefined
}

/** Keeps what a study's steps are computed on, where somebody decided that. @throws {Fault} if the store cannot be written */
export function keepDecidedDevice(store: StoreLayout, { name, device }: Pick<Study, 'name' | 'device'>): void {
  if (device === undefined) return
  const known = decidedDevice(store, name)
  if (known?.device === device.device && known.forAll === device.forAll) return
  const late = ({ pid, host }: LockHolder): Fault =>
    new Fault(`Cannot write "${store.devicesFile}" while process ${pid} on ${host} does: wait for its end, or stop it`)
  // Another study's run may decide at the same time.
  whileLocked(`${store.devicesFile}.lock`, 30_000, late, () =>
    writeSealedJson(store.devicesFile, { ...readAll(store), [name]: device }),
  )
}

function readAll(store: StoreLayout): Record<string, DeviceDecision> {
  return (readSealedJson(store.devicesFile) ?? {}) as Record<string, DeviceDecision>
}
