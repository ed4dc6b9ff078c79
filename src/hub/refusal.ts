import { askedAt, withoutSecrets } from './http/shown-address.ts'
import type { HubSettings } from './settings.ts'

/** An answer that refuses what was asked for. */
export interface Refusal {
  readonly status: number
  readonly reason: RefusalReason | undefined
  /** Part of a sentence: who answers what, and what is said of it, in one line. */
  readonly words: string
  /** The hub's store of large files refuses, which is shown no token: a signed address is all that it goes by. */
  readonly isOfStore: boolean
}

/** As the hub names them. */
const named = ['GatedRepo', 'DisabledRepo', 'RepoNotFound', 'RevisionNotFound', 'EntryNotFound'] as const

/** `WrongToken` has no name of its own on the hub. */
export type RefusalReason = (typeof named)[number] | 'WrongToken'

/** Reads who refuses, and why, from an answer. Source: `hf_raise_for_status` of huggingface_hub 2.4. */
export async function readRefusal(response: Response, { endpoint }: HubSettings): Promise<Refusal> {
  const { status, headers } = response
  const hub = new URL(endpoint)
  // What was read as a whole has no address: it is of the hub.
  const from = response.url === '' ? hub : new URL(response.url)
  const said = oneLine(headers.get('x-error-message') ?? (await saidInBody(response)))
  const reason = reasonOf(status, headers.get('x-error-code') ?? '', said)
  // A mirror may send on to the hub itself, which names its reasons as no store does.
  const isOfStore = from.origin !== hub.origin && reason === undefined
  // Of a repository that there is none of, the hub says to everybody without a token that a password is wrong.
  const isTold = said !== '' && reason !== 'RepoNotFound'
  const who = isOfStore ? `${askedAt(from, hub)} at "${from.origin}"` : 'the hub'
  return {
    status,
    reason,
    words: `${who} answers ${status}${isTold ? ` ("${said}")` : ''}`,
    isOfStore,
  }
}

/**
 * A `fetch` whose refusals are faults: the errors that a library makes of them hold neither who has refused nor what the hub calls
 * its reason.
 */
export function refusing(
  fetcher: typeof fetch,
  settings: HubSettings,
  faultOf: (refusal: Refusal) => Error,
): typeof fetch {
  return async (input, init) => {
    const response = await fetcher(input, init)
    if (response.ok) return response
    throw faultOf(await readRefusal(response, settings))
  }
}

function reasonOf(status: number, code: string, said: string): RefusalReason | undefined {
  if (said === 'Access to this resource is disabled') return 'DisabledRepo'
  const reason = named.find((name) => name === code)
  if (reason !== undefined) return reason
  return status === 401 && said.startsWith('Invalid credentials') ? 'WrongToken' : undefined
}

/** More is no sentence. */
const longestSaid = 200

function oneLine(text: string): string {
  const line = withoutSecrets(text)
    .replace(/\s+/gu, ' ')
    .replace(/^ | ?\.? ?$/gu, '')
  return line.length > longestSaid ? `${line.slice(0, longestSaid).replace(/[\ud800-\udbff]$/, '')}…` : line
}

/** What the hub has in `error`, and a store in its XML; a page says nothing. */
async function saidInBody(response: Response): Promise<string> {
  const type = response.headers.get('content-type') ?? ''
  const text = await beginningOf(response)
  if (type.includes('json')) return errorIn(text)
  if (type.includes('xml')) return /<Message>([^<]*)<\/Message>/u.exec(text)?.[1] ?? ''
  return type.includes('text/plain') ? text : ''
}

function errorIn(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { readonly error?: unknown; readonly message?: unknown }
    return [error, message].find((one) => typeof one === 'string') ?? ''
  } catch {
    return ''
  }
}

const mostBytes = 2 ** 16
const longestMs = 5000

/** What comes of a body in a short time: a sentence is made without it too. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const stop = (): void => void reader?.cancel().catch(() => {})
  const timer = setTimeout(stop, longestMs)
  const pieces: Uint8Array[] = []
  try {
    for (let bytes = 0; bytes < mostBytes; ) {
      const piece = await reader?.read()
      if (piece?.value === undefined) break
      pieces.push(piece.value)
      bytes += piece.value.length
    }
  } catch {
    // It broke off, or the caller wants nothing more.
  } finally {
    clearTimeout(timer)
    stop()
  }
  return Buffer.concat(pieces).subarray(0, mostBytes).toString()
}
