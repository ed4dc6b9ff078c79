import { describe, expect, test } from 'vitest'
import { hostileTexts } from '../../test/rig/hostile-texts.ts'
import { visibleControls } from './guard-output.ts'

const nothingOwn = { styled: false, erases: false }

describe('visibleControls()', () => {
  test.each(hostileTexts)('leaves nothing in %j that a terminal obeys', (text) => {
    expect(visibleControls(text, nothingOwn)).not.toMatch(/[^\P{C}\n\t\p{Co}\p{Cn}]/u)
  })

  test('shows JSON escapes, so that JSON keeps its value', () => {
    const value = { text: hostileTexts.join('|'), '\u202e': '\\\u009b' }
    expect(JSON.parse(visibleControls(JSON.stringify(value), nothingOwn))).toEqual(value)
    expect(visibleControls('a\u001b]8;;x\u0007b', nothingOwn)).toBe('a\\u001b]8;;x\\u0007b')
  })

  test("keeps lines, tabs, Chinese, emoji and, where asked, the program's own colours and erasing", () => {
    const sound = 'a\tb\n中文 👩‍🔬 é\n'
    expect(visibleControls(sound, nothingOwn)).toBe(sound)
    const own = '\r\u001b[2K\u001b[31mred\u001b[39m'
    expect(visibleControls(own, { styled: true, erases: true })).toBe(own)
    expect(visibleControls(own, nothingOwn)).not.toContain('\u001b')
    expect(visibleControls('\rover\u001b[2A', { styled: true, erases: true })).toBe('\\u000dover\\u001b[2A')
  })
})
