import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exportedKinds } from './exported-kinds.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-kinds-'))
  mkdirSync(join(folder, 'onnx'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const write = (...names: string[]): void => {
  for (const name of names) writeFileSync(join(folder, name), '{}')
}

test('exportedKinds() gives the kinds that are whole, and of the others what is not there', () => {
  write('config.json', 'tokenizer.json', 'onnx/encoder_model.onnx', 'onnx/decoder_model_merged.onnx')
  write('onnx/encoder_model_quantized.onnx')
  expect(exportedKinds(folder)).toEqual({
    kinds: ['fp32'],
    missing: new Map([['q8', 'onnx/decoder_model_merged_quantized.onnx']]),
  })
  write('onnx/decoder_model_merged_quantized.onnx')
  expect(exportedKinds(folder)).toEqual({ kinds: ['fp32', 'q8'], missing: new Map() })
})

test('exportedKinds() says in one sentence what nothing can be answered without', () => {
  expect(() => exportedKinds(folder)).toThrow(/config\.json/u)
  writeFileSync(join(folder, 'config.json'), '{"model_type":')
  expect(() => exportedKinds(folder)).toThrow(/config\.json/u)
  writeFileSync(join(folder, 'config.json'), '[]')
  expect(() => exportedKinds(folder)).toThrow('its config.json is no object')
  write('config.json')
  expect(() => exportedKinds(folder)).toThrow('it has no tokenizer.json')
  write('tokenizer.json')
  expect(() => exportedKinds(folder)).toThrow(
    'it has neither onnx/encoder_model.onnx nor onnx/encoder_model_quantized.onnx',
  )
})
