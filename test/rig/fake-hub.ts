import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { FakeUploads } from './fake-uploads.ts'

export interface FakeFile {
  readonly content: Buffer
  /** Kept in large-file storage: it is redirected to another host, and its checksum is a SHA-256. */
  readonly large?: boolean
}

export interface FakeRepo {
  /** Of the branch "main". */
  readonly files: Readonly<Record<string, FakeFile>>
  /** Other branches and tags. */
  readonly branches?: Readonly<Record<string, Readonly<Record<string, FakeFile>>>>
  /** What it says its commit is; default: the true one. */
  readonly sha?: string
  /** Status of every answer about it, such as 401. */
  readonly status?: number
}

/** What the hub's store of large files does wrong. */
export interface Trouble {
  /** How many answers with more than this many bytes break after them. */
  breaks?: { times: number; afterBytes: number }
  /** How many answers stop sending without closing the line. */
  stalls?: { times: number; afterBytes: number }
  /** Contents come in pieces of so many bytes with a wait between them. */
  slow?: { pieceBytes: number; waitMs: number }
  ignoresRanges?: boolean
  /** Contents are packed for the way, whatever was asked for, and ranges are of packed bytes. */
  packs?: boolean
  /** How many answers have a wrong byte. */
  corrupts?: number
  /** How many requests get a status, and with which headers and body; after so many that are answered. */
  refuses?: {
    /** Of which requests. @default all */
    of?: (seen: SeenRequest) => boolean
    after?: number
    times: number
    status: number
    headers?: Record<string, string>
    body?: string
  }
  /** Answers everything with a web page. */
  isPage?: boolean
}

export interface SeenRequest {
  readonly host: 'hub' | 'store'
  readonly method: string
  readonly url: string
  readonly range: string | undefined
  readonly encodings: string | undefined
  readonly authorization: string | undefined
}

/**
 * A server that speaks the hub's routes, and a second one on another port for large files: listing in pages, resolving
 * with redirects, ranges, status codes and the troubles that tests ask for.
 */
export class FakeHub {
  readonly requests: SeenRequest[] = []
  readonly trouble: Trouble = {}
  /** `models/owner/name` or `datasets/owner/name` → repository. */
  readonly repos = new Map<string, FakeRepo>()
  /** What is pushed to it. */
  readonly uploads: FakeUploads
  readonly #hub: Server
  readonly #store: Server

  constructor() {
    this.uploads = new FakeUploads(
      this.repos,
      () => this.storeAddress,
      () => this.endpoint,
    )
    this.#hub = createServer((request, response) => this.#answer('hub', request, response))
    this.#store = createServer((request, response) => this.#answer('store', request, response))
  }

