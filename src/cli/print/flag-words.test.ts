import { expect, it } from 'vitest'
import { flagWords } from './flag-words.ts'

it.each([
  ['Read "a" as gbk as it is short: set encoding if this is wrong', 'give --encoding if this is wrong'],
  ['Cannot read it: set another encoding or leave it out', 'give another --encoding or leave it out'],
  ['mend it, or set quote: "" if quotes are ordinary', 'or give --quote "" if quotes are ordinary'],
  ['mend the row or set delimiter or quote', 'mend the row or give --delimiter or --quote'],
  ['set columns to name them, or header: true', 'give --columns to name them, or --header'],
  ['set split (in a study: part) to take one', 'give --split to take one'],
  ['Joined a and b line by line: set format: text to read one alone', 'give --format text to read one alone'],
  ['Cannot use at, quote with "a.csv" as it is read as csv: leave them out', 'Cannot use --at, --quote with "a.csv"'],
  ['Cannot use revision "v1" without a data set: leave revision out', 'Cannot use --revision "v1" without'],
  ['as it is not a zip archive: leave entry out', 'leave --entry out'],
  ['a single file has none: leave split (in a study: part) out', 'leave --split out'],
  ['set at to the one with the rows', 'give --at to the one with the rows'],
])('flagWords(%s) names flags', (sentence, wanted) => {
  expect(flagWords(sentence)).toContain(wanted)
})

it('flagWords() leaves other words alone', () => {
  const sentence = 'Cannot find column "format" in a set of data'
  expect(flagWords(sentence)).toBe(sentence)
})
