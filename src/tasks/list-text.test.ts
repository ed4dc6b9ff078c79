import { expect, test } from 'vitest'
import { parseListText } from './list-text.ts'

test.each<[string, string[] | undefined]>([
  ['[]', []],
  ['()', []],
  ['set()', []],
  ["['Slow Page', 'Crash']", ['Slow Page', 'Crash']],
  ['["Slow Page", "Refund, late"]', ['Slow Page', 'Refund, late']],
  [`['Refund, late', "it's", 'a "b"', 'it\\'s "b"']`, ['Refund, late', "it's", 'a "b"', 'it\'s "b"']],
  [`["it's \\u00e9", "tab\\t"]`, ["it's é", 'tab\t']],
  ["['caf\\xe9', '\\u706f', 'back\\\\slash', 'x\\ny']", ['café', '灯', 'back\\slash', 'x\ny']],
  ["('a',)", ['a']],
  ["{'a', 'b'}", ['a', 'b']],
  ["['Slow Page' 'Crash'\n 'Refund']", ['Slow Page', 'Crash', 'Refund']],
  ["[u'a', None, nan, 3]", ['a', '3']],
  ['["a", null, 1.5, true]', ['a', '1.5', 'true']],
  ['[Slow Page, Crash]', ['Slow Page', 'Crash']],
  ["['a', ['b']]", undefined],
  ["['a'b]", undefined],
  ["['a", undefined],
  ['Slow Page', undefined],
  ['{"a": 1}', undefined],
])('parseListText() reads %j', (text, items) => {
  expect(parseListText(text)).toEqual(items)
})
