const encoder = new TextEncoder()
// A byte order mark is text here, not a signature to be swallowed.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** UTF-8 bytes; a lone surrogate becomes U+FFFD. */
export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export function utf8Decode(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** A byte buffer that grows and is used again for each text. */
export class ByteBuffer {
  bytes: Uint8Array = new Uint8Array(4096)
  length = 0

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    if (this.length + extra <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + extra, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  push(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = byte
  }

  /** Appends `source[from, to)`. */
  append(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from)
    const { bytes } = this
    let at = this.length
    for (let i = from; i < to; i++) bytes[at++] = source[i]!
    this.length = at
  }

  appendText(text: string): void {
    this.reserve(text.length * 3)
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written
  }

  endsWith(suffix: Uint8Array): boolean {
    const start = this.length - suffix.length
    if (start < 0) return false
    for (let i = 0; i < suffix.length; i++) if (this.bytes[start + i] !== suffix[i]) return false
    return true
  }

  toString(): string {
    return utf8Decode(this.bytes.subarray(0, this.length))
  }
}

/** Length of the well-formed UTF-8 character at `at`, or 0 when there is none (overlong forms and surrogates included). */
export function utf8CharLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  const trail = (offset: number): number => {
    const byte = at + offset < end ? bytes[at + offset]! : 0
    return (byte & 0xc0) === 0x80 ? byte & 0x3f : -1
  }
  const second = trail(1)
  if (second < 0) return 0
  if ((lead & 0xe0) === 0xc0) return lead >= 0xc2 ? 2 : 0
  const third = trail(2)
  if (third < 0) return 0
  if ((lead & 0xf0) === 0xe0) {
    const code = ((lead & 0x0f) << 12) | (second << 6) | third
    return code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 3 : 0
  }
  const fourth = trail(3)
  if (fourth < 0 || (lead & 0xf8) !== 0xf0) return 0
  const code = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | fourth
  return code >= 0x10000 && code <= 0x10ffff ? 4 : 0
}

/** The text with lone surrogates made U+FFFD. */
export function wellFormed(text: string): string {
  // In every Node from 20 on; TypeScript lists it with ES2024.
  return (text as unknown as { toWellFormed(): string }).toWellFormed()
}
