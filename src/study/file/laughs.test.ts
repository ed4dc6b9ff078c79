import { expect, test } from 'vitest'
import { readStudy } from './read-study.ts'

test('readStudy() refuses aliases that would grow without end', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`)
  const checked = readStudy(`study: s\na0: &a0 [lol]\n${levels.join('\n')}\n`, 'study.yaml')
  expect('faults' in checked && checked.faults.map(({ message }) => message).join()).toMatch(/alias/)
})
