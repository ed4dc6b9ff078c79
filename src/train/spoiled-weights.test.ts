import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { fixture } from '../../test/rig/study-folder.ts'
import { areFinite } from '../graph/are-finite.ts'
import { lossOfFile, predictFile } from './predict.ts'

const temporary = mkdtempSync(join(tmpdir(), 'reteach-spoiled-'))
afterAll(() => rmSync(temporary, { recursive: true }))

/** A model whose named tensor holds one number of these bits. */
function spoiledModel(name: string, tensor: string, value: number, everywhere = false): string {
  const folder = join(temporary, name)
  cpSync(fixture('models/tiny-flan-t5'), folder, { recursive: true })
  const path = join(folder, 'model.safetensors')
  const bytes = readFileSync(path)
  const headerEnd = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Record<string, { data_offsets: [number, number] }>
  const [start, end] = header[tensor]!.data_offsets
  for (let at = start; at < end; at += everywhere ? 4 : end - start) bytes.writeFloatLE(value, headerEnd + at)
  writeFileSync(path, bytes)
  return folder
}

const pairs = join(temporary, 'pairs.jsonl')
writeFileSync(pairs, `${JSON.stringify({ source: 'a house', target: 'a tree' })}\n`)

it.each([
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['minus-infinity', Number.NEGATIVE_INFINITY],
])('a model with %s in it is refused by the name of the tensor, to answer and to measure', async (name, value) => {
  const tensor = 'decoder.final_layer_norm.weight'
  const model = spoiledModel(name, tensor, value)
  const told = `Cannot use the weights of "${model}" as the tensor "${tensor}" holds a number that is not finite`
  const request = { model, sources: pairs, batch: 2, out: join(temporary, 'out'), generation: {}, followsFolder: false }
  await expect(predictFile(request, () => {})).rejects.toThrow(told)
  const sizes = { batch: 1, maxSource: 9, maxTarget: 9 }
  await expect(lossOfFile({ model, pairs, ...sizes }, () => {})).rejects.toThrow(told)
})

it.each([1, 2])('weights so large that nothing comes of them are no empty answers, with %i beams', async (numBeams) => {
  const model = spoiledModel(`large-${numBeams}`, 'decoder.block.0.layer.0.SelfAttention.v.weight', 3e38, true)
  const generation = { maxNewTokens: 4, ...(numBeams > 1 ? { numBeams } : {}) }
  const request = { model, sources: pairs, batch: 2, out: join(temporary, 'out'), generation, followsFolder: false }
  await expect(predictFile(request, () => {})).rejects.toThrow("the model's scores of tokens are no numbers")
})

it('areFinite() tells the largest and the smallest numbers from those that are none', () => {
  expect(areFinite(Float32Array.of(0, -0, 3.4028234e38, -3.4028234e38, 1e-45, -1e-45))).toBe(true)
  for (const value of [Number.NaN, 1e39, -1e39]) expect(areFinite(Float32Array.of(1, value, 1))).toBe(false)
})
