import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { FakeFile, FakeRepo } from './fake-hub.ts'

/** What the hub's store of large files takes, and what goes wrong with it. */
export interface UploadRules {
  /** The token that may write. */
  token: string
  /** A file that is larger goes to the store of large files. */
  largeFrom: number
  /** A large file that is larger is sent in parts of so many bytes. */
  partBytes: number
  /** How many uploads to the store break off. */
  breaks: number
  /** How many commits the hub refuses with 503. */
  busyCommits: number
  /** A part that the store is too busy for, by its number. */
  busyPart?: number
  /** Where large files are to go, if not to the store. */
  store?: string
}

/**
 * The hub's routes for writing: a repository is made, asked how each file is to come, the store of large files is told what is
 * coming and gives signed addresses, and a commit names all files.
 */
export class FakeUploads {
  readonly rules: UploadRules = { token: 'hf_write', largeFrom: 1000, partBytes: 5000, breaks: 0, busyCommits: 0 }
  /** By SHA-256. */
  readonly stored = new Map<string, Buffer>()
  readonly privates = new Set<string>()
  /** Summary of each commit. */
  readonly commits: string[] = []
  readonly #parts = new Map<string, Buffer>()
  /** Uploads in parts that are known: every one that the hub is told of is another. */
  readonly #known = new Set<string>()
  #begun = 0
  readonly #repos: Map<string, FakeRepo>
  readonly #storeAddress: () => string
  readonly #hubAddress: () => string

  constructor(repos: Map<string, FakeRepo>, storeAddress: () => string, hubAddress: () => string) {
    this.#repos = repos
    this.#storeAddress = storeAddress
    this.#hubAddress = hubAddress
  }

  async answerHub(url: URL, request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const body = (await buffer(request)).toString()
    if (url.pathname === '/complete') {
      return this.#complete(url.searchParams.get('uploadId')!, JSON.parse(body) as CompleteRequest, response)
    }
    if (request.headers.authorization !== `Bearer ${this.rules.token}`) {
      return reply(response, 401, { error: 'Invalid username or password.' })
    }
    if (url.pathname === '/api/repos/create') return this.#create(JSON.parse(body) as CreateRequest, response)
    if (url.pathname === '/api/validate-yaml') return reply(response, 200, { warnings: [], errors: [] })
    const [, name, route] =
      /^\/(?:api\/models\/)?([\w.-]+\/[\w.-]+?)(\/preupload\/main|\/commit\/main|\.git\/info\/lfs\/objects\/batch)$/u.exec(
        url.pathname,
      ) ?? []
    const repo = this.#repos.get(`models/${name}`)
    if (name === undefined || repo === undefined) return reply(response, 404, { error: 'Repository not found' })
    if (route === '/preupload/main') return this.#preupload(JSON.parse(body) as PreuploadRequest, response)
    if (route === '/commit/main') return this.#commit(`models/${name}`, repo, body, response)
    return this.#batch(JSON.parse(body) as BatchRequest, response)
  }

