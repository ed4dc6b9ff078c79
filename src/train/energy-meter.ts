import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Counter {
  readonly path: string
  /** The counter goes round to 0 after this. */
  readonly rangeMicrojoules: number
  last: number
}

/**
 * Adds up the energy of the machine's processor packages as their RAPL counters tell it: of everything that runs on
 * them, not of one process.
 *
 * A counter goes round within minutes to hours, so {@link EnergyMeter.joules} is to be asked at least every few minutes.
 */
export class EnergyMeter {
  readonly #counters: Counter[]
  #microjoules = 0

  /** @param folder where the system lists its power zones */
  constructor(folder = '/sys/class/powercap') {
    this.#counters = packageZones(folder).flatMap((zone): Counter[] => {
      const path = join(zone, 'energy_uj')
      const last = readNumber(path)
      const rangeMicrojoules = readNumber(join(zone, 'max_energy_range_uj'))
      return last === undefined || rangeMicrojoules === undefined ? [] : [{ path, rangeMicrojoules, last }]
    })
  }

  /** Energy since the meter was made; `undefined` where no counter can be read, as in most virtual machines. */
  joules(): number | undefined {
    for (const counter of this.#counters) {
      const now = readNumber(counter.path)
      if (now === undefined) return undefined
      this.#microjoules += now >= counter.last ? now - counter.last : now + counter.rangeMicrojoules - counter.last
      counter.last = now
    }
    return this.#counters.length === 0 ? undefined : this.#microjoules / 1e6
  }
}

/** Zones of whole packages: their parts (`intel-rapl:0:0`) and the second way to the same counter (mmio) count twice. */
function packageZones(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^intel-rapl:\d+$/u.test(name))
      .map((name) => join(folder, name))
      .filter((zone) => readFileSync(join(zone, 'name'), 'utf8').startsWith('package'))
  } catch {
    return []
  }
}

function readNumber(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, 'utf8'))
    return Number.isFinite(value) ? value : undefined
  } catch {
    return undefined
  }
}
