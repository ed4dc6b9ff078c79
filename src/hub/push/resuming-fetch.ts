import type { KeptUploads, UploadAction } from './kept-uploads.ts'

/** The hub no longer knows an upload that an earlier push has begun. */
export class StaleUpload extends Error {
  override readonly name = 'StaleUpload'
}

export interface ResumingOptions {
  readonly fetcher: typeof fetch
  readonly kept: KeptUploads
  /** Told of a part that is not sent, as it has arrived before. */
  readonly onSkipped: (url: string, bytes: number) => void
}

interface Batch {
  readonly objects?: readonly LargeObject[]
}

interface LargeObject {
  readonly oid: string
  readonly actions?: { readonly upload?: Partial<UploadAction> }
}

/** A part of a file by the file's SHA-256. */
interface Part {
  readonly sha256: string
  /** What the store has said of it, if it has arrived in an earlier push. */
  readonly etag: string | undefined
}

/**
 * A `fetch` for pushes that goes on within a large file: where an upload in parts was begun before, its addresses take the place of
 * those that the hub gives anew, and parts that have arrived are answered for as the store has.
 *
 * @throws {StaleUpload} from the function, when the hub refuses what belongs to an earlier upload, which is forgotten then
 */
export function resumingFetch({ fetcher, kept, onSkipped }: ResumingOptions): typeof fetch {
  const parts = new Map<string, Part>()
  const resumed = new Set<string>()

  const withKept = (object: LargeObject): LargeObject => {
    const { oid, actions } = object
    const offered = actions?.upload
    if (!isInParts(offered)) return object
    const known = kept.find(oid)
    const isSame = known?.action.header.chunk_size === offered.header.chunk_size
    const action = isSame ? known!.action : offered
    if (isSame) resumed.add(oid)
    else kept.begin(oid, offered)
    for (const [number, url] of Object.entries(action.header)) {
      if (/^\d+$/u.test(number)) parts.set(url, { sha256: oid, etag: isSame ? known!.etags.get(url) : undefined })
    }
    return { ...object, actions: { ...actions, upload: action } }
  }

  const checked = (response: Response, sha256: string): Response => {
    const isRefused = response.status >= 400 && response.status < 500
    if (!isRefused || !resumed.has(sha256)) return response
    kept.forget(sha256)
    throw new StaleUpload(`The upload of ${sha256} is over`)
  }

  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (new URL(url).pathname.endsWith('.git/info/lfs/objects/batch')) {
      const response = await fetcher(input, init)
      if (!response.ok) return response
      const batch = (await response.json()) as Batch
      const objects = batch.objects?.map(withKept)
      const { status, headers } = response
      return new Response(JSON.stringify({ ...batch, ...(objects && { objects }) }), { status, headers })
    }
    const part = parts.get(url)
    if (part !== undefined) {
      if (part.etag !== undefined) {
        onSkipped(url, init?.body instanceof Blob ? init.body.size : 0)
        return new Response(null, { headers: { etag: part.etag } })
      }
      const response = checked(await fetcher(input, init), part.sha256)
      const etag = response.headers.get('etag')
      if (response.ok && etag !== null) kept.arrived(part.sha256, url, etag)
      return response
    }
    const completed = completedOf(init)
    if (completed === undefined) return await fetcher(input, init)
    const response = checked(await fetcher(input, init), completed)
    if (response.ok) kept.forget(completed)
    return response
  }
}

function isInParts(action: Partial<UploadAction> | undefined): action is UploadAction {
  return typeof action?.href === 'string' && typeof action.header?.chunk_size === 'string'
}

/** The SHA-256 of the file whose parts are told to be all there. */
function completedOf(init: RequestInit | undefined): string | undefined {
  if (init?.method !== 'POST' || typeof init.body !== 'string' || !init.body.startsWith('{"oid"')) return undefined
  const { oid, parts } = JSON.parse(init.body) as { readonly oid?: unknown; readonly parts?: unknown }
  return typeof oid === 'string' && Array.isArray(parts) ? oid : undefined
}
