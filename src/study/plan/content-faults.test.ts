import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeStudyText, writeFakeStudy } from '../../../test/rig/fake-study.ts'
import { fixture } from '../../../test/rig/study-folder.ts'
import { readStudy } from '../file/read-study.ts'
import type { StudyFault } from '../file/study-fault.ts'
import { contentFaults } from './content-faults.ts'
import { readInputs } from './inputs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-content-faults-'))
  cpSync(fixture('models/small-silu'), join(folder, 'model'), { recursive: true })
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const sound = fakeStudyText.replace('{ scratch: { d_model: 8 }, tokenizer: spiece.model }', '{ path: ./model }')

/** What is told of a study after changes, as `line:column sentence`. */
async function told(changes: readonly (readonly [string, string])[], files: Readonly<Record<string, string>> = {}) {
  const text = changes.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`Cannot change "${from}" as it is not there`)
    return before.replace(from, to)
  }, sound)
  const file = writeFakeStudy(folder, { 'study.yaml': text, ...files })
  const checked = readStudy(readFileSync(file, 'utf8'), file)
  if ('faults' in checked) throw new Error(checked.faults.map(({ message }) => message).join('\n'))
  const inputs = await readInputs(checked, { hubFolder: async (hub) => join(folder, hub) })
  const { faults, remarks } = await contentFaults(checked, inputs, () => false)
  const lines = (list: readonly StudyFault[]): string[] =>
    list.map(({ line, column, message }) => `${line}:${column} ${message.replaceAll(`${folder}/`, '')}`)
  return { faults: lines(faults), remarks: lines(remarks) }
}

const reviews = (cells: readonly string[]): string =>
  `review,policies\n${Array.from({ length: 20 }, (_, i) => `review ${i},${cells[i % cells.length]}\n`).join('')}`

