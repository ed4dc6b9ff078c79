import type { Dispatcher, ProxyAgent } from 'undici'
import type { HubProxies, HubProxy } from './proxies.ts'

/**
 * Makes a `fetch` that goes through the proxies of the environment; the fetch that Node has where there are none.
 *
 * Each redirect asks anew, as another host may have another proxy or none.
 *
 * @throws {Fault} from the function, when a proxy cannot be used
 */
export function proxyFetch(proxies: HubProxies): typeof fetch {
  let routing: Promise<typeof fetch> | undefined
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (routing === undefined && proxies(url) === undefined) return await fetch(input, init)
    routing ??= routedFetch(proxies)
    return await (await routing)(url, init)
  }
}

/** The library is loaded only where a proxy is used. Its fetch and its agents are of one version, Node's may not be. */
async function routedFetch(proxies: HubProxies): Promise<typeof fetch> {
  const undici = await import('undici')
  const direct = new undici.Agent()
  const agents = new Map<string, ProxyAgent>()
  const agentOf = ({ url }: HubProxy): ProxyAgent => {
    const known = agents.get(url.href)
    if (known !== undefined) return known
    const uri = `${url.protocol}//${url.host}`
    // An address that is not encrypted is asked of the proxy itself, without a tunnel.
    const agent = new undici.ProxyAgent({ uri, proxyTunnel: false, ...credentials(url) })
    agents.set(url.href, agent)
    return agent
  }
  const dispatcher = {
    dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      const proxy = proxies(new URL(String(options.origin)))
      return (proxy === undefined ? direct : agentOf(proxy)).dispatch(options, handler)
    },
  } as Dispatcher
  // The two differ in types only: each has its own declarations of the same standard.
  const routed = undici.fetch as unknown as (url: URL, init?: object) => Promise<Response>
  return async (input, init) =>
    await routed(new URL(input instanceof Request ? input.url : input), { ...init, dispatcher })
}

function credentials({ username, password }: URL): { token?: string } {
  if (username === '' && password === '') return {}
  const text = `${decoded(username)}:${decoded(password)}`
  return { token: `Basic ${Buffer.from(text).toString('base64')}` }
}

/** A percent sign that stands for itself is left alone. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
