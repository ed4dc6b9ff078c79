import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { splitRows } from './split.ts'

type Split = ReturnType<typeof splitRows>

const names = ['train', 'validation', 'test'] as const
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/stratification/cases.json'), 'utf8'),
) as { name: string; test: number; labels: number[][]; reference: { mean: number; worst: number } }[]

/** Mean over labels of the distance between the test part's share of a label's rows and its share of all rows. */
function deviation({ test }: Split, labels: readonly (readonly string[])[]): number {
  const all = [...new Set(labels.flat())]
  const shares = all.map((label) => {
    const has = (row: number): boolean => labels[row]!.includes(label)
    return test.filter(has).length / labels.filter((of) => of.includes(label)).length
  })
  return shares.reduce((sum, share) => sum + Math.abs(share - test.length / labels.length), 0) / all.length
}

describe('splitRows() by labels', () => {
  it.each([
    [{ train: 0.8, validation: 0.1, test: 0.1 }, 203],
    [{ validation: 13, test: 29 }, 191],
    [{ train: 50, validation: 7, test: 7 }, 100],
  ])('gives each part of %o its share of each class to within a row', (sizes, n) => {
    for (let seed = 0; seed < 30; seed++) {
      // Classes from half of the rows to a single one, and rows without a label.
      const labels = Array.from({ length: n }, (_, row) =>
        row % 11 === 0 ? [] : [`c${Math.floor(Math.log2(row + 1))}`],
      )
      const split = splitRows(n, sizes, { seed, labels })
      const plain = splitRows(n, sizes, { seed })
      for (const name of names) {
        expect(split[name].length).toBe(plain[name].length)
        for (const label of new Set(labels.map(String))) {
          const rows = labels.flatMap((of, row) => (String(of) === label ? [row] : []))
          const ideal = (rows.length * split[name].length) / n
          expect(Math.abs(rows.filter((row) => split[name].includes(row)).length - ideal)).toBeLessThanOrEqual(1)
        }
      }
      const used = names.flatMap((name) => [...split[name]])
      expect(new Set(used).size).toBe(used.length)
    }
  })

  it.each(cases)(
    'divides $name as evenly as iterative-stratification, and better than chance',
    ({ test, labels, reference }) => {
      const sets = labels.map((of) => of.map(String))
      const seeds = Array.from({ length: 20 }, (_, seed) => seed)
      const mean = (of: (seed: number) => Split): number =>
        seeds.reduce((sum, seed) => sum + deviation(of(seed), sets), 0) / seeds.length
      const ours = mean((seed) => splitRows(sets.length, { test }, { seed, labels: sets }))
      const chance = mean((seed) => splitRows(sets.length, { test }, { seed }))
      expect(ours).toBeLessThanOrEqual(reference.worst)
      expect(ours).toBeLessThan(chance / 2)
      expect(splitRows(sets.length, { test }, { labels: sets }).test).toHaveLength(test)
    },
  )

  it('is the same for the same seed, and another for another', () => {
    const labels = cases[0]!.labels.map((of) => of.map(String))
    const of = (seed: number): Split => splitRows(labels.length, { validation: 20, test: 38 }, { seed, labels })
    expect(of(1)).toEqual(of(1))
    expect(of(1).test).not.toEqual(of(2).test)
    expect(new Set(names.flatMap((name) => [...of(1)[name]])).size).toBe(labels.length)
  })
})