  async start(): Promise<void> {
    for (const server of [this.#hub, this.#store]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    }
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#store]) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  /** Of large files: nobody listens there any more. @returns its address */
  async stopStore(): Promise<string> {
    const address = this.storeAddress
    await new Promise((resolve) => this.#store.close(resolve))
    this.#stoppedStore = address
    return address
  }

  #stoppedStore: string | undefined

  get storeAddress(): string {
    return this.#stoppedStore ?? this.#addressOf(this.#store)
  }

  /** Where clients believe the hub to be, when that is behind a proxy. */
  knownAs: string | undefined

  get endpoint(): string {
    return this.#addressOf(this.#hub)
  }

  #addressOf(server: Server): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** The commit of a branch: 40 digits that depend on the names. */
  commitOf(repo: string, branch = 'main'): string {
    return createHash('sha1').update(`${repo} ${branch}`).digest('hex')
  }

  #answer(host: 'hub' | 'store', request: IncomingMessage, response: ServerResponse): void {
    const { range, authorization } = request.headers
    const encodings = request.headers['accept-encoding']?.toString()
    const seen = { host, method: request.method ?? '', url: request.url ?? '', range, encodings, authorization }
    this.requests.push(seen)
    const { refuses, isPage } = this.trouble
    if (isPage === true) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Please log in</html>')
      return
    }
    const isMeant = refuses !== undefined && (refuses.of?.(seen) ?? true)
    if (isMeant && (refuses.after ?? 0) > 0) refuses.after!--
    else if (isMeant && refuses.times > 0) {
      refuses.times--
      const headers = { 'content-type': 'text/plain', ...refuses.headers }
      response.writeHead(refuses.status, headers).end(refuses.body ?? 'no')
      return
    }
    const url = new URL(request.url ?? '/', 'http://hub')
    if (request.method === 'POST' || request.method === 'PUT') {
      const answer = host === 'store' ? this.uploads.answerStore : this.uploads.answerHub
      void answer.call(this.uploads, url, request, response).catch(() => response.destroy())
    } else if (host === 'store') this.#storeAnswer(url, request, response)
    else this.#hubAnswer(url, request, response)
  }

  #hubAnswer(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(url.pathname).replace(/^\/api\//, '/')
    const isApi = url.pathname.startsWith('/api/')
    const full = isApi ? path.slice(1) : path.startsWith('/datasets/') ? path.slice(1) : `models${path}`
    const name = [...this.repos.keys()].find((repo) => full.startsWith(`${repo}/`))
    const repo = name === undefined ? undefined : this.repos.get(name)
    if (name === undefined || repo === undefined) {
      notFound(response, 'RepoNotFound')
      return
    }
    if (repo.status !== undefined) {
      response.writeHead(repo.status, { 'content-type': 'application/json' }).end('{"error":"no access"}')
      return
    }
    const rest = full.slice(name.length + 1)
    const [, verb, tail] = /^([a-z]+)\/(.*)$/s.exec(rest) ?? []
    const branches = Object.entries({ main: repo.files, ...repo.branches }).map(([branch, files]) => ({
      names: [branch, this.commitOf(name, branch)],
      files,
    }))
    const revision = branches.flatMap(({ names }) => names).find((one) => tail === one || tail?.startsWith(`${one}/`))
    const found = branches.find(({ names }) => names.includes(revision ?? ''))
    if (verb === undefined || revision === undefined || found === undefined) {
      notFound(response, 'RevisionNotFound')
      return
    }
    if (isApi && verb === 'revision') {
      const id = name.slice(name.indexOf('/') + 1)
      json(response, {
        _id: '1',
        id,
        sha: repo.sha ?? found.names[1],
        private: this.uploads.privates.has(name),
        gated: false,
        downloads: 0,
        likes: 0,
      })
    } else if (isApi && verb === 'tree') {
      this.#tree(url, found.files, response)
    } else if (verb === 'resolve') {
      const file = found.files[tail!.slice(revision.length + 1)]
      if (file === undefined) notFound(response, 'EntryNotFound')
      else if (file.large === true) {
        const location = `${this.storeAddress}/${sha256(file.content)}?signature=s`
        response.writeHead(302, { location }).end()
      } else this.#send(file.content, request, response)
    } else notFound(response, 'EntryNotFound')
  }

  /** Two entries a page. */
  #tree(url: URL, files: FakeRepo['files'], response: ServerResponse): void {
    const entries = Object.entries(files).map(([path, { content, large }]) => {
      const gitSha1 = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
      const entry = { type: 'file', path, size: content.length, oid: gitSha1 }
      const lfs = { oid: sha256(content), size: content.length, pointerSize: 130 }
      return large === true ? { ...entry, oid: '0'.repeat(40), lfs } : entry
    })
    const start = Number(url.searchParams.get('cursor') ?? 0)
    if (start + 2 < entries.length) {
      const next = new URL(url.pathname + url.search, this.knownAs ?? this.endpoint)
      next.searchParams.set('cursor', String(start + 2))
      response.setHeader('link', `<${next.href}>; rel="next"`)
    }
    json(response, entries.slice(start, start + 2))
  }

  #storeAnswer(url: URL, request: IncomingMessage, response: ServerResponse): void {
    // Signed addresses must not carry a token as well.
    if (request.headers.authorization !== undefined) {
      response.writeHead(400).end('two kinds of authorization')
      return
    }
    const files = [...this.repos.values()].flatMap(({ files: main, branches = {} }) =>
      [main, ...Object.values(branches)].flatMap((branch) => Object.values(branch)),
    )
    const file = files.find(({ content }) => url.pathname === `/${sha256(content)}`)
    if (file === undefined) notFound(response, 'EntryNotFound')
    else this.#send(file.content, request, response)
  }

  #send(plain: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const { breaks, stalls, slow, packs, corrupts = 0 } = this.trouble
    const content = packs === true ? gzipSync(plain) : plain
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const start = range === null || this.trouble.ignoresRanges === true ? 0 : Number(range[1])
    if (start >= content.length && content.length > 0) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
      return
    }
    const rest = Buffer.from(content.subarray(start))
    const headers: Record<string, string | number> = { 'content-type': 'text/plain', 'content-length': rest.length }
    if (packs === true) headers['content-encoding'] = 'gzip'
    if (start > 0) headers['content-range'] = `bytes ${start}-${content.length - 1}/${content.length}`
    response.writeHead(start > 0 ? 206 : 200, headers)
    if (corrupts > 0) {
      this.trouble.corrupts = corrupts - 1
      rest[0]! ^= 1
    }
    if (breaks !== undefined && breaks.times > 0 && rest.length > breaks.afterBytes) {
      breaks.times--
      response.write(rest.subarray(0, breaks.afterBytes), () => setTimeout(() => response.destroy(), 20))
    } else if (stalls !== undefined && stalls.times > 0) {
      stalls.times--
      response.write(rest.subarray(0, stalls.afterBytes))
    } else if (slow !== undefined) void sendSlowly(rest, slow, response)
    else response.end(rest)
  }
}

async function sendSlowly(
  content: Buffer,
  { pieceBytes, waitMs }: NonNullable<Trouble['slow']>,
  response: ServerResponse,
): Promise<void> {
  for (let at = 0; at < content.length && !response.destroyed; at += pieceBytes) {
    response.write(content.subarray(at, at + pieceBytes))
    await sleep(waitMs)
  }
  response.end()
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function notFound(response: ServerResponse, code: string): void {
  response.writeHead(404, { 'content-type': 'application/json', 'x-error-code': code }).end('{"error":"not found"}')
}
