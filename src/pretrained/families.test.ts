import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fixture } from '../../test/rig/study-folder.ts'
import { parseArchitecture, writeConfig } from './families.ts'

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

test('writeConfig() writes the same JSON with its keys in order, and whole numbers as floating-point ones where transformers 5 wants them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'config.json')
  const written = { model_type: 'umt5', initializer_factor: 1, d_model: 8, task_specific_params: { a: { b: [1] } } }
  writeConfig(path, { ...written, prefix: undefined })
  const text = readFileSync(path, 'utf8')
  expect(JSON.parse(text)).toEqual(written)
  expect(text).toContain('{\n  "d_model": 8,\n  "initializer_factor": 1.0,\n  "model_type": "umt5",\n')
})
