import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { ExampleFile } from '../../lesson/protocol.ts'
import { loadTokenizer } from '../../pretrained/tokenizer-folder.ts'
import { corruptSpans } from '../../tasks/span-corruption.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import { type Examples, readExamples } from './examples.ts'

const tokenizer = loadTokenizer(join(import.meta.dirname, '../../../test/fixtures/tokenizers/en/spiece.model'))
const limits = { maxSource: 12, maxTarget: 3 }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-examples-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function read(rows: readonly object[], options: object = {}, vocabSize = tokenizer.vocabSize): Promise<Examples> {
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const file = { ...('text' in (rows[0] ?? {}) ? { texts: path } : { pairs: path }), ...options } as ExampleFile
  return await readExamples(file, tokenizer, { vocabSize }, limits, 1)
}

describe('readExamples()', () => {
  test('puts the prefix before sources, and cuts both at their limits', async () => {
    const long = 'the slow lamp charges the bright baker and the river builds a friendly battery'
    const examples = await read(
      [
        { source: 'lamp', target: long },
        { source: long, target: 'lamp' },
      ],
      { prefix: 'say: ' },
    )
    expect(examples.at(0, 0)).toEqual({
      source: tokenizer.encode('say: lamp'),
      target: tokenizer.encode(long, { maxLength: 3 }),
    })
    expect(examples.at(1, 5).source).toHaveLength(12)
    expect([...examples.lengths]).toEqual([tokenizer.encode('say: lamp').length, 12])
    expect(examples.groups).toBeUndefined()
  })

  test('numbers the groups that batches shall not mix', async () => {
    const tasks = ['b', 'a', 'b', 'c', 'a']
    const rows = tasks.map((task, i) => ({ source: `lamp ${i}`, target: 'lamp', task }))
    expect([...(await read(rows, { batchesBy: 'task' })).groups!]).toEqual([0, 1, 0, 2, 1])
    await expect(read([...rows, { source: 'lamp', target: 'lamp' }], { batchesBy: 'task' })).rejects.toThrow(
      'Cannot use the line as its "task" is missing',
    )
  })

  test('hides other spans of a text in each epoch, and the same for the same seed', async () => {
    const rows = [{ text: 'the slow lamp charges the bright baker' }]
    const options = { spanCorruption: { density: 0.3, meanSpan: 2 } }
    const [first, again] = [await read(rows, options), await read(rows, options)]
    const epochs = Array.from({ length: 8 }, (_, epoch) => JSON.stringify(first.at(0, epoch)))
    expect(new Set(epochs).size).toBeGreaterThan(2)
    expect(JSON.stringify(again.at(0, 3))).toBe(epochs[3])
    // A lesson that goes on, and one of tomorrow, has the spans of seed, epoch and example.
    const ids = tokenizer.encode(rows[0]!.text, { addEos: false })
    const { sentinelIds, eosId } = tokenizer
    const random = seededRandom([1, 3, 0])
    const whole = corruptSpans(ids, { ...options.spanCorruption, sentinelIds, eosId, random })
    expect(first.at(0, 3)).toEqual({ source: whole.source, target: whole.target.slice(0, limits.maxTarget) })
    expect(whole.target.length).toBeGreaterThan(limits.maxTarget)
  })

  test('leaves out texts, and rests of texts, of which nothing can be hidden', async () => {
    const options = { spanCorruption: { density: 0.3, meanSpan: 2 } }
    const [word] = tokenizer.encode('lamp', { addEos: false })
    expect(tokenizer.encode('lamp', { addEos: false })).toHaveLength(1)
    expect(word).toBeGreaterThan(0)
    const examples = await read([{ text: 'lamp' }, { text: 'lamp lamp' }, { text: '' }], options)
    expect([...examples.lengths]).toEqual([2])
  })

  test('refuses a tokenizer whose ids the model does not have', async () => {
    await expect(read([{ source: 'lamp', target: 'lamp' }], {}, 4)).rejects.toThrow(
      /^Cannot use example 1 of ".*rows\.jsonl" as its token id \d+ is outside the model's vocabulary of 4/,
    )
  })

  test('refuses an example without tokens, by its place', async () => {
    const path = join(folder, 'empty.jsonl')
    const plain: Tokenizer = {
      ...tokenizer,
      encode: (text) => Int32Array.from(text.trim().split(' ').filter(Boolean), () => 3),
    }
    for (const [side, row] of [
      ['source', { source: ' ', target: 'lamp' }],
      ['target', { source: 'lamp', target: '' }],
    ] as const) {
      writeFileSync(path, `{"source": "a", "target": "b"}\n${JSON.stringify(row)}\n`)
      await expect(readExamples({ pairs: path }, plain, { vocabSize: 9 }, limits, 1)).rejects.toThrow(
        `Cannot use example 2 of "${path}" as its ${side} has no tokens: its text is empty`,
      )
    }
  })
})
