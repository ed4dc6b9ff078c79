import { isUtf8 } from 'node:buffer'

/** How many bytes at the end begin a UTF-8 character that goes on in the next chunk. */
export function unfinishedUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? back : 0
    }
  }
  return 0
}

/** The length of the longest valid beginning, found by halving as `isUtf8` is far faster than a loop in JavaScript. */
export function validUtf8Length(bytes: Buffer): number {
  let valid = 0
  let step = bytes.length
  while (step > 0) {
    const part = bytes.subarray(valid, Math.min(bytes.length, valid + step))
    const whole = part.length - unfinishedUtf8(part)
    if (whole > 0 && isUtf8(part.subarray(0, whole))) valid += whole
    else step = step >> 1
  }
  return valid
}

/**
 * Goes through the sequences of bytes above 127.
 *
 * @param visit told where a sequence begins, its length and whether it is a character. What is none is cut as the WHATWG
 *   decoder cuts it, which writes one U+FFFD for each.
 */
export function scanUtf8(bytes: Uint8Array, visit: (at: number, length: number, isValid: boolean) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!
    if (lead < 0x80) {
      at++
      continue
    }
    const wanted = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    let found = 0
    while (found < wanted && continues(lead, found, bytes[at + found + 1])) found++
    visit(at, 1 + found, wanted > 0 && found === wanted)
    at += 1 + found
  }
}

/** Whether a byte may stand at this place behind a lead byte: not in overlong forms, surrogates or beyond U+10FFFF. */
function continues(lead: number, index: number, byte: number | undefined): boolean {
  if (byte === undefined) return false
  const from = index > 0 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const to = index > 0 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return byte >= from && byte <= to
}
