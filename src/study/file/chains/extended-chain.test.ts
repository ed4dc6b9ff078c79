import { expect, it } from 'vitest'
import { studyDefaults } from '../../../lesson/teach-settings.ts'
import { extendedChain } from './extended-chain.ts'
import { withChain } from './with-chain.ts'

it('extendedChain() keeps a lesson’s own settings and replaces how long it is and its warm-up', () => {
  const settings = { ...studyDefaults, warmup_steps: 20 }
  expect(extendedChain('mt5 -> res', { label: 'res', settings: studyDefaults }, { steps: 50 })).toBe(
    'mt5 -> res -> res(steps=50)',
  )
  const label = 'res(batch=8, epochs=3, warmup_steps=20, prefix="a, b: ")'
  expect(extendedChain(`mt5 -> ${label}`, { label, settings }, { epochs: 2 })).toBe(
    `mt5 -> ${label} -> res(batch=8, prefix="a, b: ", epochs=2, warmup_steps=0)`,
  )
})

it('withChain() adds a chain to a list of either style and leaves comments alone', () => {
  const entry = { chain: 'a -> b -> b(epochs=2)', seeds: [3] }
  const block = withChain('# mine\nchains:\n  - a -> b # first\nseeds: [1]\n', entry)
  expect(block).toContain('# mine')
  expect(block).toContain('a -> b # first')
  expect(block).toMatch(/chain: a -> b -> b\(epochs=2\)\n/u)
  expect(withChain('chains: [a -> b]\n', entry)).toContain('a -> b -> b(epochs=2)')
})
