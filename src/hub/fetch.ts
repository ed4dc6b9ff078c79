import { Fault } from '../base/fault.ts'
import type { NoticeListener } from '../base/notice.ts'
import { outOfFiles } from '../base/system-fault.ts'
import { pause } from './http/pause.ts'
import type { HubProxy } from './http/proxies.ts'
import { proxyFetch } from './http/proxy-fetch.ts'
import { redirectTarget, refuseForeign } from './http/redirect.ts'
import { askedAt, shownAddress, withoutSecrets } from './http/shown-address.ts'
import { WatchedBlob } from './http/watched-blob.ts'
import { wholeAnswer } from './http/whole-answer.ts'
import { HubRefused } from './repo.ts'
import { type HubSettings, refuseBrokenToken } from './settings.ts'

/** How patiently the hub is asked; tests make it less so. */
export interface HubPatience {
  /** How often something is tried before giving up. */
  readonly attempts: number
  /** Wait before the second attempt; doubled each time. */
  readonly firstWaitMs: number
  /** The longest wait that a `Retry-After` may ask for. */
  readonly longestWaitMs: number
  /** An answer, or the next piece of it, must come within this time. */
  readonly silenceMs: number
}

export const usualPatience: HubPatience = {
  attempts: 6,
  firstWaitMs: 1000,
  longestWaitMs: 5 * 60_000,
  silenceMs: 60_000,
}

/** How often one request may be sent elsewhere. */
const mostRedirects = 10

/** Of git's protocol for large files: what it answers says where they go. */
const largeFilesRoute = '.git/info/lfs/objects/batch'

/** A hub that cannot even be connected to is not asked as often as one that stumbles. */
const connectAttempts = 3

export interface HubFetchOptions {
  readonly settings: HubSettings
  readonly patience: HubPatience
  readonly onNotice: NoticeListener
  /** Ends every request, also one that waits for its next attempt. */
  readonly signal?: AbortSignal | undefined
  /** What is wanted may be in the cache, which is said where the hub cannot be reached. @default true */
  readonly hasCache?: boolean
  /** Told how many bytes of a body have been sent; from 0 again when they are sent again. */
  readonly onSent?: (url: string, bytes: number) => void
}

/**
 * Makes a `fetch` for the hub: it sends the token to the hub itself only (redirects to other hosts lose it), follows
 * redirects to where they may lead, waits as `Retry-After` says when the hub is asked too often, tries again when it
 * stumbles, and refuses web pages where data should be. What the hub says of a repository comes whole and is of bounded
 * size; the content of files is left to who reads it.
 *
 * @throws {Fault} when the token is none; from the function, when the hub cannot be reached, keeps failing, or answers with a web page
 */
export function hubFetch(options: HubFetchOptions): typeof fetch {
  const { settings, patience, onNotice, signal: ofAll, onSent, hasCache = true } = options
  refuseBrokenToken(settings)
  const endpoint = new URL(settings.endpoint)
  const proxies = settings.proxies ?? (() => undefined)
  const send = proxyFetch(proxies)
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const isContent = !url.href.startsWith(`${settings.endpoint}/api/`) && !url.pathname.endsWith(largeFilesRoute)
    const rules = { endpoint, isContent, isProxied: (target: URL) => proxies(target) !== undefined }
    let at = url
    const follow = async (request: RequestInit): Promise<Response> => {
      at = url
      for (let hops = 0; hops <= mostRedirects; hops++) {
        const headers = new Headers(request.headers)
        if (settings.token !== undefined && at.origin === endpoint.origin) {
          headers.set('authorization', `Bearer ${settings.token}`)
        }
        const response = await send(at, { ...request, headers, redirect: 'manual' })
        const target = await redirectTarget(response, at, rules)
        if (target === undefined) return response
        at = target
      }
      throw new Fault(`Cannot fetch "${shownAddress(url)}" as the hub sends it on more than ${mostRedirects} times`)
    }
    // Where content is to go to, and the next page of a list, a hub says, as it says where content comes from.
    await refuseForeign(url, endpoint, rules)
    const signal = AbortSignal.any([ofAll, init?.signal].filter((one) => one != null))
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      const isLast = attempt >= patience.attempts
      let wait = patience.firstWaitMs * 2 ** (attempt - 1)
      try {
        const response = await answerInTime(follow, { ...init, signal }, patience.silenceMs, (bytes) =>
          onSent?.(url.href, bytes),
        )
        if (response.status !== 429 && response.status < 500) {
          const answer = checkedAnswer(response, url, at)
          return isContent ? answer : await wholeAnswer(answer, url, patience.silenceMs, signal)
        }
        const who = askedAt(at, endpoint)
        if (isLast)
          throw new HubRefused(
            `Cannot reach "${shownAddress(at)}": ${who} answers ${describeStatus(response)}: try later`,
          )
        wait = retryAfterMs(response) ?? wait
        await response.body?.cancel()
        if (wait > patience.longestWaitMs) {
          throw new HubRefused(
            `Cannot reach "${shownAddress(at)}" as ${who} asks to wait ${Math.ceil(wait / 1000)} seconds: try later` +
              (settings.token === undefined && at.origin === endpoint.origin
                ? ', or set HF_TOKEN to be allowed more'
                : ''),
          )
        }
        if (response.status === 429)
          onNotice(`T${who.slice(1)} is asked too often and wants ${Math.ceil(wait / 1000)} s of rest`)
      } catch (error) {
        const { cause } = error as Error
        if (error instanceof Fault || cause instanceof Fault) throw error instanceof Fault ? error : cause
        signal.throwIfAborted()
        const stays = attempt >= connectAttempts || certificateWords(reasonOf(error as Error)) !== undefined
        if (isLast || stays) throw unreachable(at, endpoint, proxies(at), error, hasCache)
      }
      await pause(wait, signal)
    }
  }
}

