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
