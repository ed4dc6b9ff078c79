import { expect, it } from 'vitest'
import { askingOf, type UsableModel } from './usable-model.ts'

// Only what says how a model is asked.
const model = {
  task: {
    prefix: 'p: ',
    limits: { source: 64, target: 16 },
    generate: { batch: 8, max_new_tokens: 16, min_new_tokens: 4 },
  },
} as unknown as UsableModel

it('askingOf() lets a flag of one kind of limit take the place of the task’s other kind', () => {
  expect(askingOf(model, {}).generation).toMatchObject({ maxNewTokens: 16, minNewTokens: 4 })
  const shortest = askingOf(model, { generation: { minLength: 9 } }).generation
  expect(shortest).toMatchObject({ minLength: 9, maxNewTokens: 16 })
  expect(shortest).not.toHaveProperty('minNewTokens')
  const longest = askingOf(model, { generation: { maxLength: 9 } }).generation
  expect(longest).toMatchObject({ maxLength: 9, minNewTokens: 4 })
  expect(longest).not.toHaveProperty('maxNewTokens')
})
