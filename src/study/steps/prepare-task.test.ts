import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readStudy } from '../file/read-study.ts'
import { describeFault } from '../file/study-fault.ts'
import { type Prepared, type PreparedPair, type TaskParts, taskParts } from './prepare-task.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-prepare-'))
  const rows = Array.from({ length: 60 }, (_, i) => {
    const labels = ['"Slow, rude"|Cost', 'cost', 'Cost', 'n/a', ''][i % 5]
    return `${i},"Text  ${i} ,said  she","${labels!.replaceAll('"', '')}",group ${i % 10},${['en', 'zh'][i % 2]}`
  })
  writeFileSync(join(folder, 'rows.csv'), `id,text,labels,group,language\n${rows.join('\n')}\n`)
  writeFileSync(join(folder, 'test.jsonl'), '{"id": 1, "q": {"text": "Why?"}, "c": ["a", "b"], "labels": ["Cost"]}\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

type Parts = { readonly [part in keyof TaskParts]: readonly Prepared[] }

async function prepared(task: string): Promise<Parts> {
  const file = join(folder, 'study.yaml')
  const text = `study: s\nstarts: { tiny: { path: . } }\ntasks:\n  task:\n${task.replaceAll(/^/gm, '    ')}\nchains: [tiny -> task]\n`
  const checked = readStudy(text, file)
  if ('faults' in checked) throw new Error(checked.faults.map(describeFault).join('\n'))
  const parts = Object.entries(await taskParts(checked.study.tasks.get('task')!))
  return Object.fromEntries(parts.map(([part, rows]) => [part, Array.from(rows)]))
}

const sources = (rows: readonly Prepared[] | undefined): string[] =>
  (rows as readonly PreparedPair[]).map(({ source }) => source)

describe('taskParts()', () => {
  it('takes the rows that pass "where", each once, and no more than asked for', async () => {
    const { train, test } = await prepared(`
data:
  file: rows.csv
  where: { language: zh, id: { not: { matches: "^[1-9]$" } } }
  distinct: group
  take: 4
  split: { train: 3, test: 1, shuffle: false }
source: id
target: text`)
    expect(sources(train)).toEqual(['11', '13', '15'])
    expect(sources(test)).toEqual(['17'])
  })

  it('fills templates, and cleans source and target by their own rules', async () => {
    const { test, train } = await prepared(`
data:
  train: { file: rows.csv, take: 2 }
  test: { file: test.jsonl }
source: "id {id}: {labels}"
target: id
clean: { source: [space-punctuation, collapse-spaces, lowercase], target: [] }`)
    expect(sources(train)).toEqual(['id 0: slow , rude|cost', 'id 1: cost'])
    expect(sources(test)).toEqual(['id 1: cost'])
    const templates = await prepared(`
data: { test: { file: test.jsonl }, train: { file: test.jsonl } }
source: "question: {q.text} context: {c}"
target: c.1`)
    expect(templates.test).toEqual([{ source: 'question: Why? context: a, b', target: 'b' }])
  })

  it('takes each item of a list for one label, whatever separators are in it', async () => {
    writeFileSync(
      join(folder, 'lists.jsonl'),
      '{"q": "a", "l": ["Slow, rude", "Cost"]}\n{"q": "b", "l": ["Slow, Cost"]}\n',
    )
    const spec = (classes: string, take: number): string =>
      `data: { test: { file: lists.jsonl, take: ${take} }, train: { file: lists.jsonl, take: 1 } }\nsource: q\nlabels: { column: l, classes: ${classes} }`
    expect((await prepared(spec('["Slow, rude", Cost]', 1))).test).toMatchObject([{ labels: ['Slow, rude', 'Cost'] }])
    await expect(prepared(spec('["Slow, rude", Slow, Cost]', 2))).rejects.toThrow('Unknown label "Slow, Cost"')
  })

  it('gives each split its share of the labels of the task, or of the values of a column', async () => {
    const half = 'data: { file: rows.csv, split: { train: 0.5, test: 0.5, seed: 3, stratify: BY } }\nsource: id\n'
    const labelled = `${half}labels: { column: labels, separator: "|", none: [n/a, cost], classes: ["Slow, rude", Cost] }`
    const byLabels = await prepared(labelled.replace('BY', 'true'))
    for (const rows of [byLabels.train, byLabels.test]) {
      const labels = (rows as readonly PreparedPair[]).map((row) => row.labels!.join('+'))
      // Twelve rows have both labels, twelve Cost alone and 36 none; the halves get half of each.
      expect(labels.filter((of) => of.includes('Slow'))).toHaveLength(6)
      expect(labels.filter((of) => of.includes('Cost'))).toHaveLength(12)
    }
    const byColumn = await prepared(`${half.replace('BY', 'group')}target: text`)
    const groups = sources(byColumn.train).map((id) => Number(id) % 10)
    expect(groups.toSorted()).toEqual(Array.from({ length: 30 }, (_, row) => Math.floor(row / 3)))
  })

  it('keeps the rows of a group in one split', async () => {
    const parts = await prepared(`
data: { file: rows.csv, split: { train: 0.6, validation: 0.2, test: 0.2, seed: 3, group: group } }
source: "{group}"
target: id`)
    const groups = [parts.train, parts.validation, parts.test].map((rows) => new Set(sources(rows)))
    expect(groups.map(({ size }) => size)).toEqual([6, 2, 2])
    expect(new Set(groups.flatMap((names) => [...names])).size).toBe(10)
  })

  it('reads label sets whose labels have commas, and single labels', async () => {
    const set = await prepared(`
data: { file: rows.csv, where: { id: [0, 2, 3, 4, 5] }, split: { test: 1, shuffle: false } }
source: id
labels:
  column: labels
  separator: "|"
  none: n/a
  classes: [Cost, "Slow, rude"]
  answer: { separator: " ; ", none: nothing, order: row }`)
    expect((set.train as PreparedPair[]).map(({ labels, target }) => [labels, target])).toEqual([
      [['Slow, rude', 'Cost'], 'slow, rude ; cost'],
      [['Cost'], 'cost'],
      [[], 'nothing'],
      [[], 'nothing'],
    ])
    const single = await prepared(`
data: { file: rows.csv, where: { id: [0, 2, 5] }, split: { test: 1, shuffle: false } }
source: id
labels: { column: labels, separator: "|", single: true, classes: [Cost, "Slow, rude|Cost"] }`)
    expect((single.train as PreparedPair[]).map(({ labels }) => labels)).toEqual([['Slow, rude|Cost'], ['Cost']])
    await expect(
      prepared(`
data: { file: rows.csv, where: { id: [0, 2, 5] }, split: { test: 1, shuffle: false } }
source: id
labels: { column: labels, separator: "|", single: true, classes: [Cost, "Slow, rude"] }`),
    ).rejects.toThrow(/^Cannot take "Slow, rude" and "Cost" of row 1 of .* for a single label/)
  })

  const peopleFixture = (name: string): string =>
    join(import.meta.dirname, '../../../test/fixtures/people/labels', name)

  it.each([
    ['one-hot.csv', '{ columns: [Slow Page, Refund, Login, Crash, Billing] }'],
    ['one-hot-bool.tsv', '{ columns: [Slow Page, Refund, Login, Crash, Billing] }'],
    ['python-list.csv', '{ column: labels, classes: [Slow Page, Refund, Login, Crash, Billing] }'],
    ['json-list.csv', '{ column: labels, classes: [Slow Page, Refund, Login, Crash, Billing] }'],
  ])('reads the labels of %s', async (name, labels) => {
    const { rows } = JSON.parse(readFileSync(peopleFixture('expected.json'), 'utf8')) as {
      rows: readonly { text: string; labels: readonly string[] }[]
    }
    const { train } = await prepared(
      `data: { train: &rows { file: ${JSON.stringify(peopleFixture(name))} }, test: *rows }\nsource: text\nlabels: ${labels}`,
    )
    expect((train as PreparedPair[]).map(({ source, labels }) => ({ text: source, labels }))).toEqual(rows)
  })

  it('reads every spelling of yes and no, by labels of their own', async () => {
    writeFileSync(
      join(folder, 'marks.jsonl'),
      [
        '{"id": 1, "a": 1, "b": "1.0", "c": true}',
        '{"id": 2, "a": "Yes", "b": "TRUE", "c": "y"}',
        '{"id": 3, "a": 0, "b": "0.0", "c": false}',
        '{"id": 4, "a": null, "b": " no ", "c": "False"}',
        '{"id": 5, "a": "", "b": "n/a", "c": "1"}',
        '',
      ].join('\n'),
    )
    const task = (more: string): string => `
data: { train: &rows { file: marks.jsonl }, test: *rows }
source: id
labels: { columns: [a, b, c], classes: ["Bad, cold food", Cost, Dirt], none: n/a${more} }`
    const { train } = await prepared(task(''))
    expect((train as PreparedPair[]).map(({ target }) => target)).toEqual([
      'bad, cold food , cost , dirt',
      'bad, cold food , cost , dirt',
      'none',
      'none',
      'dirt',
    ])
    await expect(prepared(task(', single: true'))).rejects.toThrow(
      /^Cannot take "Bad, cold food" and "Cost" and "Dirt" of row 1 of ".*marks\.jsonl" \(line 1\) for a single label/,
    )
  })

  it('reads null where a row leaves out a field that others have', async () => {
    const lines = [
      '{"id": 1, "q": {"a": "x"}, "ok": 1}',
      '{"id": 2, "q": {}}',
      '{"id": 3}',
      '{"q": {"a": "y"}, "ok": 0}',
    ]
    writeFileSync(join(folder, 'gaps.jsonl'), lines.join('\n'))
    const task = (source: string): string => `
data: { train: &rows { file: gaps.jsonl }, test: *rows }
source: ${source}
labels: { columns: [ok] }`
    const { train } = await prepared(task('"{id}|{q.a}"'))
    expect((train as PreparedPair[]).map(({ source, target }) => [source, target])).toEqual([
      ['1|x', 'ok'],
      ['2|', 'none'],
      ['3|', 'none'],
      ['|y', 'none'],
    ])
    await expect(prepared(task('q.b'))).rejects.toThrow(/^Cannot find column "q\.b" in row 1 of /)
  })

  it('names row, column and value of what is neither yes nor no', async () => {
    writeFileSync(join(folder, 'marks.csv'), 'id,a,b\n1,1,0\n2,0,maybe\n')
    await expect(
      prepared('data: { train: &rows { file: marks.csv }, test: *rows }\nsource: id\nlabels: { columns: [a, b] }'),
    ).rejects.toThrow(
      /^Cannot read "maybe" in column "b" of row 2 of ".*marks\.csv" \(line 3\) as yes or no: write 1 or 0, true or false/,
    )
    await expect(
      prepared('data: { train: &rows { file: marks.csv }, test: *rows }\nsource: id\nlabels: { columns: [a, bb] }'),
    ).rejects.toThrow(/^Cannot find column "bb" in row 1 .*: did you mean "b"\?$/)
  })

  it('keeps labels of a list whole, whatever separators they hold', async () => {
    const lines = [['A', 'B'], ['A, B'], ["B's", 'A'], [], ['A, B', 'B']]
    writeFileSync(join(folder, 'lists.jsonl'), lines.map((labels) => `${JSON.stringify({ id: 1, labels })}\n`).join(''))
    const texts = lines.map((labels) => `${JSON.stringify({ id: 1, labels: JSON.stringify(labels) })}\n`)
    writeFileSync(join(folder, 'texts.jsonl'), texts.join(''))
    for (const file of ['lists.jsonl', 'texts.jsonl']) {
      const { train } = await prepared(
        `data: { train: &rows { file: ${file} }, test: *rows }\nsource: id\nlabels: { column: labels, classes: [A, B, "A, B", "B's"] }`,
      )
      expect((train as PreparedPair[]).map(({ labels }) => labels)).toEqual(lines)
    }
  })

  it('names the row whose label is not in the list', async () => {
    const task = (classes: string) => `
data: { file: rows.csv, split: { test: 5 } }
source: id
labels: { column: labels, separator: "|", none: n/a, classes: [${classes}] }`
    await expect(prepared(task('Cost, "Slow, rude"'))).rejects.toThrow(
      /^Unknown label "cost" in column "labels" of row 2 of ".*rows\.csv" \(line 3\): did you mean "Cost"\?$/,
    )
    await expect(prepared(task('Cost'))).rejects.toThrow('Unknown label "Slow, rude"')
  })

  it('says which task has too few rows for its split', async () => {
    await expect(
      prepared('data: { file: rows.csv, split: { train: 50, test: 20 } }\nsource: id\ntarget: text'),
    ).rejects.toThrow(/^Cannot prepare "task": /)
  })
})
