import { Fault } from '../../base/fault.ts'
import { inTime } from './in-time.ts'
import { shownAddress } from './shown-address.ts'

/** A page of the hub's listing has 1000 files in some 300 kB. */
const mostBytes = 32 * 2 ** 20
/** How much longer than the wait for a next piece all pieces together may take. */
const patienceOfAll = 5

/**
 * Reads the body of an answer, however it is packed, and gives the answer back with it.
 *
 * @throws {Fault} when it is larger than any answer of a hub
 * @throws {Error} when nothing of it arrives for `silenceMs`, or too little for five times as long, and the signal's reason
 */
export async function wholeAnswer(
  response: Response,
  url: URL,
  silenceMs: number,
  signal?: AbortSignal,
): Promise<Response> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  const deadline = performance.now() + patienceOfAll * silenceMs
  try {
    for (;;) {
      const ms = Math.min(silenceMs, deadline - performance.now())
      const piece = reader && (await inTime(reader.read(), ms, 'its answer does not come to an end', signal))
      if (piece?.value === undefined) break
      bytes += piece.value.length
      if (bytes > mostBytes) {
        throw new Fault(
          `Cannot use what "${shownAddress(url)}" answers as it has more than ${mostBytes / 2 ** 20} MiB: is HF_ENDPOINT right?`,
        )
      }
      pieces.push(piece.value)
    }
  } catch (error) {
    void reader?.cancel().catch(() => {})
    throw error
  }
  const headers = new Headers(response.headers)
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name)
  // An answer of these codes has no body by its kind.
  const body = [204, 205, 304].includes(response.status) ? null : Buffer.concat(pieces)
  return new Response(body, { status: response.status, statusText: response.statusText, headers })
}
