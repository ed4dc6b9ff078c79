import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EnergyMeter } from './energy-meter.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-rapl-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function zone(id: string, name: string, energy: number, range = 1_000_000_000): (microjoules: number) => void {
  const path = join(folder, id)
  mkdirSync(path, { recursive: true })
  const set = (microjoules: number): void => writeFileSync(join(path, 'energy_uj'), `${microjoules}\n`)
  writeFileSync(join(path, 'name'), `${name}\n`)
  writeFileSync(join(path, 'max_energy_range_uj'), `${range}\n`)
  set(energy)
  return set
}

it('adds up packages, not their parts nor the same counter twice, and goes on where a counter goes round', () => {
  const first = zone('intel-rapl:0', 'package-0', 999_000_000)
  const second = zone('intel-rapl:1', 'package-1', 0)
  const core = zone('intel-rapl:0:0', 'core', 0)
  const again = zone('intel-rapl-mmio:0', 'package-0', 0)
  const system = zone('intel-rapl:2', 'psys', 0)
  const meter = new EnergyMeter(folder)
  expect(meter.joules()).toBe(0)
  first(2_000_000)
  second(4_500_000)
  for (const other of [core, again, system]) other(77_000_000)
  expect(meter.joules()).toBeCloseTo(3 + 4.5, 9)
  first(3_000_000)
  expect(meter.joules()).toBeCloseTo(4 + 4.5, 9)
})

it('knows nothing where there is no counter, or none that may be read', () => {
  expect(new EnergyMeter(join(folder, 'none')).joules()).toBeUndefined()
  expect(new EnergyMeter(folder).joules()).toBeUndefined()
  mkdirSync(join(folder, 'intel-rapl:0'))
  writeFileSync(join(folder, 'intel-rapl:0', 'name'), 'package-0\n')
  expect(new EnergyMeter(folder).joules()).toBeUndefined()
})
