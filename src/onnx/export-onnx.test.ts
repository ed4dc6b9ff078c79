import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { exportOnnx } from './export-onnx.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-export-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const modelFolder = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/models/${name}`, import.meta.url))
const json = (name: string) => JSON.parse(readFileSync(join(folder, 'out', name), 'utf8'))

describe('exportOnnx()', () => {
  test('lays a model with a spiece.model alone out as transformers.js opens it', async () => {
    const out = join(folder, 'out')
    await exportOnnx(modelFolder('small-umt5'), out)
    expect(readdirSync(out, { recursive: true }).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'onnx',
      'onnx/decoder_model_merged.onnx',
      'onnx/decoder_model_merged_quantized.onnx',
      'onnx/encoder_model.onnx',
      'onnx/encoder_model_quantized.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    // What transformers.js asks of a config; it knows no umT5.
    expect(json('config.json')).toMatchObject({ model_type: 'mt5', is_encoder_decoder: true, num_decoder_layers: 2 })
    expect(json('config.json')['transformers.js_config']).toBeUndefined()
    expect(json('tokenizer_config.json')).toEqual({ tokenizer_class: 'T5Tokenizer' })
    const text = 'a house <extra_id_0> by the river'
    expect(loadTokenizer(out).encode(text)).toEqual(loadTokenizer(modelFolder('small-umt5')).encode(text))
  })

  test('leaves out what would have transformers look for a spiece.model', async () => {
    const out = join(folder, 'out')
    await exportOnnx(modelFolder('tiny-t5'), out, { kinds: ['q8'] })
    const before = JSON.parse(readFileSync(join(modelFolder('tiny-t5'), 'tokenizer_config.json'), 'utf8'))
    expect(before).toHaveProperty('add_prefix_space')
    const { add_prefix_space: _, ...kept } = before
    expect(json('tokenizer_config.json')).toEqual(kept)
  })

  test('tells transformers.js which models have weights beside them', async () => {
    await exportOnnx(modelFolder('tiny-flan-t5'), join(folder, 'out'), { kinds: ['fp32'], mostBytes: 30_000 })
    expect(json('config.json')['transformers.js_config']).toEqual({
      use_external_data_format: { 'encoder_model.onnx': 1, 'decoder_model_merged.onnx': 1 },
    })
    expect(readdirSync(join(folder, 'out', 'onnx'))).toHaveLength(4)
  })

  test.each(['  ', ''])('says that bytes are lost, with a tokenizer.json indented by "%s"', async (indent) => {
    cpSync(modelFolder('small-umt5'), join(folder, 'in'), { recursive: true })
    await exportOnnx(join(folder, 'in'), join(folder, 'first'), { kinds: ['q8'] })
    const fast = JSON.parse(readFileSync(join(folder, 'first', 'tokenizer.json'), 'utf8'))
    for (const isFallback of [true, false]) {
      fast.model.byte_fallback = isFallback
      writeFileSync(join(folder, 'in', 'tokenizer.json'), JSON.stringify(fast, null, indent))
      const notices: string[] = []
      const onNotice = (sentence: string): void => void notices.push(sentence)
      await exportOnnx(join(folder, 'in'), join(folder, `out ${isFallback}`), { kinds: ['q8'], onNotice })
      expect(notices.some((sentence) => sentence.includes('has no bytes for characters'))).toBe(isFallback)
    }
  })

  test('writes into the empty folder that a link leads to', async () => {
    mkdirSync(join(folder, 'empty'))
    symlinkSync('empty', join(folder, 'out'))
    await exportOnnx(modelFolder('tiny-t5'), join(folder, 'out'), { kinds: ['q8'] })
    expect(readdirSync(folder).sort()).toEqual(['empty', 'out'])
    expect(existsSync(join(folder, 'empty', 'config.json'))).toBe(true)
  })

  test('passes on what is no failure of the system as it is, and leaves nothing', async () => {
    const stopped = new Error('stopped')
    const onNotice = (): void => {
      throw stopped
    }
    await expect(exportOnnx(modelFolder('small-byt5'), join(folder, 'out'), { kinds: ['q8'], onNotice })).rejects.toBe(
      stopped,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  test('says of ByT5 that transformers.js has no tokenizer for it', async () => {
    const notices: string[] = []
    await exportOnnx(modelFolder('small-byt5'), join(folder, 'out'), { onNotice: (sentence) => notices.push(sentence) })
    expect(notices).toEqual([expect.stringContaining('no tokenizer for ByT5')])
    expect(existsSync(join(folder, 'out', 'tokenizer.json'))).toBe(false)
  })

  test('writes a card for transformers.js, with the prefix of the config', async () => {
    const from = join(folder, 'from')
    cpSync(modelFolder('small-umt5'), from, { recursive: true })
    writeFileSync(join(from, 'README.md'), '---\nlibrary_name: transformers\n---\n# Ours\n')
    writeFileSync(
      join(from, 'config.json'),
      JSON.stringify({ ...JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')), prefix: 'ask: ' }),
    )
    await exportOnnx(from, join(folder, 'out'), { kinds: ['q8'] })
    const card = readFileSync(join(folder, 'out', 'README.md'), 'utf8')
    expect(card).toMatch(/^---\nlibrary_name: transformers\.js\n---\n# Ours\n/u)
    expect(card).toContain('await tokenizer("ask: …")')
  })

  test.each(['spiece.model', 'tokenizer.json'])('refuses a cut %s before any weights are read', async (name) => {
    const from = join(folder, 'from')
    cpSync(modelFolder('tiny-flan-t5'), from, { recursive: true })
    if (name === 'spiece.model') rmSync(join(from, 'tokenizer.json'))
    writeFileSync(join(from, name), readFileSync(join(from, name)).subarray(0, -1000))
    const onBytes = vi.fn()
    await expect(exportOnnx(from, join(folder, 'out'), { onBytes })).rejects.toThrow(name)
    expect(onBytes).not.toHaveBeenCalled()
  })

  test('leaves nothing behind when it is stopped', async () => {
    const stop = exportOnnx(modelFolder('tiny-t5'), join(folder, 'out'), {
      signal: AbortSignal.abort(new Error('stop')),
    })
    await expect(stop).rejects.toThrow('stop')
    expect(readdirSync(folder)).toEqual([])
  })
})
