import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCommand } from '../../../../test/rig/run-command.ts'
import { exportOnnx } from '../../../onnx/export-onnx.ts'
import { askedTexts, checkLines } from './check-export.ts'
import { addExportCommand } from './export.ts'

const model = fileURLToPath(new URL('../../../../test/fixtures/models/small-umt5', import.meta.url))
let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-check-export-'))
  await exportOnnx(model, at('made'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const run = (...args: string[]) => runCommand(addExportCommand, ['export', ...args, '--to', 'onnx'])

test('checkLines() tells how many answers are the same, and the first that is not', () => {
  expect(checkLines({ kind: 'fp32', sources: 64, identical: 64 })).toEqual(['fp32: 64/64 identical'])
  const first = { number: 3, source: 'a "b"', expected: 'x', found: 'y', isCutOtherwise: true }
  expect(checkLines({ kind: 'q8', sources: 64, identical: 60, first })).toEqual([
    'q8: 60/64 identical; the first difference is source 3, which transformers.js cuts into other tokens:',
    '  source           "a \\"b\\""',
    '  reteach          "x"',
    '  transformers.js  "y"',
  ])
})

test('askedTexts() leaves out blank lines and says so, and refuses a file of nothing else', () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  writeFileSync(at('some.txt'), '\ufeffa\r\n\r\n  \nb c\n')
  expect(askedTexts(at('some.txt'))).toEqual(['a', 'b c'])
  expect(told.mock.calls.join()).toContain(`2 of 4 lines of "${at('some.txt')}" are blank and not asked`)
  told.mockRestore()
  for (const text of ['', '\n', ' \n\n', '\ufeff']) {
    writeFileSync(at('none.txt'), text)
    expect(() => askedTexts(at('none.txt'))).toThrow('as there is no text in it')
  }
})

test('reteach export --check names an ONNX file that is cut, and a file of sources without any', async () => {
  writeFileSync(at('none.txt'), '\n')
  const check = (made: string) => run(model, '--check', '--out', at(made), '--sources', at('none.txt'))
  await expect(check('made')).rejects.toThrow('as there is no text in it')
  cpSync(at('made'), at('cut'), { recursive: true })
  const graph = at('cut/onnx/decoder_model_merged_quantized.onnx')
  writeFileSync(graph, readFileSync(graph).subarray(0, -9))
  await expect(check('cut')).rejects.toThrow(`Cannot use "${graph}" as it is no ONNX file, or was cut`)
})

test('reteach export --check looks for what it takes before it writes', async () => {
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  try {
    await expect(run(model, '--check', '--out', at('early'))).rejects.toThrow(
      `is not installed here: run "npm install @huggingface/transformers" in "${folder}"`,
    )
    const textless = run(model, '--check', '--out', at('early'), '--sources', at('none.txt'))
    await expect(textless).rejects.toThrow('as there is no text in it')
    expect(existsSync(at('early'))).toBe(false)
  } finally {
    vi.restoreAllMocks()
  }
})

test('reteach export says how a folder for transformers.js is checked, and that --sources belongs to --check', async () => {
  const told = `to check it, name the model that it was made of, reteach export MODEL --to onnx --check --out "${at('made')}"`
  await expect(run(at('made'), '--check')).rejects.toThrow(told)
  await expect(run(model, '--out', at('new'), '--sources', '/nope')).rejects.toMatchObject({ exitCode: 2 })
})
