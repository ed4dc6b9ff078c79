import type { PageData } from '../../report/page/page-data.ts'

/** What the first screen shows: plain JSON in the page. */
export function readFirst(): PageData {
  return JSON.parse(textOf('data-first')) as PageData
}

/** Data that was packed into the page, unpacked. */
export async function unpack<T>(id: string): Promise<T> {
  const packed = Uint8Array.from(atob(textOf(`packed-${id}`)), (letter) => letter.charCodeAt(0))
  const { writable, readable } = new DecompressionStream('deflate-raw')
  const writer = writable.getWriter()
  const written = writer.write(packed).then(() => writer.close())
  const text = await readAll(readable)
  await written
  return JSON.parse(text) as T
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  const [reader, decoder] = [stream.getReader(), new TextDecoder()]
  let text = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}

function textOf(id: string): string {
  const text = document.getElementById(id)?.textContent
  if (text === null || text === undefined) throw new Error(`The page has no data called "${id}"`)
  return text
}
