import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Fault } from '../../base/fault.ts'
import { isPrivateAddress } from './private-address.ts'
import { shownAddress } from './shown-address.ts'

export interface RedirectRules {
  readonly endpoint: URL
  /** The content of a file was asked for, and not what the hub has. */
  readonly isContent: boolean
  /** The proxy finds the host, so that its addresses are not known here. */
  isProxied(url: URL): boolean
}

/**
 * Where an answer sends its request, if it may go there: within the hub, or, for the content of files, on to a public host
 * by https, as the hub keeps large files elsewhere. An endpoint that the user has chosen may lie in a private network, and
 * its host may have more than one port.
 *
 * @returns nothing for an answer that is no redirect
 * @throws {Fault} naming both addresses when it may not
 */
export async function redirectTarget(
  response: Response,
  from: URL,
  { endpoint, isContent, isProxied }: RedirectRules,
): Promise<URL | undefined> {
  const location = response.headers.get('location')
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return undefined
  await response.body?.cancel()
  if (!URL.canParse(location, from.href)) {
    // A name and password, and what signs it, may stand in what is no address too.
    const shown = location.replace(/^.*@/su, '').replace(/[?#].*$/su, '')
    throw refused(from, shown.slice(0, 200), 'which is no address')
  }
  const target = new URL(location, from)
  await refuseForeign(target, from, { endpoint, isContent, isProxied })
  return target
}

/**
 * Refuses an address that the hub names, if content may neither come from there nor go there, or if it holds a name or password.
 *
 * @throws {Fault} naming both addresses
 */
export async function refuseForeign(
  target: URL,
  from: URL,
  { endpoint, isContent, isProxied }: RedirectRules,
): Promise<void> {
  const shown = shownAddress(target)
  // No fetch takes such an address, and it would tell them to whoever reads the error.
  if (target.username !== '' || target.password !== '') throw refused(from, shown, 'which has a name or password in it')
  if (target.origin === endpoint.origin) return
  if (!isContent) throw refused(from, shown, 'which is another host, and only the hub itself may say what it has')
  const ofUser = target.hostname === endpoint.hostname && target.protocol === endpoint.protocol
  if (ofUser) return
  if (target.protocol !== 'https:') throw refused(from, shown, 'which is not encrypted')
  if (await isPrivateHost(target, isProxied(target)))
    throw refused(from, shown, 'which is no host of the public network')
}

async function isPrivateHost({ hostname }: URL, isProxied: boolean): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/gu, '').replace(/\.$/u, '')
  if (isIP(host) !== 0) return isPrivateAddress(host)
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  if (isProxied) return false
  try {
    return (await lookup(host, { all: true })).some(({ address }) => isPrivateAddress(address))
  } catch {
    // A host that is not found is told of by the request itself.
    return false
  }
}

function refused(from: URL, to: string, why: string): Fault {
  return new Fault(`Cannot follow the hub from "${shownAddress(from)}" to "${to}", ${why}: is HF_ENDPOINT right?`)
}
