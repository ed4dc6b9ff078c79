import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/terminal-picture.mjs', import.meta.url))
const draw = (input: string, ...options: string[]): string =>
  execFileSync(process.execPath, [script, '-', ...options], { input, encoding: 'utf8' })

/** `column row text fill` of every text. */
function texts(svg: string): string[] {
  return Array.from(
    svg.matchAll(/<text x="([\d.]+)" y="(\d+)"(?: fill="([^"]+)")?[^>]*>([^<]*)<\/text>/gu),
    ([, x, y, fill, text]) =>
      [Math.round((Number(x) - 18) / 8.43), (Number(y) - 32) / 19, text, ...(fill === undefined ? [] : [fill])].join(
        ' ',
      ),
  )
}

it('draws what a terminal shows: colours, columns, progress lines written anew', () => {
  const svg = draw(
    '\u001b[1ma\u001b[22m    \u001b[32mb c\u001b[39m\nfirst 10 %\rsecond\u001b[K\n名字 x\t|\n',
    '--theme',
    'dark',
  )
  expect(texts(svg)).toEqual(['0 0 a', '5 0 b c #3fb950', '0 1 second', '0 2 名', '2 2 字', '5 2 x', '8 2 |'])
  expect(svg).toContain(' font-weight="700"')
  expect(draw('\u001b[38;5;208mx\u001b[38;2;1;2;3my\u001b[0mz\n').match(/fill="#(?:ff8700|010203)"/gu)).toHaveLength(2)
})

it('escapes text, drops other codes, breaks long lines, and gives the same bytes again', () => {
  const input = '<&>"\u0007\u001b]0;title\u0007\u001b[2J\nabcdefghijklmno\n'
  const svg = draw(input, '--columns', '10', '--command', 'a < b', '--theme', 'light')
  expect(texts(svg)).toEqual([
    '0 0 $ #116329',
    '2 0 a &lt; b',
    '0 1 &lt;&amp;&gt;&quot;',
    '0 2 abcdefghij',
    '0 3 klmno',
  ])
  expect(draw(input, '--columns', '10', '--command', 'a < b', '--theme', 'light')).toBe(svg)
  expect(texts(draw('one two three\nfour\u001b[1mfive six\u001b[22m 名字 end\n', '--columns', '10'))).toEqual([
    '0 0 one two',
    '0 1 three',
    '0 2 four',
    '4 2 five',
    '0 3 six',
    '4 3 名',
    '6 3 字',
    '0 4 end',
  ])
})
