import type { Plan } from '../plan/plan.ts'
import { keepDecidedDevice } from '../store/decided-device.ts'
import type { StoreLayout } from '../store/layout.ts'
import { keepClaim } from './study-claims.ts'

/** Writes down what a run decides and needs, before anything is computed for it. */
export function beginRun(plan: Plan, store: StoreLayout): void {
  keepDecidedDevice(store, plan.study)
  keepClaim(plan, store)
}
