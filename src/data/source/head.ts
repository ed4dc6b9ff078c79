/** How much of a file is looked at to find out what it is: some rows of a table with long texts as well. */
export const headBytes = 64 * 1024

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
