import { expect, it } from 'vitest'
import { readStudy } from './file/read-study.ts'
import { prefixNotes } from './prefix-notes.ts'

function notesOf(prefix: string, lesson = ''): string[] {
  const text = `study: s
starts: { mt5: { path: ./m } }
tasks:
  a: { prefix: ${JSON.stringify(prefix)}, data: { file: a.csv }, source: s, target: t }
chains: ['mt5 -> a${lesson}', "mt5 -> a(epochs=2) -> a(epochs=3)"]
`
  const checked = readStudy(text, 'study.yaml')
  if ('faults' in checked) throw new Error(checked.faults.map(({ message }) => message).join())
  return prefixNotes(checked.study)
}

it.each(['summarize:', 'summarize', 'task 2', 'a_', 'é'])(
  'prefixNotes() tells once that %j runs into the text',
  (prefix) => {
    expect(notesOf(prefix)).toEqual([
      `The prefix "${prefix}" of "a" runs into the text behind it: write "${prefix} " in quotes if a space is meant`,
    ])
  },
)

it.each(['', 'summarize: ', 'summarize:\n', '<sum>', '翻译', '翻译：', 'q | '])(
  'prefixNotes() says nothing of %j',
  (prefix) => {
    expect(notesOf(prefix)).toEqual([])
  },
)

it("prefixNotes() looks at a lesson's own prefix", () => {
  expect(notesOf('', '(prefix="x:")')).toEqual([expect.stringContaining('The prefix "x:" of "a"')])
})