/**
 * Fetches with a limit on the time in which nothing more of the request goes out and no answer begins; the body of the answer is
 * watched by who reads it.
 */
async function answerInTime(
  send: (request: RequestInit) => Promise<Response>,
  init: RequestInit,
  silenceMs: number,
  onSent: (bytes: number) => void,
): Promise<Response> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error(`no answer in ${silenceMs / 1000} s`)), silenceMs)
  const watch = (bytes: number): void => {
    timer.refresh()
    onSent(bytes)
  }
  const body = init.body instanceof Blob ? new WatchedBlob(init.body, watch) : init.body
  // The body goes on being tied to it, so that an abort by the caller ends it as well.
  const signal = init.signal ? AbortSignal.any([controller.signal, init.signal]) : controller.signal
  try {
    return await send({ ...init, ...(body !== undefined && { body }), signal })
  } finally {
    clearTimeout(timer)
  }
}

/** What goes wrong below HTTP: no such host, nobody listens, the line is cut, nobody answers, a certificate is not believed. */
function unreachable(
  at: URL,
  endpoint: URL,
  proxy: HubProxy | undefined,
  error: unknown,
  hasCache: boolean,
): HubUnreachable {
  const reason = reasonOf(error as Error)
  const way = proxy === undefined ? 'without a proxy' : `through the proxy ${proxy.shown}`
  const isHub = at.origin === endpoint.origin
  const attempt = `Cannot reach ${askedAt(at, endpoint)} at "${at.origin}" ${way}`
  const files = outOfFiles(error)
  if (files !== undefined) return new HubUnreachable(`${attempt} as ${files}`, undefined, { cause: error })
  const untrusted = certificateWords(reason)
  const whose = proxy?.url.protocol === 'https:' ? "its certificate or the proxy's" : 'its certificate'
  const sentence =
    untrusted === undefined
      ? `${attempt} (${reason}): check the network, ${proxyHelp(proxy, reason)}, ${isHub ? hubHelp(hasCache) : storeHelp}`
      : `${attempt} as ${whose} ${untrusted.is} (${reason}): ${untrusted.help}${isHub ? `, ${hubHelp(hasCache)}` : ''}`
  return new HubUnreachable(sentence, undefined, { cause: error })
}

/** What is wrong with a certificate, and what to do, by the code that Node has for it. */
function certificateWords(code: string): { readonly is: string; readonly help: string } | undefined {
  if (/SELF_SIGNED|ISSUER_CERT|LEAF_SIGNATURE|^CERT_UNTRUSTED$/.test(code)) {
    return {
      is: 'is of an authority that is not known here',
      help: "set NODE_EXTRA_CA_CERTS to a PEM file with that authority's certificate, if you trust it",
    }
  }
  const help = 'check the network'
  const clock = "see whether this machine's clock is right"
  if (code === 'CERT_HAS_EXPIRED') return { is: 'has expired', help: clock }
  if (code === 'CERT_NOT_YET_VALID') return { is: 'is not valid yet', help: clock }
  if (code === 'CERT_REVOKED') return { is: 'has been revoked', help }
  if (/ALTNAME_INVALID|HOSTNAME_MISMATCH/.test(code)) {
    return { is: 'is that of another host', help: 'see whether a login page of your network stands in between' }
  }
  return /CERT|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/.test(code) ? { is: 'cannot be used', help } : undefined
}

function hubHelp(hasCache: boolean): string {
  return hasCache
    ? 'set HF_ENDPOINT to a mirror, or HF_HUB_OFFLINE=1 to use the cache only'
    : 'or set HF_ENDPOINT if another hub is meant'
}

/** The hub itself has answered: a network may let through that host alone. */
const storeHelp = 'or have your network let this host through too'

/** The deepest cause says it: a code of the system, or what a proxy answered. */
function reasonOf(error: Error): string {
  const { cause, message } = error
  if (cause instanceof Error) return reasonOf(cause)
  const status = /Proxy response \((\d+)\)|Proxy Authentication Required \((407)\)/.exec(message)
  if (status !== null) return `the proxy answers ${status[1] ?? status[2]}`
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : withoutSecrets(message)
}

function proxyHelp(proxy: HubProxy | undefined, reason: string): string {
  if (proxy === undefined) return 'set HTTPS_PROXY if your network needs a proxy'
  return reason.endsWith(' 407')
    ? 'write a name and password into the variable (http://name:password@host:port)'
    : 'check the proxy or set NO_PROXY for this host'
}

/** The hub did not answer at all, so that what is in the cache may do. */
export class HubUnreachable extends Fault {}

function checkedAnswer(response: Response, url: URL, at: URL): Response {
  const isPage = response.headers.get('content-type')?.includes('text/html') === true
  if (response.ok && isPage && !/\.html?$/.test(url.pathname)) {
    void response.body?.cancel()
    throw new Fault(
      `Cannot use what "${shownAddress(at)}" answers as it is a web page and not data: is HF_ENDPOINT right, or does a login ` +
        'page of your network stand in between?',
    )
  }
  return response
}

function describeStatus({ status, statusText }: Response): string {
  return statusText === '' ? String(status) : `${status} (${statusText})`
}

/** `Retry-After` in seconds or as a date. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
