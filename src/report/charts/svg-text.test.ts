import { describe, expect, it } from 'vitest'
import { hostileTexts } from '../../../test/rig/hostile-texts.ts'
import { escapeXml, px, shortenText, textWidth, wrapText } from './svg-text.ts'

describe('escapeXml()', () => {
  it.each(hostileTexts)('shows %j and does nothing else', (text) => {
    expect(escapeXml(text)).not.toMatch(/[<>"']|[^\P{Cc}\n\r\t]|\p{Bidi_Control}/u)
  })

  it('escapes what has a meaning in XML, and replaces what XML does not have', () => {
    expect(escapeXml(`a < b & "c" > 'd'`)).toBe('a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;')
    expect(escapeXml('名字 → 😀\tx')).toBe('名字 → 😀\tx')
    expect(escapeXml('mt5 -> אלף')).toBe('mt5 -&gt;\u200e אלף')
    expect(escapeXml('\u0000\u001b[1m\ud800\uffff')).toBe('\ufffd\ufffd[1m\ufffd\ufffd')
  })
})

describe('px()', () => {
  it('writes hundredths without a minus zero or exponent', () => {
    expect([1 / 3, -0.001, 1e-9, 100, 12.345].map(px)).toEqual(['0.33', '0', '0', '100', '12.35'])
  })
})

describe('wrapText() and shortenText()', () => {
  const long = 'A chain with words and withaverylongwordthatfitsnowhereatall and 名字很长的链名字很长的链'

  it('keeps every line within the width, and every character', () => {
    const lines = wrapText(long, 12, 120)
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(120)
    expect(lines.join('').replaceAll(' ', '')).toBe(long.replaceAll(' ', ''))
  })

  it('shortens in the middle, and only what is too long', () => {
    expect(shortenText('mt5 → res', 12, 200)).toBe('mt5 → res')
    const short = shortenText(long, 12, 200)
    expect(textWidth(short, 12)).toBeLessThanOrEqual(200)
    expect(short).toMatch(/^A chain.*….*的链$/u)
    expect(shortenText(long, 12, 1)).toBe('…')
  })
})
