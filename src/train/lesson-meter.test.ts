import { expect, it, onTestFinished, vi } from 'vitest'
import { EnergyMeter } from './energy-meter.ts'
import { LessonMeter } from './lesson-meter.ts'

class Counted extends EnergyMeter {
  readonly values: (number | undefined)[]

  constructor(...values: (number | undefined)[]) {
    super('/nowhere')
    this.values = values
  }

  override joules(): number | undefined {
    return this.values.shift()
  }
}

function burn(seconds: number): void {
  const { user, system } = process.cpuUsage()
  while ((process.cpuUsage().user + process.cpuUsage().system - user - system) / 1e6 < seconds);
}

it('adds a sitting to those before', () => {
  const meter = new LessonMeter({ seconds: 100, cpuSeconds: 50, energyJoules: 7 }, new Counted(2.5))
  burn(0.05)
  const { seconds, cpuSeconds, energyJoules } = meter.cost()
  expect(seconds).toBeGreaterThan(100)
  expect(seconds).toBeLessThan(110)
  expect(cpuSeconds).toBeGreaterThanOrEqual(50.05)
  expect(cpuSeconds).toBeLessThan(55)
  expect(energyJoules).toBe(9.5)
})

it('claims no sum when a sitting was not measured', () => {
  expect(Object.keys(new LessonMeter({ seconds: 1 }, new Counted(2)).cost())).toEqual(['seconds'])
  const unread = new LessonMeter({ seconds: 1, cpuSeconds: 1, energyJoules: 1 }, new Counted(undefined)).cost()
  expect(Object.keys(unread)).toEqual(['seconds', 'cpuSeconds'])
})

it('reads the energy twice a minute, as the counters go round', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => clock.mockRestore())
  const energy = new Counted(1, 2, 3)
  const meter = new LessonMeter({ seconds: 0, energyJoules: 0 }, energy)
  const left = [1, 29_000, 31_000, 32_000, 60_000, 61_000].map((now) => {
    clock.mockReturnValue(now)
    meter.tick()
    return energy.values.length
  })
  expect(left).toEqual([3, 3, 2, 2, 2, 1])
})
