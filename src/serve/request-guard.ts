import { timingSafeEqual } from 'node:crypto'

/** What opens a server. */
export interface Door {
  /** Asked of every request where other machines can reach the server; absent where only this one can. */
  readonly token: string | undefined
}

/** What of a request decides whether it is answered. */
export interface Caller {
  /** The header, with the port. */
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly token: string | undefined
}

/**
 * Why a request is refused; `undefined` where it is not. Pages of other sites may send requests to this machine, and may have
 * names that lead to it: so neither the name nor the page that asks may be another one.
 */
export function refusalOf({ host, origin, token }: Caller, door: Door): string | undefined {
  if (host === undefined) return 'The request names no host'
  if (door.token !== undefined && !isSame(token, door.token)) return 'The token is missing or wrong'
  if (door.token === undefined && !ownNames.test(host)) return 'The request is for another host'
  // A proxy in front may speak TLS to the browser.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return 'The request comes from another site, or through a proxy that does not pass on the name that was asked for (Host)'
  }
  return undefined
}

/** With any port: a tunnel may begin at another one, and a browser leaves out that of HTTP. */
const ownNames = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/iu

function isSame(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