describe('contentFaults()', () => {
  it('has nothing to say of a sound study', async () => {
    expect(await told([])).toEqual({ faults: [], remarks: [] })
  })

  it('names a column that one of several files has not, and the file', async () => {
    const files = { 'more.csv': 'review,policy\nnice,Cost\n' }
    const { faults } = await told([['file: reviews.csv', 'file: [reviews.csv, more.csv]']], files)
    expect(faults).toEqual([
      expect.stringMatching(
        /^\d+:\d+ Cannot find column "policies" in "more\.csv", which has "review", "policy": did you mean "policy"\?$/u,
      ),
    ])
  })

  it('names the delimiter that would divide the only column there is', async () => {
    const { faults } = await told([['file: reviews.csv', 'file: reviews.csv, delimiter: ";"']])
    expect(faults.filter((fault) => fault.includes('Cannot find column "policies"'))).toEqual([
      expect.stringMatching(/, which has "review,policies": write "," under "delimiter", or leave that out$/u),
    ])
  })

  it('names each label that is not in the list once, and labels that no row has', async () => {
    const { faults, remarks } = await told([['[Cost, Food]', '[Cost, Food, Ghost]']], {
      'reviews.csv': reviews(['Cots|Slw', 'Cost|Food', 'na', 'Cots']),
    })
    expect(faults).toEqual([
      '17:68 Unknown label "Cots" in column "policies" of row 1 of "reviews.csv" (line 2): did you mean "Cost"?; 9 more rows like it',
      '17:68 Unknown label "Slw" in column "policies" of row 1 of "reviews.csv" (line 2): add it to "classes", or to "none"; 4 more rows like it',
    ])
    expect(remarks).toEqual(['17:81 No row of "res" has the label "Ghost"'])
  })

  it('says once that a separator must be wrong', async () => {
    const cells = Array.from({ length: 20 }, (_, i) => `Cost;Food ${i}`)
    const { faults, remarks } = await told([], { 'reviews.csv': reviews(cells) })
    expect(faults).toHaveLength(9)
    expect(faults.at(-1)).toMatch(/^17:68 12 more texts .* see whether "separator" is right$/u)
    expect(remarks).toEqual([])
  })

  it('names a column by which rows are chosen once, where it stands', async () => {
    const { faults } = await told([
      ['file: reviews.csv', 'file: reviews.csv, where: { policy: x }'],
      ['split: { train: 10', 'distinct: titel, split: { train: 10'],
    ])
    expect(faults).toEqual([
      expect.stringMatching(/^8:\d+ Cannot find column "titel" .* did you mean "title"\?$/u),
      expect.stringMatching(/^15:\d+ Cannot find column "policy" .* did you mean "policies"\?$/u),
    ])
  })

  it('names a column that a later row lacks where it stands', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => JSON.stringify({ review: `r${i}`, policies: 'Cost', kind: 'x' }))
    const { faults } = await told([['file: reviews.csv', 'file: reviews.jsonl, distinct: [kin]']], {
      'reviews.jsonl': rows.join('\n'),
    })
    expect(faults).toEqual([expect.stringMatching(/^15:\d+ Cannot find column "kin" .* did you mean "kind"\?$/u)])
  })

  it('names a split that is larger than its table, and one that leaves a part without rows', async () => {
    const { faults } = await told([
      ['train: 10, validation: 4', 'train: 100, validation: 4'],
      ['train: 12, validation: 4, test: 4', 'train: 0.9, test: 0.01'],
    ])
    expect(faults).toEqual([
      '8:31 Cannot prepare "a2t": cannot split 20 rows into 100 train + 4 validation + 6 test = 110: ask for fewer or give more data',
      '15:59 Cannot use the split of "res" as it leaves no row to test with: there are 20 rows',
    ])
  })

  it('does not let a wrong column hide the labels and the split of the same and other tasks', async () => {
    const { faults } = await told(
      [
        ['source: abstract', 'source: abstrat'],
        ['test: 6, seed: 1', 'test: 60, seed: 1'],
      ],
      { 'reviews.csv': reviews(['Fod']) },
    )
    expect(faults).toEqual([
      expect.stringMatching(/^8:31 Cannot prepare "a2t": cannot split 20 rows/u),
      expect.stringMatching(/^9:13 Cannot find column "abstrat"/u),
      expect.stringMatching(/^17:68 Unknown label "Fod"/u),
    ])
  })

  it('names every key of a config from scratch that is of no use', async () => {
    const scratch = '{ scratch: { d_modle: 8, num_layers: 0, vocab_size: 90000000 }, tokenizer: ./model }'
    expect((await told([['{ path: ./model }', scratch]])).faults).toEqual([
      '4:22 Unknown key "d_modle" of a model\'s config: did you mean "d_model"?',
      expect.stringMatching(/^4:46 Wrong model config: "num_layers" is 0, expected an integer from 1/u),
      expect.stringMatching(/^4:61 Wrong model config: "vocab_size" is 90000000, expected an integer from 1/u),
    ])
  })

  it('names what a config in a file lacks at the place of the file', async () => {
    const scratch = '{ scratch: ./config.json, tokenizer: ./model }'
    const { faults } = await told([['{ path: ./model }', scratch]], { 'config.json': '{"d_kv": "wide"}' })
    expect(faults).toEqual([expect.stringMatching(/^4:20 Wrong model config: "d_kv" is "wide", expected an integer/u)])
  })

  it('says when the rows have tokens outside the vocabulary', async () => {
    const scratch = '{ scratch: { d_model: 8, vocab_size: 20 }, tokenizer: ./model }'
    expect((await told([['{ path: ./model }', scratch]])).faults).toEqual([
      expect.stringMatching(
        /^4:63 Cannot teach "a2t" to "base" as its vocab_size is 20 and the tokenizer has \d+ tokens/u,
      ),
    ])
  })

  it('names every token that no answer can have, where it stands', async () => {
    const { faults } = await told([
      [
        '    metrics: [bleu, exact-match]',
        '    generate: { suppress_tokens: [3, 99999], forced_bos_token_id: 99999 }\n    metrics: [bleu]',
      ],
    ])
    expect(faults).toEqual([
      expect.stringMatching(
        /^12:\d+ Cannot answer "a2t" with token 99999 in "suppress_tokens": the vocabulary of "base" has \d+ tokens/u,
      ),
      expect.stringMatching(/^12:\d+ Cannot answer "a2t" with token 99999 in "forced_bos_token_id"/u),
    ])
  })

  it('opens weights and tokenizer of a folder, and does not let them hide the rows', async () => {
    truncateSync(join(folder, 'model/model.safetensors'), 3000)
    writeFileSync(join(folder, 'model/spiece.model'), 'no model')
    const { faults } = await told([], { 'reviews.csv': reviews(['Fod']) })
    expect(faults).toEqual([
      expect.stringMatching(/^4:17 Cannot read "model\/model\.safetensors"/u),
      expect.stringMatching(/^4:17 Cannot .*spiece\.model/u),
      expect.stringMatching(/^17:68 Unknown label "Fod"/u),
    ])
  })
})
