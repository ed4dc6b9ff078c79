import { expect, test } from 'vitest'
import { cardHeader } from './dataset-card.ts'

test('cardHeader() refuses aliases that would grow without end', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`)
  const readme = `---\na0: &a0 [lol]\n${levels.join('\n')}\n---\n`
  expect(() => cardHeader(readme, 'owner/set')).toThrow(
    /^Cannot read the header of README\.md of "owner\/set" as YAML: .*alias/,
  )
})
