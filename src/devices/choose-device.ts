import type { DeviceName } from '../lesson/device.ts'
import { KeptChecks } from './kept-checks.ts'

/** What `auto` comes to here. */
export interface ChosenDevice {
  readonly device: DeviceName
  /** As a clause. */
  readonly why: string
}

/** A graphics card that has been found right, else the processor. Nothing is loaded or computed for it. */
export function chooseDevice(checks: KeptChecks = new KeptChecks()): ChosenDevice {
  const check = checks.find()
  if (check === undefined) {
    const [card] = checks.facts.cards
    return {
      device: 'cpu',
      why:
        card === undefined
          ? 'no graphics card is seen here'
          : `"reteach doctor --device webgpu" has not checked ${card.name} yet with this driver and version`,
    }
  }
  const { adapter, wrong, time } = check
  const name = `${adapter.name} (driver ${adapter.driver})`
  if (adapter.software) return { device: 'cpu', why: `${adapter.name} is a program and no graphics card` }
  if (wrong.length > 0) return { device: 'cpu', why: `${name} has failed its check: ${wrong[0]}` }
  return { device: 'webgpu', why: `${name} has passed its check of ${time.slice(0, 10)}` }
}
