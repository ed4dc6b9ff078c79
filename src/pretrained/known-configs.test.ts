import { expect, it } from 'vitest'
import { parseArchitecture } from './families.ts'
import { knownConfig } from './known-configs.ts'

// As `sum(p.numel() for p in model.parameters())` counts them in transformers.
it.each([
  ['google/mt5-small', 300_176_768],
  ['google/mt5-base', 582_401_280],
  ['google/flan-t5-small', 76_961_152],
  ['google/t5-v1_1-base', 247_577_856],
  ['google-t5/t5-small', 60_506_624],
  ['t5-base', 222_903_552],
])('knownConfig(%s) has the sizes of that model', (hub, parameters) => {
  const { parameters: specs } = parseArchitecture(knownConfig(hub), hub)
  expect(specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(parameters)
})

it('knownConfig() knows nothing of other names', () => {
  expect(knownConfig('owner/own')).toBeUndefined()
})
