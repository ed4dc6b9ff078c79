import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportOnnx } from './export-onnx.ts'
import { refuseCutOnnx } from './refuse-cut-onnx.ts'

let folder: string
let files: string[]
const model = fileURLToPath(new URL('../../test/fixtures/models/tiny-flan-t5', import.meta.url))
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-cut-'))
  await exportOnnx(model, join(folder, 'inside'), { kinds: ['fp32', 'q8'] })
  await exportOnnx(model, join(folder, 'outside'), { kinds: ['fp32'], mostBytes: 30_000 })
  files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.onnx'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('refuseCutOnnx() passes whole files, and names those that are cut anywhere', () => {
  expect(files).toHaveLength(6)
  for (const name of files) {
    const path = join(folder, name)
    const bytes = readFileSync(path)
    expect(() => refuseCutOnnx(path)).not.toThrow()
    for (const share of [0, 0.0003, 0.01, 0.3, 0.5, 0.97]) {
      const size = Math.floor(bytes.length * share)
      writeFileSync(path, bytes.subarray(0, size))
      expect(() => refuseCutOnnx(path), `${name} of ${size} bytes`).toThrow(
        `Cannot use "${path}" as it is no ONNX file`,
      )
    }
    writeFileSync(path, bytes.subarray(0, -1))
    expect(() => refuseCutOnnx(path)).toThrow('was cut or damaged')
    writeFileSync(path, bytes)
  }
  expect(() => refuseCutOnnx(join(folder, 'no.onnx'))).toThrow(/^Cannot read .*no\.onnx/u)
})

test('refuseCutOnnx() names the weights beside a model that are cut or not there', () => {
  const path = join(folder, 'outside', 'onnx', 'encoder_model.onnx')
  const data = `${path}_data`
  truncateSync(data, readFileSync(data).length - 1)
  expect(() => refuseCutOnnx(path)).toThrow(`Cannot use "${data}" as it has`)
  rmSync(data)
  expect(() => refuseCutOnnx(path)).toThrow('"encoder_model.onnx_data", which holds its weights, is not beside it')
})
