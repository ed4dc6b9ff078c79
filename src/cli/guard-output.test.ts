import { describe, expect, test } from 'vitest'
import { hostileTexts } from '../../test/rig/hostile-texts.ts'
import { visibleControls } from './guard-output.ts'

const show = visibleControls({ styled: false, erases: false })
const showButOwn = visibleControls({ styled: true, erases: true })

describe('visibleControls()', () => {
  test.each(hostileTexts)('leaves nothing in %j that a terminal obeys', (text) => {
    expect(show(text)).not.toMatch(/[^\P{C}\n\t\p{Co}\p{Cn}]/u)
  })

  test('shows JSON escapes, so that JSON keeps its value', () => {
    const value = { text: hostileTexts.join('|'), '\u202e': '\\\u009b' }
    expect(JSON.parse(show(JSON.stringify(value)))).toEqual(value)
    expect(show('a\u001b]8;;x\u0007b')).toBe('a\\u001b]8;;x\\u0007b')
  })

  test("keeps lines, tabs, Chinese, emoji and, where asked, the program's own colours and erasing", () => {
    const sound = 'a\tb\n中文 👩‍🔬 é\n'
    expect(show(sound)).toBe(sound)
    const own = '\r\u001b[2K\u001b[31mred\u001b[39m'
    expect(showButOwn(own)).toBe(own)
    expect(show(own)).not.toContain('\u001b')
    expect(showButOwn('\rover\u001b[2A')).toBe('\\u000dover\\u001b[2A')
  })

  test('lets no style pass that hides a text, and no erasing of what stands there', () => {
    expect(showButOwn('\u001b[8m\u001b[30m\u001b[47m\u001b[5m')).not.toContain('\u001b')
    expect(showButOwn('told\r\u001b[2Kgone\n\r\u001b[2K')).not.toMatch(/\p{Cc}(?<!\n)/u)
  })
})
