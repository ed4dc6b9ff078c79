import { isIPv6 } from 'node:net'
import { Fault } from '../../base/fault.ts'

/** The proxy that stands between this program and an address. */
export interface HubProxy {
  /** With the name and password that the variable holds: for connecting, never for messages. */
  readonly url: URL
  /** Its address without name and password, and the variable that names it, for messages. */
  readonly shown: string
}

/** Which proxy to use for an address; undefined for none. */
export type HubProxies = (url: URL) => HubProxy | undefined

/**
 * Reads HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; of each the spelling in lower case comes first. ALL_PROXY is for
 * what has no variable of its own. NO_PROXY is a list of hosts (their subdomains included), hosts with a port, addresses (of
 * IPv6 with brackets or without), networks of IPv4, or "*".
 *
 * @throws {Fault} from the function, when the variable that counts is no address, or a SOCKS proxy
 * Source: what requests 2.34 does for huggingface_hub (`should_bypass_proxies`, `select_proxy`).
 */
export function hubProxies(env: Readonly<Record<string, string | undefined>>): HubProxies {
  const variable = (name: string): readonly [name: string, value: string] | undefined => {
    const upper = name.toUpperCase()
    // An empty one in lower case takes the other away.
    if (env[name] !== undefined) return env[name] === '' ? undefined : [name, env[name]]
    return env[upper] ? [upper, env[upper]] : undefined
  }
  const exceptions = variable('no_proxy')?.[1] ?? ''
  return (url) => {
    const found = variable(`${url.protocol.slice(0, -1)}_proxy`) ?? variable('all_proxy')
    return found === undefined || isException(url, exceptions) ? undefined : proxyOf(...found)
  }
}

function proxyOf(name: string, value: string): HubProxy {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`
  // The value may hold a password, so that no message repeats it.
  if (!URL.canParse(text)) {
    throw new Fault(`Cannot use the proxy of ${name} as it is no address: expected one such as http://host:3128`)
  }
  const url = new URL(text)
  const shown = `"${url.protocol}//${url.host}" (${name})`
  if (url.protocol.startsWith('socks')) {
    throw new Fault(`Cannot use the proxy ${shown} as SOCKS is not supported: set HTTPS_PROXY to an HTTP proxy`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Fault(`Cannot use the proxy ${shown} as it is no HTTP proxy: expected one such as http://host:3128`)
  }
  return { url, shown }
}

function isException(url: URL, list: string): boolean {
  if (list === '*') return true
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/gu, '')
  // Behind an IPv6 address without brackets a port is written as requests has it, `::1:8080`.
  const own = url.port === '' ? [host] : [host, `${host}:${url.port}`]
  const names = list.toLowerCase().replaceAll(' ', '').split(',')
  return names.some((name) => {
    const bare = plainAddress(name).replace(/^\.+/, '')
    if (bare === '') return false
    const isNamed = own.some((one) => one === bare || one.endsWith(`.${bare}`))
    return isNamed || isInNetwork(host, name)
  })
}

/** An IPv6 address as the hosts of addresses have it: `[::1]:8080` becomes `::1:8080`, and `0:0::1` becomes `::1`. */
function plainAddress(name: string): string {
  const [, address = name, port = ''] = /^\[(.*)\](:\d+)?$/u.exec(name) ?? []
  return isIPv6(address) && !address.includes('%') ? new URL(`http://[${address}]`).hostname.slice(1, -1) + port : name
}

/** Whether an IPv4 address lies in a network such as `10.0.0.0/8`. */
function isInNetwork(host: string, network: string): boolean {
  const [base, bits, more] = network.split('/')
  const size = Number(bits)
  const address = ipv4(host)
  const start = ipv4(base!)
  if (bits === undefined || more !== undefined || address === undefined || start === undefined) return false
  if (!Number.isInteger(size) || size < 1 || size > 32) return false
  return address >>> (32 - size) === start >>> (32 - size)
}

function ipv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return undefined
  return parts.reduce((value, part) => value * 256 + part, 0)
}
