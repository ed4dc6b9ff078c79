import { expect, it } from 'vitest'
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
