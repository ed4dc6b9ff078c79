import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ExportedModel } from '../../test/rig/exported-model.ts'
import { modelAnswers } from '../../test/rig/model-answers.ts'
import { openModel } from '../pretrained/open-model.ts'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { onnxGraphs } from './onnx-graphs.ts'
import { writeOnnxFiles } from './write-onnx-files.ts'

let out: string
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'reteach-onnx-'))
})
afterEach(() => rmSync(out, { recursive: true }))

const folderOf = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/models/${name}`, import.meta.url))
const sources = ['translate: the house is old', 'a', 'what is it that you see in the long dark night of the city?']

async function write(name: string, mostBytes?: number): Promise<void> {
  const model = await openModel(folderOf(name))
  const graphs = [...onnxGraphs(model.architecture, ['fp32', 'q8'])]
  const files = graphs.map(([file, graph]) => ({ path: join(out, `${file}.onnx`), graph }))
  await writeOnnxFiles(model, files, mostBytes === undefined ? {} : { mostBytes })
  model.close()
}

const names = ['tiny-t5', 'tiny-mt5', 'tiny-flan-t5', 'small-relu', 'small-silu', 'small-umt5', 'small-umt5-tied']

describe('writeOnnxFiles()', () => {
  test.each(names)('makes of %s an encoder and a decoder that answer as the model does', async (name) => {
    await write(name)
    const tokenizer = loadTokenizer(folderOf(name))
    const ids = sources.map((source) => tokenizer.encode(source))
    const expected = await modelAnswers(folderOf(name), ids, 12)
    const exported = await ExportedModel.open(out, '')
    expect(await exported.answers(ids, 12)).toEqual(expected)
    // One at a time there is no padding.
    expect(await exported.answers([ids[2]!], 12)).toEqual([expected[2]])
    await exported.release()
  })
  test('makes of tiny-mt5 a quantised one of a quarter of the size whose scores are near', async () => {
    await write('tiny-mt5')
    const bytes = (name: string): number => statSync(join(out, name)).size
    for (const name of ['encoder_model', 'decoder_model_merged']) {
      expect(bytes(`${name}_quantized.onnx`)).toBeLessThan(0.45 * bytes(`${name}.onnx`))
    }
    const ids = sources.map((source) => loadTokenizer(folderOf('tiny-mt5')).encode(source))
    const scores = await Promise.all(['', '_quantized'].map((ending) => firstScores(ending, ids)))
    // A byte holds a number to within 1/254 of the largest of its row; two layers and the output add up to some of that.
    expect(correlation(scores[0]!, scores[1]!)).toBeGreaterThan(0.999)
  })

  test('puts weights beside a model that protobuf could not hold, and answers as before', async () => {
    await write('tiny-t5', 20_000)
    expect(readdirSync(out).sort()).toEqual([
      'decoder_model_merged.onnx',
      'decoder_model_merged.onnx_data',
      'decoder_model_merged_quantized.onnx',
      'decoder_model_merged_quantized.onnx_data',
      'encoder_model.onnx',
      'encoder_model.onnx_data',
      'encoder_model_quantized.onnx',
      'encoder_model_quantized.onnx_data',
    ])
    const ids = sources.map((source) => loadTokenizer(folderOf('tiny-t5')).encode(source))
    const exported = await ExportedModel.open(out, '')
    expect(await exported.answers(ids, 8)).toEqual(await modelAnswers(folderOf('tiny-t5'), ids, 8))
    await exported.release()
  })
})

async function firstScores(ending: string, ids: readonly Int32Array[]): Promise<Float32Array> {
  const exported = await ExportedModel.open(out, ending)
  const scores = await exported.firstScores(ids)
  await exported.release()
  return scores
}

function correlation(a: Float32Array, b: Float32Array): number {
  const sum = (of: (at: number) => number): number => a.reduce((total, _, at) => total + of(at), 0)
  return sum((at) => a[at]! * b[at]!) / Math.sqrt(sum((at) => a[at]! ** 2) * sum((at) => b[at]! ** 2))
}
