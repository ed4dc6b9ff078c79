import type { LessonCost } from '../lesson/protocol.ts'
import { EnergyMeter } from './energy-meter.ts'

/** Measures a sitting of a lesson and adds it to those before. */
export class LessonMeter {
  readonly #before: LessonCost
  readonly #energy: EnergyMeter
  readonly #begun = performance.now()
  readonly #cpuBegun = process.cpuUsage()
  #energyReadAt = performance.now()

  /** @param before of the sittings before; zeros for a lesson that begins */
  constructor(before: LessonCost, energy = new EnergyMeter()) {
    this.#before = before
    this.#energy = energy
  }

  /** To be called often: the counters of energy go round. */
  tick(): void {
    const now = performance.now()
    if (now - this.#energyReadAt < 30_000) return
    this.#energyReadAt = now
    this.#energy.joules()
  }

  cost(): LessonCost {
    const { user, system } = process.cpuUsage(this.#cpuBegun)
    const joules = this.#energy.joules()
    const { seconds, cpuSeconds, energyJoules } = this.#before
    return {
      seconds: seconds + (performance.now() - this.#begun) / 1000,
      ...(cpuSeconds === undefined ? {} : { cpuSeconds: cpuSeconds + (user + system) / 1e6 }),
      ...(energyJoules === undefined || joules === undefined ? {} : { energyJoules: energyJoules + joules }),
    }
  }
}
