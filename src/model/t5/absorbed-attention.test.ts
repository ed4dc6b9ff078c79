import { expect, test } from 'vitest'
import { example, expectAlike, lessonOutputs } from '../../../test/rig/lesson-outputs.ts'
import { knownConfig } from '../../pretrained/known-configs.ts'
import { absorbsProjections } from './absorbed-attention.ts'
import { parseT5Config } from './config.ts'

test.each(['small-silu', 'tiny-t5', 'small-umt5-tied'])(
  'with keys and values absorbed %s has the same losses and gradients, with dropout',
  async (model) => {
    const examples = [
      example([9, 4, 31, 7, 1], [8, 3, 1]),
      example([5, 1], [40, 8, 6, 2, 1]),
      example([7, 30, 12, 6, 2, 8, 1], [1]),
    ]
    const [projected, absorbed] = [false, true].map((shortTargets) => lessonOutputs(model, examples, { shortTargets }))
    expectAlike(await absorbed!, await projected!)
  },
)

test('projections are absorbed where targets are short beside their sources', () => {
  const config = parseT5Config(knownConfig('google/flan-t5-small')!, 'flan-t5-small')
  const absorbs = (S: number, T: number) => absorbsProjections(config, { B: 16, N: 16 * S, S, T })
  expect(absorbs(230, 14)).toBe(true)
  expect(absorbs(130, 8)).toBe(true)
  expect(absorbs(230, 40)).toBe(false)
  expect(absorbs(40, 35)).toBe(false)
  // Padding alone counts on one side: rows of a few tokens beside one long source.
  expect(absorbsProjections(config, { B: 16, N: 400, S: 230, T: 14 })).toBe(false)
})
