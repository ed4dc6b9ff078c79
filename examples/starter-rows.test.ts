import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { starterRows } from './starter-rows.ts'

describe("the starter study's rows", () => {
  const tables = starterRows(1)
  const rowsOf = (name: string) => tables.get(name)!.trimEnd().split('\n').slice(1)

  it('are what their script makes', () => {
    expect([...tables.keys()]).toEqual(['abstracts.csv', 'reviews.csv'])
    for (const [name, text] of tables) {
      expect(readFileSync(new URL(`starter/${name}`, import.meta.url), 'utf8') === text, name).toBe(true)
    }
    for (const [name, text] of starterRows(2)) expect(tables.get(name) === text, name).toBe(false)
  })

  it('are 600 of each task, no text among them twice', () => {
    const reviews = rowsOf('reviews.csv').map((row) => row.split(',')[0]!)
    const texts = [...rowsOf('abstracts.csv').flatMap((row) => row.split(',')), ...reviews]
    expect(texts).toHaveLength(2 * 600 + 600)
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('have every set of labels often enough to learn and to test it', () => {
    const sets = rowsOf('reviews.csv').map((row) => row.split(',')[1]!)
    expect(new Set(sets).size).toBe(8)
    for (const set of new Set(sets)) expect(sets.filter((other) => other === set).length, set).toBeGreaterThan(20)
  })
})
