import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CheckedStudy, readStudy } from '../study/file/read-study.ts'
import { readNewRows, repeatedIds } from './new-rows.ts'
import { usableTask } from './usable-task.ts'

const study = `study: s
starts: { tiny: { hub: owner/tiny } }
tasks: { t: { data: { file: t.csv, split: { test: 1 } }, source: text, target: title } }
chains: [tiny -> t]
`
const task = usableTask((readStudy(study, 'study.yaml') as CheckedStudy).study.tasks.get('t')!)
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reteach-new-rows-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function idsOf(rows: readonly object[], id?: string): Promise<{ ids: unknown[]; told: string[] }> {
  const file = join(folder, 'new.jsonl')
  writeFileSync(file, rows.map((row) => `${JSON.stringify({ text: 'a', title: 'b', ...row })}\n`).join(''))
  const told: string[] = []
  const found = await readNewRows(task, file, { id, onNotice: (sentence) => told.push(sentence) })
  return { ids: found.map((row) => row.id), told }
}

it('readNewRows() takes ids where every row has one, and else the numbers of rows with a note', async () => {
  expect(await idsOf([{ id: 7 }, { id: 'b' }])).toEqual({ ids: [7, 'b'], told: [] })
  expect(await idsOf([{}, {}])).toEqual({ ids: [1, 2], told: [] })
  for (const lacking of [{ id: '' }, { id: ' ' }, { id: null }, {}]) {
    const { ids, told } = await idsOf([{ id: '7' }, { id: '7' }, lacking])
    expect(ids).toEqual([1, 2, 3])
    expect(told.join()).toMatch(
      /^Answers have the numbers of their rows for ids as row 3 of ".*new\.jsonl" has no "id" while others have one$/,
    )
  }
  await expect(idsOf([{ key: 'a' }, { key: '' }], 'key')).rejects.toThrow('as row 2 has none there')
})

it('repeatedIds() names the first id of several rows', () => {
  const said = (...ids: (string | number)[]) => repeatedIds(ids.map((id) => ({ id })))
  expect(said(1, 2, 'a')).toBeUndefined()
  expect(said('7', 'a', 7)).toMatch(/^2 rows have the id "7": tell their answers apart by their order/)
  expect(said('x', 'x', 'x', 'y', 'y')).toMatch(/^3 rows have the id "x", and 1 other id too: /)
})

it("readNewRows() says how many rows the task's where leaves out", async () => {
  const file = join(folder, 'cities.csv')
  writeFileSync(file, 'text,city\na,Paris\nb,Rome\nc,Paris\n')
  const filtered = { ...task, reading: { where: { city: { equals: 'Rome' } } } }
  const told: string[] = []
  const options = { onNotice: (sentence: string) => void told.push(sentence) }
  expect((await readNewRows(filtered, file, options)).map(({ source }) => source)).toEqual(['b'])
  expect(told).toEqual([`2 rows of "${file}" are left out, as the task's "where" has it: --all-rows takes all`])
  expect(await readNewRows(filtered, file, { ...options, allRows: true })).toHaveLength(3)
  expect(told).toHaveLength(1)
})

it('readNewRows() leaves out what the taught file had to be told where a new one has no use for it', async () => {
  const file = join(folder, 'new.txt')
  writeFileSync(file, 'one\ntwo\n')
  const alt = { ...task, reading: { ending: '.txt', options: { columns: ['en', 'zh'] } } }
  expect((await readNewRows(alt, file)).map(({ source }) => source)).toEqual(['one', 'two'])
})
