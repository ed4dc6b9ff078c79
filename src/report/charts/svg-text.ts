import { keepArrows } from '../words/keep-arrows.ts'

/** Fonts that are there on every system; the last ones have Chinese. */
export const fontFamily = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', 'Noto Sans CJK SC', sans-serif"

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in an element or an attribute; what XML does not have, and what hides or turns a text, is replaced. */
export function escapeXml(text: string): string {
  const shown = text.replace(
    /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u007f-\u009f]|\p{Bidi_Control}/gu,
    '\ufffd',
  )
  return keepArrows(shown).replace(/[&<>"']/gu, (sign) => entities[sign]!)
}

/** A coordinate or length, to a hundredth: the same digits on every machine. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100 + 0)
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}]/u

/** About how wide a text is, rather more than less: the fonts in the list differ. */
export function textWidth(text: string, size: number): number {
  let ems = 0
  for (const character of text) {
    if (wide.test(character)) ems += 1
    else if (/[ijl.,:;'|! ]/u.test(character)) ems += 0.32
    else if (/[mwMW%@→]/u.test(character)) ems += 0.93
    else if (/[A-Z]/u.test(character)) ems += 0.7
    else ems += 0.6
  }
  return ems * size
}

/** Breaks a text into lines that fit, between words where there are any. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/u).flatMap((part) => breakWord(part, size, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer, size) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

function breakWord(word: string, size: number, width: number): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of word) {
    if (part !== '' && textWidth(part + character, size) > width) {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return [...parts, part]
}

/** A text that fits, the middle of a longer one left out: chains differ at their ends. */
export function shortenText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text
  const characters = [...text]
  for (let kept = characters.length - 1; kept > 1; kept--) {
    const head = Math.ceil(kept / 2)
    const short = `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (kept - head)).join('')}`
    if (textWidth(short, size) <= width) return short
  }
  return '…'
}
