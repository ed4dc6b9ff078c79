import { expect, it } from 'vitest'
import { EmptySources } from './empty-sources.ts'

function notesOf(sources: readonly (string | undefined)[], idOf = (row: number): string | number => row): string[] {
  const empty = new EmptySources()
  for (const [at, source] of sources.entries()) empty.see(source, idOf(at + 1))
  return empty.notes()
}

it('EmptySources names rows without a source by their ids, the first ten of many', () => {
  expect(notesOf(['a', undefined, 'b'])).toEqual([])
  expect(notesOf(['a', ' \t', 'b'])).toEqual(['1 row has an empty source, so that its answer says nothing: 2'])
  expect(notesOf(['', 'a', ''], (row) => `id${row}`)).toEqual([
    '2 rows have an empty source, so that their answers say nothing: id1, id3',
  ])
  expect(notesOf(Array.from({ length: 12 }, () => ''))[0]).toMatch(/: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more$/u)
})

it('EmptySources passes rows on and calls them by their numbers', async () => {
  async function* rows() {
    yield* [{ source: 'a' }, { source: '' }]
  }
  const empty = new EmptySources()
  const passed = []
  for await (const row of empty.passing(rows())) passed.push(row)
  expect(passed).toEqual([{ source: 'a' }, { source: '' }])
  expect(empty.notes()[0]).toMatch(/: 2$/u)
})
