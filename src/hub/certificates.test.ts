import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { certificate } from '../../test/rig/certificate.ts'
import { hubFetch } from './fetch.ts'
import { hubProxies } from './http/proxies.ts'

let server: Server | undefined
afterEach(async () => {
  vi.unstubAllGlobals()
  server?.closeAllConnections()
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
  server = undefined
})

const askingAt = (endpoint: string, env: Record<string, string> = {}) =>
  hubFetch({
    settings: { endpoint, token: undefined, cacheFolder: '', offline: false, proxies: hubProxies(env) },
    patience: { attempts: 5, firstWaitMs: 1, longestWaitMs: 10, silenceMs: 5000 },
    onNotice: () => {},
  })

const day = 86_400_000

test.each([
  [
    'of itself',
    {},
    'is of an authority that is not known here (DEPTH_ZERO_SELF_SIGNED_CERT): set NODE_EXTRA_CA_CERTS to a PEM file',
  ],
  [
    'of an authority that nobody knows',
    { isOfOther: true },
    'is of an authority that is not known here (UNABLE_TO_VERIFY_LEAF_SIGNATURE): set NODE_EXTRA_CA_CERTS to a PEM file',
  ],
  [
    'of yesterday',
    { validFrom: new Date(Date.now() - 3 * day), validTo: new Date(Date.now() - day) },
    "has expired (CERT_HAS_EXPIRED): see whether this machine's clock is right, set HF_ENDPOINT to a mirror",
  ],
  [
    'of tomorrow',
    { validFrom: new Date(Date.now() + day), validTo: new Date(Date.now() + 3 * day) },
    "is not valid yet (CERT_NOT_YET_VALID): see whether this machine's clock is right",
  ],
])('hubFetch() tells a certificate %s, and asks once', async (_, options, words) => {
  let connections = 0
  server = createServer(certificate(options), (_request, response) => response.end())
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const asked = askingAt(endpoint)(`${endpoint}/api/models/owner/tiny`)
  await expect(asked).rejects.toThrow(
    `Cannot reach the hub at "${endpoint}" without a proxy as its certificate ${words}`,
  )
  await expect(asked).rejects.not.toThrow('HTTPS_PROXY')
  expect(connections).toBe(1)
})

test('hubFetch() says that the certificate may be the proxy’s', async () => {
  server = createServer(certificate())
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const proxy = `https://localhost:${(server.address() as AddressInfo).port}`
  const asked = askingAt('https://hub.test', { HTTPS_PROXY: proxy })('https://hub.test/api/x')
  await expect(asked).rejects.toThrow(
    `through the proxy "${proxy}" (HTTPS_PROXY) as its certificate or the proxy's is of an authority that is not known here`,
  )
})

test.each([
  ['ERR_TLS_CERT_ALTNAME_INVALID', /^Cannot .* as its certificate is that of another host \(ERR/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /^Cannot .* as its certificate is of an authority that is not known .* NODE_EXTRA_CA/],
  [
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    /^Cannot .* as its certificate is of an authority that is not .* NODE_EXTRA_CA/,
  ],
  ['CERT_REVOKED', /^Cannot .* as its certificate has been revoked \(CERT_REVOKED\): check/],
  ['INVALID_PURPOSE', /^Cannot .* as its certificate cannot be used \(INVALID_PURPOSE\)/],
  ['ENOTFOUND', /^Cannot .* without a proxy \(ENOTFOUND\): check the network, set HTTPS_PROXY if/],
])('hubFetch() has words for %s', async (code, words) => {
  const cause = Object.assign(new Error('no'), { code })
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed', { cause })))
  await expect(askingAt('https://hub.test')('https://hub.test/api/x')).rejects.toThrow(words)
})
