import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { isPrivateAddress } from '../../src/hub/http/private-address.ts'
import { hubSnapshot } from '../../src/hub/snapshot.ts'

/** Names that this machine's own network would have to know. */
const networks: Readonly<Record<string, readonly string[]>> = {
  'inside.example': ['10.1.2.3'],
  'both.example': ['8.8.8.8', '169.254.169.254'],
  'mapped.example': ['::ffff:192.168.1.1'],
}
vi.mock('node:dns/promises', () => ({
  lookup: async (host: string) => (networks[host] ?? []).map((address) => ({ address })),
}))

const content = Buffer.from('{"model_type":"t5"}')
const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
const sha = 'a'.repeat(40)
const entry = { type: 'file', path: 'config.json', size: content.length, oid }

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** What each of the hub's routes does; what is left out does as it should. */
interface Behaviour {
  readonly info?: Answer
  readonly tree?: Answer
  readonly file?: Answer
}

const json =
  (value: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end('no')
const redirect = (location: string, code = 302): Answer => status(code, { location })
const good: Required<Behaviour> = {
  info: json({ _id: '1', id: 'o/n', sha, private: false, gated: false, downloads: 0, likes: 0 }),
  tree: json([entry]),
  file: (_, response) => void response.writeHead(200, { 'content-length': content.length }).end(content),
}
/** Writes for ever, as fast as it is read. */
const endless =
  (piece: string): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    }
    response.on('drain', more)
    response.write('[')
    more()
  }
const silent: Answer = () => {}
const stalls =
  (text: string): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write(text)
  }
/** A byte now and then: never silent for long, and never done. */
const trickles: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 50)
  response.on('close', () => clearInterval(timer))
}
const nextPage =
  (path: (url: URL) => string): Answer =>
  (request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    json([entry], { link: `<${new URL(path(url), url).href}>; rel="next"` })(request, response)
  }

