import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { hostileTexts } from '../../../test/rig/hostile-texts.ts'
import { csvCell } from './csv-cell.ts'
import { keepArrows, withoutMarks } from './keep-arrows.ts'
import { markdownCells } from './markdown-cells.ts'
import { markdownCode } from './markdown-code.ts'
import { markdownText } from './markdown-text.ts'
import { quotedText } from './quoted-text.ts'

describe('csvCell()', () => {
  test.each(hostileTexts)('holds %j as a text and never as a formula', (text) => {
    const [[found, second]] = parse(`${csvCell(text)},${csvCell('next')}\n`) as [[string, string]]
    expect(found).not.toMatch(/^[=+\-@\t\r]/)
    const shown = text.replace(/[^\P{Cc}\t\r\n]/gu, '\ufffd')
    expect([shown, `'${shown}`]).toContain(found)
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

  test('begins no list, heading, rule or fence', () => {
    const begins = ['- a', '+', '---', '#', '> a', '~~~', '===', '1. a', '23) a'].map(markdownText)
    expect(begins).toEqual(['\\- a', '\\+', '\\---', '\\#', '\\> a', '\\~\\~\\~', '\\===', '1\\. a', '23\\) a'])
    expect(['-0.3', '+1', '1.5', '~', '-> b'].map(markdownText)).toEqual(['-0.3', '+1', '1.5', '~', '-> b'])
  })

  test('emphasises and strikes nothing', () => {
    const texts = ['_a_ b', 'a __b__', '~~a~~', '~a~', 'a_b_c', 'a ~ b', 'a_ (_b)']
    const shown = ['\\_a\\_ b', 'a \\_\\_b\\_\\_', '\\~\\~a\\~\\~', '\\~a\\~', 'a_b_c', 'a ~ b', 'a\\_ (\\_b)']
    expect(texts.map(markdownText)).toEqual(shown)
  })

  test('leaves ordinary sentences as they are', () => {
    const sentence = 'mt5 -> res: 2 of 10 answers (p < 0.05) & "more", snake_case, +1.20, -0.3'
    expect(markdownText(sentence)).toBe(sentence.replace('<', '&lt;'))
  })
})

describe('markdownCode() and quotedText()', () => {
  test('show ordinary texts as they are, and others without ending what they stand in', () => {
    expect(['a_b -> c@43', 'a|b', '``', ' ', '<b>'].map(markdownCode)).toEqual([
      '`a_b -> c@43`',
      'a\\|b',
      '\\`\\`',
      '`" "`',
      '&lt;b>',
    ])
    expect(quotedText('t: "é"\n\u009b<')).toBe('"t: \\"é\\"\\n\\u009b\\u003c"')
  })
})

describe('keepArrows()', () => {
  test.each(['mt5 -> אלף -> בית', 'base → عربي → 中文', 'mt5 -> ߒߞߏ'])('marks the arrows of %j alone', (chain) => {
    const shown = keepArrows(chain)
    expect(shown.match(/(?:->|→)\u200e/gu)).toEqual(chain.match(/->|→/gu)!.map((arrow) => `${arrow}\u200e`))
    expect(withoutMarks(shown)).toBe(chain)
    expect(markdownText(chain)).toBe(shown)
  })

  test('leaves texts of other scripts as they are', () => {
    for (const text of ['mt5 -> res → a2t', 'Ωμέγα -> Жук -> 中文', 'אלף']) expect(keepArrows(text)).toBe(text)
  })
})