  /** A signed address of the store: it takes no token, and wants to know how much is coming. */
  async answerStore(url: URL, request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    if (request.headers.authorization !== undefined)
      return reply(response, 400, { error: 'two kinds of authorization' })
    if (request.headers['content-length'] === undefined) return reply(response, 411, { error: 'no content-length' })
    if (this.rules.breaks > 0) {
      this.rules.breaks--
      request.once('data', () => request.socket.destroy())
      return response
    }
    const content = await buffer(request)
    const upload = url.searchParams.get('uploadId')
    if (upload !== null && !this.#known.has(upload)) return reply(response, 404, { error: 'NoSuchUpload' })
    if (upload !== null && url.pathname.endsWith(`/${this.rules.busyPart}`)) return reply(response, 503, {})
    const [, oid, part] = /^\/upload\/([0-9a-f]{64})(?:\/(\d+))?$/u.exec(url.pathname) ?? []
    if (oid === undefined) return reply(response, 404, {})
    const etag = createHash('md5').update(content).digest('hex')
    if (part !== undefined) this.#parts.set(`${upload}/${part}/${etag}`, content)
    else if (sha256(content) === oid) this.stored.set(oid, content)
    else return reply(response, 400, { error: 'wrong checksum' })
    return response.writeHead(200, { etag }).end()
  }

  #create(
    { name, organization, private: isPrivate, visibility }: CreateRequest,
    response: ServerResponse,
  ): ServerResponse {
    const id = `${organization}/${name}`
    const known = { url: `${this.#hubAddress()}/${id}`, name: id, id: '1' }
    if (this.#repos.has(`models/${id}`)) {
      return reply(response, 409, { error: 'You already created this model repo', ...known })
    }
    if (isPrivate === true || visibility === 'private') this.privates.add(`models/${id}`)
    this.#repos.set(`models/${id}`, {
      files: { '.gitattributes': { content: Buffer.from('*.safetensors filter=lfs\n') } },
    })
    return reply(response, 200, known)
  }

  #preupload({ files }: PreuploadRequest, response: ServerResponse): ServerResponse {
    const modes = files.map(({ path, size, sample }) => {
      if (typeof sample !== 'string') throw new Error(`no sample of ${path}`)
      return { path, uploadMode: size > this.rules.largeFrom ? 'lfs' : 'regular', shouldIgnore: false, oid: null }
    })
    return reply(response, 200, { files: modes })
  }

  #batch({ objects, operation }: BatchRequest, response: ServerResponse): ServerResponse {
    if (operation !== 'upload') return reply(response, 400, { error: 'no upload' })
    const address = this.rules.store ?? this.#storeAddress()
    const answers = objects.map(({ oid, size }) => {
      if (this.stored.has(oid)) return { oid, size }
      if (size <= this.rules.partBytes) return { oid, size, actions: { upload: { href: `${address}/upload/${oid}` } } }
      const count = Math.ceil(size / this.rules.partBytes)
      const upload = String(++this.#begun)
      this.#known.add(upload)
      const parts = Array.from({ length: count }, (_, index) => [
        String(index + 1).padStart(5, '0'),
        `${address}/upload/${oid}/${index + 1}?uploadId=${upload}`,
      ])
      const header = { chunk_size: String(this.rules.partBytes), ...Object.fromEntries(parts) }
      // As the hub has it: asked at the hub itself, by an address that is signed for this file.
      return { oid, size, actions: { upload: { href: `${this.#hubAddress()}/complete?uploadId=${upload}`, header } } }
    })
    return reply(response, 200, { transfer: 'multipart', objects: answers })
  }

  /** What has been begun and not completed is no longer known, as after some days. */
  forgetUploads(): void {
    this.#known.clear()
  }

  #complete(upload: string, { oid, parts }: CompleteRequest, response: ServerResponse): ServerResponse {
    if (!this.#known.delete(upload)) return reply(response, 404, { error: 'NoSuchUpload' })
    const pieces = parts.map(({ partNumber, etag }) => this.#parts.get(`${upload}/${partNumber}/${etag}`))
    const content = Buffer.concat(pieces.filter((piece) => piece !== undefined))
    if (pieces.includes(undefined) || sha256(content) !== oid) return reply(response, 400, { error: 'wrong parts' })
    this.stored.set(oid, content)
    return reply(response, 200, {})
  }

  #commit(name: string, repo: FakeRepo, body: string, response: ServerResponse): ServerResponse {
    if (this.rules.busyCommits > 0) {
      this.rules.busyCommits--
      return reply(response, 503, {})
    }
    const lines = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as CommitLine)
    const files: Record<string, FakeFile> = { ...repo.files }
    for (const line of lines) {
      if (line.key === 'header') this.commits.push(line.value.summary)
      else if (line.key === 'file') files[line.value.path] = { content: Buffer.from(line.value.content, 'base64') }
      else {
        const content = this.stored.get(line.value.oid)
        if (content?.length !== line.value.size)
          return reply(response, 400, { error: `no large file ${line.value.path}` })
        files[line.value.path] = { content, large: true }
      }
    }
    this.#repos.set(name, { ...repo, files })
    const commitOid = createHash('sha1').update(body).digest('hex')
    const commitUrl = `${this.#hubAddress()}/${name.replace('models/', '')}/commit/${commitOid}`
    return reply(response, 200, { success: true, commitOid, commitUrl, hookOutput: '' })
  }
}

interface CreateRequest {
  readonly name: string
  readonly organization: string
  readonly private?: boolean
  readonly visibility?: string
}

interface PreuploadRequest {
  readonly files: readonly { readonly path: string; readonly size: number; readonly sample?: unknown }[]
}

interface BatchRequest {
  readonly operation: string
  readonly objects: readonly { readonly oid: string; readonly size: number }[]
}

interface CompleteRequest {
  readonly oid: string
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[]
}

type CommitLine =
  | { readonly key: 'header'; readonly value: { readonly summary: string } }
  | { readonly key: 'file'; readonly value: { readonly path: string; readonly content: string } }
  | { readonly key: 'lfsFile'; readonly value: { readonly path: string; readonly oid: string; readonly size: number } }

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function reply(response: ServerResponse, status: number, value: unknown): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
