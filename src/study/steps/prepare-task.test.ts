import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readStudy } from '../file/read-study.ts'
import { describeFault } from '../file/study-fault.ts'
import { type Prepared, type PreparedPair, taskParts } from './prepare-task.ts'

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

type Parts = Awaited<ReturnType<typeof taskParts>>

async function prepared(task: string): Promise<Parts> {
  const file = join(folder, 'study.yaml')
  const text = `study: s\nstarts: { tiny: { path: . } }\ntasks:\n  task:\n${task.replaceAll(/^/gm, '    ')}\nchains: [tiny -> task]\n`
  const checked = readStudy(text, file)
  if ('faults' in checked) throw new Error(checked.faults.map(describeFault).join('\n'))
  return await taskParts(checked.study.tasks.get('task')!)
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
