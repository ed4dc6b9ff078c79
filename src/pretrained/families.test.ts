import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fixture } from '../../test/rig/study-folder.ts'
import { parseArchitecture } from './families.ts'

const config = (change: object): unknown => ({
  ...(JSON.parse(readFileSync(fixture('models/tiny-mt5/config.json'), 'utf8')) as object),
  ...change,
})

test('parseArchitecture() reads a config as the family of its model_type does', () => {
  expect(parseArchitecture(config({}), 'c').savedConfig()).toMatchObject({ model_type: 'mt5' })
  expect(parseArchitecture(config({ model_type: 't5' }), 'c').savedConfig()).toMatchObject({ model_type: 't5' })
})

test('parseArchitecture() takes a config without a model_type for that of an old T5', () => {
  expect(parseArchitecture({ d_model: 8 }, 'c').savedConfig()).toMatchObject({ model_type: 't5', d_model: 8 })
})

test.each(['bert', 'constructor', 7, null, ['t5']])(
  'parseArchitecture() names what can be taught instead of %j',
  (type) => {
    const told = `Cannot use the model config "c": "model_type" is ${JSON.stringify(type)}, only "t5", "mt5" and "umt5" can be taught`
    expect(() => parseArchitecture(config({ model_type: type }), 'c')).toThrow(told)
  },
)

test.each([[[]], ['t5'], [null]])('parseArchitecture() names what is no config: %j', (json) => {
  expect(() => parseArchitecture(json, 'c')).toThrow('Cannot read the model config "c": expected a JSON object')
})
