import { expect, test } from 'vitest'
import { readStudy } from './read-study.ts'

test('readStudy() refuses aliases that would grow without end', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`)
  const checked = readStudy(`study: s\na0: &a0 [lol]\n${levels.join('\n')}\n`, 'study.yaml')
  expect('faults' in checked && checked.faults.map(({ message }) => message).join()).toContain(
    'Cannot read YAML: its aliases stand for more than any study has',
  )
})

test('readStudy() says where a second document begins', () => {
  const checked = readStudy('study: s\n---\nstudy: t\n', 'study.yaml')
  expect('faults' in checked && checked.faults[0]).toMatchObject({
    line: 2,
    message: 'Cannot read YAML: a study is one document, and another one begins here',
  })
})
