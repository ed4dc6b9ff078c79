import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeHub } from '../../test/rig/fake-hub.ts'
import { FakeProxy } from '../../test/rig/fake-proxy.ts'
import { Fault } from '../base/fault.ts'
import { hubFetch } from './fetch.ts'
import { hubProxies } from './http/proxies.ts'

const shownFor = (env: Record<string, string>, url = 'https://huggingface.co/x'): string | undefined =>
  hubProxies(env)(new URL(url))?.shown

describe('hubProxies()', () => {
  test.each<[Record<string, string>, string, string | undefined]>([
    [{}, 'https://huggingface.co', undefined],
    [{ HTTPS_PROXY: 'http://p:3128' }, 'https://huggingface.co', '"http://p:3128" (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'p:3128' }, 'https://huggingface.co', '"http://p:3128" (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'http://p:3128' }, 'http://mirror', undefined],
    // Unlike other programs', https does not fall back on HTTP_PROXY.
    [{ HTTP_PROXY: 'http://p:3128' }, 'https://huggingface.co', undefined],
    [{ HTTP_PROXY: 'http://p:3128' }, 'http://mirror', '"http://p:3128" (HTTP_PROXY)'],
    [
      { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:2' },
      'https://huggingface.co',
      '"http://low:1" (https_proxy)',
    ],
    [{ https_proxy: '', HTTPS_PROXY: 'http://up:2' }, 'https://huggingface.co', undefined],
    [{ ALL_PROXY: 'http://all:1' }, 'https://huggingface.co', '"http://all:1" (ALL_PROXY)'],
    [{ all_proxy: 'http://all:1', HTTPS_PROXY: 'http://p:2' }, 'https://huggingface.co', '"http://p:2" (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: 'https://name:word@p' }, 'https://huggingface.co', '"https://p" (HTTPS_PROXY)'],
  ])('%j for %s is %s', (env, url, shown) => {
    expect(shownFor(env, url)).toBe(shown)
  })

  test.each<[string, string, boolean]>([
    ['*', 'https://huggingface.co', true],
    ['a,*', 'https://huggingface.co', false],
    ['huggingface.co', 'https://huggingface.co', true],
    ['a, .HuggingFace.co', 'https://cdn.huggingface.co', true],
    ['face.co', 'https://huggingface.co', false],
    ['huggingface.co:443', 'https://huggingface.co', false],
    ['mirror:8080', 'https://mirror:8080', true],
    ['mirror:8081', 'https://mirror:8080', false],
    ['10.0.0.0/8', 'https://10.20.30.40', true],
    ['10.0.0.0/8', 'https://11.20.30.40', false],
    ['10.0.0.0/33', 'https://10.20.30.40', false],
    ['192.168.1.4/31', 'https://192.168.1.5', true],
    ['127.0.0.1', 'https://127.0.0.1:9', true],
    ['::1', 'https://[::1]', true],
    ['::1', 'https://[::1]:9', true],
    ['127.0.0.0/8,localhost, ::1', 'https://[::1]:9', true],
    ['[::1]', 'https://[::1]:9', true],
    ['[::1]:9', 'https://[::1]:9', true],
    ['::1:9', 'https://[::1]:9', true],
    ['[::1]:8', 'https://[::1]:9', false],
    ['::1', 'https://[2001:db8::1]', false],
    ['0:0:0:0:0:0:0:1', 'https://[::1]', true],
    ['2001:DB8:0::1', 'https://[2001:db8::1]', true],
    ['[::1', 'https://[::1]', false],
    ['::1/128', 'https://[::1]', false],
    ['fe80::1%eth0', 'https://[fe80::1]', false],
    ['10.0.0.0/8', 'https://[::a00:1]', false],
    ['', 'https://huggingface.co', false],
  ])('NO_PROXY=%s for %s: %s', (list, url, isDirect) => {
    expect(shownFor({ HTTPS_PROXY: 'http://p:1', NO_PROXY: list }, url) === undefined).toBe(isDirect)
  })

  test('says what is wrong with a proxy without its password', () => {
    const message = (value: string): string => {
      try {
        shownFor({ ALL_PROXY: value })
      } catch (error) {
        if (error instanceof Fault) return error.message
        throw error
      }
      throw new Error('The proxy was taken')
    }
    expect(message('socks5h://name:secret@p:1080')).toBe(
      'Cannot use the proxy "socks5h://p:1080" (ALL_PROXY) as SOCKS is not supported: set HTTPS_PROXY to an HTTP proxy',
    )
    expect(message('ftp://name:secret@p')).toMatch(
      /^Cannot use the proxy "ftp:\/\/p" \(ALL_PROXY\) as it is no HTTP proxy/,
    )
    expect(message('http://name:secret@:x')).toMatch(/^Cannot use the proxy of ALL_PROXY as it is no address/)
    for (const value of ['socks5h://name:secret@p:1', 'http://name:secret@:x'])
      expect(message(value)).not.toContain('secret')
  })
})

describe('hubFetch() with a proxy', () => {
  let hub: FakeHub
  let proxy: FakeProxy

  beforeEach(async () => {
    hub = new FakeHub()
    proxy = new FakeProxy()
    await Promise.all([hub.start(), proxy.start()])
    hub.repos.set('models/owner/tiny', { files: { 'a.bin': { content: Buffer.from('bytes'), large: true } } })
  })
  afterEach(async () => void (await Promise.all([hub.stop(), proxy.stop()])))

  const fetchWith = (env: Record<string, string>, endpoint = hub.endpoint) =>
    hubFetch({
      settings: { endpoint, token: 'hf', cacheFolder: '', offline: false, proxies: hubProxies(env) },
      patience: { attempts: 2, firstWaitMs: 1, longestWaitMs: 10, silenceMs: 2000 },
      onNotice: () => {},
    })

  test('asks it for everything, redirects too, and shows it the name and password', async () => {
    const send = fetchWith({ HTTP_PROXY: `http://na%20me:p%40ss@${proxy.address}` })
    const answer = await send(`${hub.endpoint}/owner/tiny/resolve/main/a.bin`)
    expect(await answer.text()).toBe('bytes')
    expect(proxy.seen).toHaveLength(2)
    expect(proxy.seen[0]!.line).toBe(`GET ${hub.endpoint}/owner/tiny/resolve/main/a.bin`)
    const basic = `Basic ${Buffer.from('na me:p@ss').toString('base64')}`
    expect(proxy.seen.map(({ authorization }) => authorization)).toEqual([basic, basic])
    expect(hub.requests.map(({ authorization }) => authorization)).toEqual(['Bearer hf', undefined])
  })

  test('leaves it out for hosts of NO_PROXY, asked anew at a redirect', async () => {
    const { host } = new URL(hub.endpoint)
    const send = fetchWith({ HTTP_PROXY: proxy.address, NO_PROXY: host })
    const answer = await send(`${hub.endpoint}/owner/tiny/resolve/main/a.bin`)
    expect(await answer.text()).toBe('bytes')
    const all = fetchWith({ HTTP_PROXY: proxy.address, NO_PROXY: '127.0.0.1' })
    const before = proxy.seen.length
    expect(await (await all(`${hub.endpoint}/owner/tiny/resolve/main/a.bin`)).text()).toBe('bytes')
    expect(proxy.seen.slice(before)).toEqual([])
  })

  test('opens a tunnel for what is encrypted, and says that it was used', async () => {
    proxy.refuses = 502
    const send = fetchWith({ https_proxy: `http://name:secret@${proxy.address}` }, 'https://hub.invalid')
    const failed = await send('https://hub.invalid/api').then(
      () => 'answered',
      (error: Error) => error.message,
    )
    expect(failed).toBe(
      `Cannot reach the hub at "https://hub.invalid" through the proxy "http://${proxy.address}" (https_proxy) (the proxy ` +
        'answers 502): check the network, check the proxy or set NO_PROXY for this host, set HF_ENDPOINT to a mirror, or ' +
        'HF_HUB_OFFLINE=1 to use the cache only',
    )
    expect(proxy.seen[0]).toEqual({
      line: 'CONNECT hub.invalid:443',
      authorization: `Basic ${Buffer.from('name:secret').toString('base64')}`,
    })
    proxy.refuses = 407
    await expect(send('https://hub.invalid/api')).rejects.toThrow(
      /\(the proxy answers 407\): check the network, write a name and password into the variable/,
    )
  })

  test('names the host that could not be reached, and its proxy', async () => {
    const store = await hub.stopStore()
    const large = `${hub.endpoint}/owner/tiny/resolve/main/a.bin`
    const failed = `Cannot reach the hub's store of large files at "${store}"`
    await expect(fetchWith({})(large)).rejects.toThrow(`${failed} without a proxy (ECONNREFUSED): check the network`)
    const { address } = proxy
    await proxy.stop()
    const mixed = fetchWith({ HTTP_PROXY: address, NO_PROXY: new URL(hub.endpoint).host })
    await expect(mixed(large)).rejects.toThrow(`${failed} through the proxy "http://${address}" (HTTP_PROXY)`)
    await proxy.start()
  })

  test('names a proxy that is not there', async () => {
    const { address } = proxy
    await proxy.stop()
    await expect(fetchWith({ HTTP_PROXY: `http://n:secret@${address}` })(`${hub.endpoint}/api`)).rejects.toThrow(
      `Cannot reach the hub at "${hub.endpoint}" through the proxy "http://${address}" (HTTP_PROXY) (ECONNREFUSED)`,
    )
    await proxy.start()
  })
})
