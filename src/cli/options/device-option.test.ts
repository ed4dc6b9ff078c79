import { expect, it } from 'vitest'
import { deviceChoices } from '../../lesson/device.ts'
import { deviceOption } from './device-option.ts'

it('deviceOption() takes its choices, and names the one that another word means', () => {
  const option = deviceOption('what computes')
  const parse = (text: string): unknown => option.parseArg!(text, undefined)
  expect(deviceChoices.map(parse)).toEqual(deviceChoices)
  expect(option.argChoices).toEqual(deviceChoices)
  for (const word of ['gpu', 'CUDA', 'cuda:1', 'mps', 'vulkan', 'metal', 'webpgu']) {
    expect(() => parse(word)).toThrow(/^Allowed choices are cpu, webgpu, auto\. Did you mean "webgpu"\?$/u)
  }
  expect(() => parse('quantum')).toThrow(/^Allowed choices are cpu, webgpu, auto\.$/u)
})
