import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { hostileTexts } from '../../../test/rig/hostile-texts.ts'
import { columnLines } from './column-lines.ts'
import { wrapLine } from './fit/wrap-line.ts'
import { ownErasing, stylesFor, visibleControls, writtenStyles } from './own-styles.ts'

const styles = stylesFor(true)

/** What a terminal obeys: control characters, and marks that turn the direction of a text. */
const obeyed = /[^\P{C}\n\t\p{Co}\p{Cn}]/u

const begin = '\u001b'
const ownStyle = new RegExp(`${begin}\\[(?:1|22|33|39)m`, 'gu')

describe('writtenStyles()', () => {
  test.each(hostileTexts)('leaves nothing in %j that a terminal obeys', (text) => {
    expect(writtenStyles(text)).not.toMatch(obeyed)
    expect(writtenStyles(styles.bold(text)).replace(ownStyle, '')).not.toMatch(obeyed)
  })

  test('shows JSON escapes, so that JSON keeps its value', () => {
    const value = { text: hostileTexts.join('|'), '\u202e': '\\\u009b' }
    expect(JSON.parse(writtenStyles(JSON.stringify(value)))).toEqual(value)
    expect(writtenStyles('a\u001b]8;;x\u0007b')).toBe('a\\u001b]8;;x\\u0007b')
  })

  test("keeps lines, tabs, Chinese, emoji and the program's own colours and erasing", () => {
    const sound = 'a\tb\n中文 👩‍🔬 é\n'
    expect(writtenStyles(sound)).toBe(sound)
    expect(writtenStyles(`${ownErasing}${styles.red('red')}`)).toBe('\r\u001b[2K\u001b[31mred\u001b[39m')
  })

  test("lets data use none of the program's own colours, nor its erasing", () => {
    const data = ['\u001b[31m', '\u001b[0m', '\u001b[39m', '\r\u001b[2K', '\u001b[8m', '\u001b[1;2;3;4;5m']
    for (const text of data) expect(writtenStyles(styles.red(text))).toBe(`\u001b[31m${shown(text)}\u001b[39m`)
  })
})

test('lines and columns are as wide as what is shown, and keep their own styles when they are broken', () => {
  const line = styles.bold(`one \u001b[31mtwo\u001b[39m three ${styles.yellow('four five')}`)
  const wrapped = wrapLine(line, 16).map(writtenStyles)
  for (const one of wrapped) expect(one.replace(ownStyle, '')).not.toMatch(obeyed)
  expect(wrapped.map((one) => one.replace(ownStyle, '')).join(' ')).toBe(
    'one \\u001b[31mtwo\\u001b[39m three four five',
  )
  expect(wrapped.join('|')).toMatch(/33m/u)
  const rows = [['a', 'n'], ...hostileTexts.filter((text) => !/[\n\t]/u.test(text)).map((text) => [text, '1'])]
  const widths = columnLines(rows, 200).map((one) => stringWidth(writtenStyles(one), { countAnsiEscapeCodes: true }))
  expect(new Set(widths).size).toBe(1)
})

test('visibleControls() leaves the marks of styles for the stream', () => {
  expect(visibleControls(styles.red('\u0007'))).toBe(styles.red('\\u0007'))
})

function shown(text: string): string {
  return text.replaceAll('\u001b', '\\u001b').replaceAll('\r', '\\u000d')
}
