import { expect, it } from 'vitest'
import { differenceOf } from './text-difference.ts'

/** Pieces that the other text lacks stand in brackets. */
const shown = (text: string, other: string): string =>
  differenceOf(text, other)
    .map((piece) => (piece.shared ? piece.text : `[${piece.text}]`))
    .join('')

it.each([
  ['the same text', 'the same text', 'the same text'],
  ['quantum memories or local codes', 'convex agents or quantum codes', '[quantum memories] or [local] codes'],
  ['', 'text', ''],
  ['text', '', '[text]'],
  ['服务员很粗鲁', '服务员不粗鲁', '服务员[很]粗鲁'],
  ['a cold soup', 'the soup', '[a cold] soup'],
])('differenceOf() marks in %j what %j lacks', (text, other, marked) => {
  expect(shown(text, other)).toBe(marked)
})

it('differenceOf() keeps every sign, and takes texts that are too long as wholes', () => {
  const long = Array.from({ length: 700 }, (_, i) => `w${i}`).join(' ')
  expect(differenceOf(long, `${long} more`)).toEqual([{ text: long, shared: false }])
  const odd = ' a\t\u0301 b\n\n🙂c '
  expect(
    differenceOf(odd, 'a c')
      .map(({ text }) => text)
      .join(''),
  ).toBe(odd)
})
