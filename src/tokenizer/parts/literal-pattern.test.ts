import { expect, test } from 'vitest'
import { literalPattern } from './literal-pattern.ts'

test('literalPattern() matches every character of ASCII, and what stands for several, as it is', () => {
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  for (const text of [...characters, '-LRB-', '->', '[a-z]', '\\d', '😀.']) {
    for (const flags of ['', 'u']) {
      const whole = new RegExp(`^(?:${literalPattern(text)})$`, flags)
      expect([...characters, text].filter((other) => whole.test(other)).every((other) => other === text)).toBe(true)
      expect(whole.test(text)).toBe(true)
    }
  }
})
