const frameMagic = 0xfd2fb528
const mostBlockBytes = 128 * 1024

/**
 * How many bytes a text of zstd unpacks to at most, told by the headers of its blocks: unpackers grow with what they find, and a
 * block of ten bytes may become 128 kB.
 *
 * @throws {Error} when it is cut short or no zstd
 * Source: RFC 8878, sections 3.1.1 and 3.1.2.
 */
export function mostZstdBytes(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let total = 0
  let at = 0
  while (at < input.length) {
    const magic = need(view, at, 4).getUint32(at, true)
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + need(view, at, 8).getUint32(at + 4, true)
      continue
    }
    if (magic !== frameMagic) throw new Error('no zstd frame')
    const descriptor = need(view, at, 5).getUint8(at + 4)
    const isSingle = (descriptor & 0x20) !== 0
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!
    at += 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + sizeBytes
    for (let isLast = false; !isLast; ) {
      const low = need(view, at, 3).getUint16(at, true)
      const header = low | (view.getUint8(at + 2) << 16)
      const kind = (header >> 1) & 3
      const size = header >> 3
      isLast = (header & 1) === 1
      // Kind 1 is one byte, repeated; kind 0 is stored as it is.
      total += kind === 2 ? mostBlockBytes : size
      at += 3 + (kind === 1 ? 1 : size)
    }
    if ((descriptor & 4) !== 0) at += 4
  }
  return total
}

function need(view: DataView, at: number, bytes: number): DataView {
  if (at + bytes > view.byteLength) throw new Error('it is cut short')
  return view
}
