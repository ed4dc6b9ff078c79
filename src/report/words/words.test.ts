import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { hostileTexts } from '../../../test/rig/hostile-texts.ts'
import { csvCell } from './csv-cell.ts'
import { markdownCells } from './markdown-cells.ts'
import { markdownText } from './markdown-text.ts'

describe('csvCell()', () => {
  test.each(hostileTexts)('holds %j as a text and never as a formula', (text) => {
    const [[found, second]] = parse(`${csvCell(text)},${csvCell('next')}\n`) as [[string, string]]
    expect(found).not.toMatch(/^[=+\-@\t\r]/)
    expect([text, `'${text}`]).toContain(found)
    expect(second).toBe('next')
  })

  test('keeps numbers', () => {
    expect([-1.5, 1e-7, true, 'a,b', '-1.5'].map(csvCell)).toEqual(['-1.5', '1e-7', 'true', '"a,b"', "'-1.5"])
  })
})

describe('markdownText()', () => {
  test.each(hostileTexts)('shows %j and does nothing else', (text) => {
    const written = markdownText(text)
    expect(written).not.toMatch(/<|[\p{Cc}\p{Bidi_Control}\u2028\u2029]|(?<!\\)[`*[\]|]|^[#>]/u)
    expect(markdownCells([['a'], [text]]).split('\n')).toHaveLength(3)
  })

  test('leaves ordinary sentences as they are', () => {
    const sentence = 'mt5 -> res: 2 of 10 answers (p < 0.05) & "more", snake_case, +1.20, -0.3'
    expect(markdownText(sentence)).toBe(sentence.replace('<', '&lt;'))
  })
})