let server: Server
let behaviour: Behaviour = {}
let cacheFolder: string
const asked: string[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url ?? ''
    asked.push(url)
    const route = url.includes('/revision/') ? 'info' : url.includes('/tree/') ? 'tree' : 'file'
    const answer = behaviour[route] ?? good[route]
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
afterEach(() => {
  server.closeAllConnections()
  asked.length = 0
  rmSync(cacheFolder, { recursive: true, force: true })
})

const port = (): number => (server.address() as AddressInfo).port

async function fetched(given: Behaviour, silenceMs = 5000): Promise<readonly string[]> {
  behaviour = given
  cacheFolder = mkdtempSync(join(tmpdir(), 'reteach-hub-'))
  const settings = { endpoint: `http://127.0.0.1:${port()}`, token: 'secret', cacheFolder, offline: false }
  const patience = { attempts: 3, firstWaitMs: 1, longestWaitMs: 500, silenceMs }
  const { paths } = await hubSnapshot({ kind: 'model', name: 'o/n' }, (all) => all, { settings, patience })
  return paths
}

/** One more byte each time, and then a break. */
const byteByByte: Answer = (request, response) => {
  const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
  response.writeHead(from === 0 ? 200 : 206, from === 0 ? {} : { 'content-range': `bytes ${from}-${from}/1000000` })
  response.write('x', () => setTimeout(() => response.destroy(), 1))
}

const metadata = '169.254.169.254/latest/meta-data'
const refusals: readonly (readonly [what: string, given: Behaviour, problem: RegExp])[] = [
  ['says nothing', { info: silent }, /no answer|cannot reach/i],
  ['stops within its answer', { info: stalls('{"sha":') }, /Cannot reach/],
  ['stops within its list', { tree: stalls('[') }, /Cannot reach/],
  ['trickles its list', { tree: trickles }, /Cannot reach/],
  [
    'has an endless list',
    { tree: endless(`${JSON.stringify(entry)},`.repeat(100)) },
    /more than 32 MiB|come to an end/,
  ],
  ['has an endless answer', { info: endless(' '.repeat(65_536)) }, /more than 32 MiB|come to an end/],
  ['packs much into little', { tree: packed(200) }, /more than 32 MiB/],
  ['names the same page as the next', { tree: nextPage(({ href }) => href) }, /does not come to an end/],
  [
    'has endless pages',
    { tree: nextPage((url) => `${url.pathname}?cursor=${asked.length}`) },
    /does not come to an end/,
  ],
  ['names a page of another host', { tree: nextPage(() => `http://${metadata}`) }, /Cannot ask "http:\/\/169/],
  ['redirects its answer to a link-local host', { info: redirect(`http://${metadata}`) }, /another host/],
  ['redirects its list to this machine', { tree: redirect('http://localhost:1/') }, /another host/],
  ['redirects its list to a public host', { tree: redirect('https://example.org/') }, /another host/],
  ['redirects a file to a link-local host', { file: redirect(`https://${metadata}`) }, /no host of the public/],
  ['redirects a file to a private host', { file: redirect('https://10.1.2.3/x', 307) }, /no host of the public/],
  [
    'redirects a file to a private host in numbers',
    { file: redirect('https://0x7f.1/x') },
    /Cannot|no host of the public/,
  ],
  ['redirects a file to IPv6', { file: redirect('https://[::ffff:169.254.169.254]/x') }, /no host of the public/],
  ['redirects a file to localhost', { file: redirect('https://localhost/x') }, /no host of the public/],
  ['redirects a file without encryption', { file: redirect('http://example.org/x') }, /not encrypted/],
  ['redirects to a file of this machine', { file: redirect('file:///etc/passwd') }, /not encrypted/],
  ['redirects to no address', { file: redirect('http://') }, /no address/],
  ['redirects in a circle', { file: (q, r) => redirect(q.url ?? '/')(q, r) }, /more than 10 times/],
  ['asks to wait for a day', { info: status(429, { 'retry-after': '86400' }) }, /asks to wait/],
  ['is always busy', { info: status(503) }, /answers 503/],
  ['resets the line', { info: (request) => request.socket.destroy() }, /Cannot reach/],
  ['answers with a list', { info: json([1, 2]) }, /Cannot use what the hub says/],
  ['answers with no JSON', { tree: stallsNot('no') }, /not what a hub answers/],
  ['has a size that is none', { tree: json([{ ...entry, size: '7' }]) }, /the size of a file in it is none/],
  ['has a negative size', { tree: json([{ ...entry, size: -1 }]) }, /the size of a file in it is none/],
  ['has a path that leads out', { tree: json([{ ...entry, path: '../x' }]) }, /leads out of its folder/],
  ['has a checksum that leads out', { tree: json([{ ...entry, oid: '../../x' }]) }, /a commit or checksum/],
  ['sends more than it lists', { file: endless('x'.repeat(1000)) }, /larger than the 19 bytes/],
  ['sends less than it lists', { file: (_, r) => void r.writeHead(200).end('{}') }, /only 2 of 19 bytes/],
  ['sends another content', { file: (_, r) => void r.writeHead(200).end('x'.repeat(19)) }, /checksum is wrong/],
  [
    'redirects a file to a name within a network',
    { file: redirect('https://inside.example/x') },
    /no host of the public/,
  ],
  ['redirects a file to a name of two networks', { file: redirect('https://both.example/x') }, /no host of the public/],
  ['redirects a file to a name in IPv6', { file: redirect('https://mapped.example/x') }, /no host of the public/],
  ['redirects to a text', { file: redirect('data:text/plain,x') }, /not encrypted/],
  ['redirects its answer to another way', { info: redirect('ftp://127.0.0.1/x') }, /another host/],
  ['begins a file at another place', { file: status(206, { 'content-range': 'bytes 7-18/19' }) }, /another place/],
  ['sends a part and does not say which', { file: status(206) }, /another place/],
  ['has no such part', { file: status(416, { 'content-range': 'bytes */0' }) }, /refuses to go on/],
  ['changes a file midway', { file: changesMidway() }, /checksum is wrong/],
  [
    'sends a byte at a time and breaks',
    { tree: json([{ ...entry, size: 1_000_000 }]), file: byteByByte },
    /transfer broke|bytes arrived/,
  ],
  ['packs much into a file', { file: packed(20) }, /larger than the 19 bytes/],
  ['packs a file as nobody does', { file: status(200, { 'content-encoding': 'gzip' }) }, /transfer broke/],
  ['has headers of a megabyte', { info: status(200, { 'x-long': 'y'.repeat(2 ** 20) }) }, /Cannot reach/],
  ['has headers of a megabyte for a file', { file: status(200, { 'x-long': 'y'.repeat(2 ** 20) }) }, /Cannot reach/],
  ['speaks no HTTP', { info: raw('hello\r\n\r\n') }, /Cannot reach/],
  ['sends less than nothing', { info: raw('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n') }, /Cannot reach/],
  [
    'sends two lengths',
    { info: raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab') },
    /Cannot reach/,
  ],
  ['answers with nothing', { info: json(null) }, /Cannot use what the hub says/],
  ['does not say its commit', { info: json({ _id: '1', id: 'o/n' }) }, /Cannot use what the hub says/],
  ['answers with brackets', { info: stallsNot('['.repeat(5_000_000)) }, /not what a hub answers/],
  ['lists brackets', { tree: stallsNot('['.repeat(2_500_000) + ']'.repeat(2_500_000)) }, /not what a hub answers/],
  ['lists what is no file', { tree: json([null, 5, [entry]]) }, /not what a hub answers/],
  ['lists a file within a file', { tree: json([entry, { ...entry, path: 'config.json/x' }]) }, /config\.json/],
  ['lists a path that is none', { tree: json([{ ...entry, path: 5 }]) }, /Cannot use/],
  ['lists a path of 5000 letters', { tree: json([{ ...entry, path: 'x'.repeat(5000) }]) }, /too long|name/],
  [
    'sends a web page',
    { file: (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<p>') },
    /web page/,
  ],
]

/** Half of the content and a break, then the rest of another one: what was asked for has changed on the way. */
function changesMidway(): Answer {
  return (request, response) => {
    const half = 9
    if (request.headers.range === undefined) {
      response.writeHead(200, { 'content-length': content.length, etag: '"a"' })
      response.write(content.subarray(0, half), () => setTimeout(() => response.destroy(), 5))
      return
    }
    const headers = { 'content-range': `bytes ${half}-18/19`, etag: '"b"' }
    response.writeHead(206, headers).end('x'.repeat(content.length - half))
  }
}

/** What no server of HTTP says. */
function raw(text: string): Answer {
  return (request) => void request.socket.end(text)
}

function packed(mebibytes: number): Answer {
  const bytes = gzipSync(Buffer.alloc(mebibytes * 2 ** 20, 32))
  return (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes)
}

function stallsNot(text: string): Answer {
  return (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(text)
}

/** Of these nothing comes, so that they are waited for. */
const waits: ReadonlySet<Behaviour> = new Set(
  refusals.filter(([what]) => /^(?:says nothing|stops|trickles)/.test(what)).map(([, given]) => given),
)

describe('hubSnapshot() of a hub that', () => {
  it.each(refusals)('%s', async (_, given, problem) => {
    const begun = process.cpuUsage()
    const error = await fetched(given, waits.has(given) ? 200 : 5000).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Fault)
    expect((error as Fault).message).toMatch(problem)
    expect((error as Fault).message).not.toContain('secret')
    expect(process.cpuUsage(begun).user).toBeLessThan(20e6)
  })

  it('does as it should is read, also through redirects of its own', async () => {
    expect(await fetched({})).toEqual(['config.json'])
    const moved =
      (to: string): Answer =>
      (q, r) =>
        q.url?.includes('moved') ? good.info(q, r) : redirect(to, 307)(q, r)
    expect(await fetched({ info: moved('/api/models/moved/n/revision/main') })).toEqual(['config.json'])
    const store: Answer = (q, r) => (q.url?.startsWith('/store') ? good.file(q, r) : redirect('/store/x')(q, r))
    expect(await fetched({ file: store })).toEqual(['config.json'])
    expect(await fetched({ tree: packedList() })).toEqual(['config.json'])
  })
})

function packedList(): Answer {
  const bytes = gzipSync(JSON.stringify([entry]))
  return (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes)
}

it('isPrivateAddress() knows the networks that are not public', () => {
  const inside = ['127.0.0.1', '10.0.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '0.0.0.0', '100.64.0.1']
  const inside6 = [
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    'ff02::1',
    '::ffff:7f00:1',
  ]
  const outside = ['8.8.8.8', '172.32.0.1', '1.1.1.1', '2606:4700::1111', '64:ff9b::808:808', '::ffff:8.8.8.8']
  expect([...inside, ...inside6].filter((one) => !isPrivateAddress(one))).toEqual([])
  expect(outside.filter(isPrivateAddress)).toEqual([])
})
