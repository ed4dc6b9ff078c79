import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadTokenizer } from '../pretrained/tokenizer-folder.ts'
import { checkSources, compared } from './check-onnx.ts'
import { browserAnswers, transformersJs } from './transformers-js.ts'

const tokenizer = loadTokenizer(fileURLToPath(new URL('../../test/fixtures/models/tiny-mt5', import.meta.url)))

describe('checkSources()', () => {
  test('makes the same texts each time, short and long, without what is no text', () => {
    const sources = checkSources(tokenizer)
    expect(sources).toEqual(checkSources(tokenizer))
    expect([sources.length, new Set(sources).size > 60]).toEqual([64, true])
    expect(sources.filter((source) => source === '' || /[\p{C}\ufffd]/u.test(source))).toEqual([])
  })
})

describe('compared()', () => {
  const found = (answer: string, ids = [...tokenizer.encode('a')]) => ({ answer, ids })

  test('counts answers that are the same', () => {
    expect(compared(['a', 'a'], ['x', 'y'], [found(' x '), found('y')], tokenizer)).toEqual({
      sources: 2,
      identical: 2,
    })
  })

  test('tells the first that is not, and whether its source was cut otherwise', () => {
    const sources = ['a', 'a', 'a']
    const one = compared(sources, ['x', 'y', 'z'], [found('x'), found('Y'), found('Z')], tokenizer)
    const first = { number: 2, source: 'a', expected: 'y', found: 'Y', isCutOtherwise: false }
    expect(one).toEqual({ sources: 3, identical: 1, first })
    const other = compared(sources, ['x', 'y', 'z'], [found('x'), found('Y', [5]), found('z')], tokenizer)
    expect(other.first!.isCutOtherwise).toBe(true)
  })
})

test('transformersJs() says how to install what is not there', () => {
  expect(() => transformersJs('/nowhere')).toThrow('run "npm install @huggingface/transformers" in "/nowhere"')
})

test('browserAnswers() tells how many are answered, and names the folder that it was given in a fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reteach-fake-'))
  const program = join(folder, 'fake.mjs')
  writeFileSync(
    program,
    `export const env = {}
const tokenizer = Object.assign(async (text) => ({ input_ids: { data: [text.length] } }), {
  batch_decode: ([text]) => [text],
})
export const AutoTokenizer = { from_pretrained: async () => tokenizer }
export const AutoModelForSeq2SeqLM = {
  async from_pretrained(name, { dtype }) {
    if (dtype === 'q8') throw Error('cannot load ' + env.localModelPath + '/' + name + '/onnx/a.onnx')
    return { generate: async () => ['yes'] }
  },
}`,
  )
  const told: number[] = []
  const request = { folder, sources: ['a', 'bc'], maxNewTokens: 3, onAnswers: (done: number) => told.push(done) }
  expect(await browserAnswers(program, { ...request, kind: 'fp32' })).toEqual([
    { answer: 'yes', ids: [1] },
    { answer: 'yes', ids: [2] },
  ])
  expect(told.at(-1)).toBe(2)
  await expect(browserAnswers(program, { ...request, kind: 'q8' })).rejects.toThrow(
    `Cannot answer with transformers.js: Error: cannot load ${folder}/onnx/a.onnx`,
  )
  rmSync(folder, { recursive: true })
})
