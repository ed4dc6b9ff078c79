import { expect, test } from 'vitest'
import { lessonFromOptions, type SettingOptions } from './lesson-settings.ts'
import { lessonFault, rateFault, settingsFault } from './settings-fault.ts'

const fault = (options: Partial<SettingOptions>): string | undefined =>
  settingsFault(lessonFromOptions({ learningRate: 1e-3, batch: 4, steps: 9, ...options }))

test('settingsFault() names a parameter that the schedule does not have', () => {
  expect(fault({ power: 2 })).toBe('Cannot use "power" where "schedule" is linear: it belongs to polynomial')
  expect(fault({ schedule: 'polynomial', power: 2 })).toBeUndefined()
  expect(fault({ schedule: 'linear', numCycles: 1 })).toContain('it belongs to cosine or cosine_with_restarts')
})

test('settingsFault() refuses a polynomial schedule that would not fall', () => {
  const end = { schedule: 'polynomial', lrEnd: 0.01 } as const
  expect(fault(end)).toBe('Cannot use the schedule polynomial as its end, 0.01, is not below its peak, 0.001')
  expect(fault({ ...end, learningRate: 0.01 })).toContain('is not below its peak, 0.01')
  expect(fault({ ...end, learningRate: 0.02 })).toBeUndefined()
  expect(fault({ schedule: 'polynomial', learningRate: 0 })).toContain('its end, 1e-7, is not below its peak, 0')
})

test('settingsFault() names what Adafactor alone has, and a rise of a rate that it does not have', () => {
  expect(fault({ adafactorBeta1: 0.9 })).toBe(
    'Cannot use "adafactor_beta1" where "optimizer" is adamw: it belongs to adafactor',
  )
  const adafactor = { optimizer: 'adafactor', adafactorBeta1: 0.9, adafactorWarmupInit: true } as const
  expect(fault(adafactor)).toContain('Cannot use "adafactor_warmup_init" without "adafactor_relative_step"')
  expect(fault({ ...adafactor, adafactorRelativeStep: true })).toBeUndefined()
})

test('settingsFault() refuses a schedule where the rate is the optimizer’s own', () => {
  const own = { optimizer: 'adafactor', adafactorRelativeStep: true } as const
  expect(fault({ ...own, warmupSteps: 3 })).toBe(
    'Cannot use "warmup_steps" with "adafactor_relative_step": the rate is then the optimizer\'s own',
  )
  expect(fault({ ...own, schedule: 'cosine' })).toContain('Cannot use "schedule"')
  expect(fault({ ...own, warmupSteps: 0, schedule: 'linear' })).toBeUndefined()
})

test('rateFault() wants a rate from the lesson or from its optimizer, and not both', () => {
  const said = (lesson: Readonly<Record<string, unknown>>, mustSay = true) => rateFault((name) => lesson[name], mustSay)
  expect(said({ learning_rate: 1e-3 })).toBeUndefined()
  expect(said({ adafactor_relative_step: true })).toBeUndefined()
  expect(said({ learning_rate: 0, adafactor_relative_step: false })).toBeUndefined()
  expect(said({ learning_rate: 0, adafactor_relative_step: true })).toContain('Cannot use "learning_rate" with')
  expect(said({ adafactor_relative_step: false })).toContain('Missing "learning_rate"')
  expect(said({}, false)).toBeUndefined()
})

test('settingsFault() refuses what AdamW alone has where it would be passed over', () => {
  expect(fault({ optimizer: 'adafactor', adamBeta2: 0.99 })).toBe(
    'Cannot use "adam_beta2" where "optimizer" is adafactor: it belongs to adamw',
  )
  expect(fault({ optimizer: 'adafactor', adamBeta2: 0.999 })).toBeUndefined()
  expect(fault({ optimizer: 'adamw', adamBeta2: 0.99 })).toBeUndefined()
})

test('settingsFault() refuses a least difference where no lesson stops early', () => {
  expect(fault({ minDelta: 0.1 })).toContain('Cannot use "min_delta" without "stop_after"')
  expect(fault({ minDelta: 0.1, stopAfter: 0 })).toContain('Cannot use "min_delta"')
  expect(fault({ minDelta: 0.1, stopAfter: 2 })).toBeUndefined()
  expect(fault({ minDelta: 0 })).toBeUndefined()
})

test('settingsFault() refuses a bound on memory where the processor does not teach', () => {
  expect(fault({ memory: '6GB', device: 'webgpu' })).toContain('Cannot use "memory" where "device" is webgpu')
  expect(fault({ memory: '6GB', device: 'cpu' })).toBeUndefined()
  expect(fault({ device: 'webgpu' })).toBeUndefined()
})

test('lessonFault() refuses what is said of validation pairs where there are none', () => {
  const together = (options: object): string | undefined =>
    lessonFault({ learningRate: 1e-3, batch: 4, steps: 9, ...options }, (name) => `<${name}>`)
  expect(together({ keep: 'best' })).toContain('give "<validation>", or leave "<keep>" out')
  expect(together({ stopAfter: 1 })).toContain('Cannot stop early ("<stop_after>")')
  expect(together({ evaluateEvery: 'epoch' })).toContain('Cannot use "<evaluate_every>" without "<validation>"')
  expect(together({ keep: 'last', stopAfter: 0 })).toBeUndefined()
  expect(together({ keep: 'best', stopAfter: 1, evaluateEvery: 3, validation: 'v.jsonl' })).toBeUndefined()
  expect(together({ epochs: 1 })).toContain('give either "<epochs>" or "<steps>"')
})
