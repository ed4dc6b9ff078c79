import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Row, readAllRows, type TableSource } from '../../src/data/table/table.ts'

// Public data sets as they are, which are no part of the project.
const folder = process.env.RETEACH_DATA ?? join(import.meta.dirname, '../../../shared/data')
const present = existsSync(folder)
if (!present)
  console.warn(`Skipping the tests on real data as "${folder}" is not there: set RETEACH_DATA to its folder`)

async function read(name: string, source: TableSource = {}): Promise<{ rows: Row[]; notices: string[] }> {
  const notices: string[] = []
  const rows = await readAllRows(
    { file: join(folder, name), ...source },
    { onNotice: (sentence) => notices.push(sentence) },
  )
  return { rows: rows.map(({ row }) => row), notices }
}

describe.skipIf(!present)('real files are read as they are', () => {
  test('restaurant reviews in damaged UTF-8 with CR row ends and labels by line in a cell', async () => {
    const { rows, notices } = await read('McDonalds-Yelp-Sentiment-DFE.csv')
    expect(rows).toHaveLength(1525)
    expect(Object.keys(rows[0]!)).toHaveLength(10)
    expect(String(rows[0]!.policies_violated).split('\r')).toEqual(['RudeService', 'OrderProblem', 'Filthy'])
    expect(rows.filter(({ review }) => String(review).includes('ξ')).length).toBeGreaterThan(100)
    expect(notices).toEqual([
      expect.stringMatching(/as utf-8 with \ufffd where lines 91, .* and \d+ more hold bytes that are none/),
    ])
  })

  test('sentence pairs with quotes that quote nothing and no header', async () => {
    const { rows, notices } = await read('tatoeba-cmn-eng.tsv')
    expect(rows).toHaveLength(20_133)
    expect(rows[0]).toEqual({ column1: 'Hi.', column2: '嗨。' })
    expect(rows.filter(({ column1 }) => String(column1).startsWith('"')).length).toBeGreaterThan(10)
    expect(notices).toEqual([expect.stringContaining('named the columns column1, column2')])
    const named = await read('tatoeba-cmn-eng.tsv', { columns: ['en', 'zh'], where: { en: { longer: 100 } } })
    expect(Object.keys(named.rows[0]!)).toEqual(['en', 'zh'])
    expect(named.notices).toEqual([])
  })

  test.each([
    ['arxiv-csai-a.arrow', 2004],
    ['arxiv-csai-b.arrow', 2005],
  ])('abstracts in %s as datasets has saved them', async (name, count) => {
    const { rows } = await read(name)
    expect(rows).toHaveLength(count)
    expect(rows.every(({ abstract, title }) => typeof abstract === 'string' && typeof title === 'string')).toBe(true)
  })
})
