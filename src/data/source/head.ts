/** How much of a file is looked at to find out what it is: some rows of a table with long texts as well. */
export const headBytes = 64 * 1024

/**
 * The characters of a file's beginning, of which only those of ASCII are sure: UTF-16 is known by its mark or by its zero bytes.
 */
export function headText(head: Buffer): string {
  const zeros = [0, 1].map((parity) => head.filter((byte, i) => i % 2 === parity && byte === 0).length) as [
    number,
    number,
  ]
  const isMarked = (first: number, second: number): boolean => head[0] === first && head[1] === second
  const whole = head.subarray(0, head.length - (head.length % 2))
  if (isMarked(0xff, 0xfe) || zeros[1] > Math.max(zeros[0] * 4, head.length / 8))
    return withoutMark(whole.toString('utf16le'))
  if (isMarked(0xfe, 0xff) || zeros[0] > Math.max(zeros[1] * 4, head.length / 8)) {
    return withoutMark(Buffer.from(whole).swap16().toString('utf16le'))
  }
  return head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}

/** The first {@link headBytes} of a file, or all of a smaller one. */
export async function firstBytes(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of bytes) {
    parts.push(part)
    total += part.length
    if (total >= headBytes) break
  }
  return Buffer.concat(parts).subarray(0, headBytes)
}
