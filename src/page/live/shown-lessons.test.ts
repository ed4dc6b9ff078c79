import { expect, it } from 'vitest'
import { ShownLessons } from './shown-lessons.ts'

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `lesson ${i}`)

it('ShownLessons keeps every lesson at work, and of the others the latest', () => {
  const shown = new ShownLessons()
  shown.keep(new Set(names(20)))
  expect(names(20).flatMap((name) => shown.show(name).gone)).toEqual([])
  expect(new Set(names(20).map((name) => JSON.stringify(shown.show(name).style))).size).toBe(20)
  shown.keep(new Set(['lesson 19', 'new', 'newer']))
  expect(shown.show('new').gone).toEqual(names(9))
  expect(shown.show('newer').gone).toEqual(['lesson 9'])
  expect(shown.show('lesson 19').gone).toEqual([])
})
