import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A request that reached the proxy: `CONNECT host:port`, or `GET http://host:port/path` for what is not encrypted. */
export interface SeenByProxy {
  readonly line: string
  readonly authorization: string | undefined
}

/** An HTTP proxy on this machine, which sends names of hosts that are not there wherever the test says. */
export class FakeProxy {
  readonly seen: SeenByProxy[] = []
  /** Refuses everybody with this status. */
  refuses: number | undefined
  /** Host with port → port of this machine. */
  readonly hosts = new Map<string, number>()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor() {
    this.#server = createServer((incoming, response) => this.#forward(incoming, response))
    this.#server.on('connect', (incoming, socket: Socket) => this.#tunnel(incoming, socket))
    this.#server.on('connection', (socket: Socket) => this.#sockets.add(socket))
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #note(incoming: IncomingMessage): void {
    const line = `${incoming.method} ${incoming.url}`
    this.seen.push({ line, authorization: incoming.headers['proxy-authorization'] })
  }

  #portOf(host: string): number {
    return this.hosts.get(host) ?? Number(host.split(':')[1])
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    this.#note(incoming)
    if (this.refuses !== undefined) {
      response.writeHead(this.refuses).end()
      return
    }
    const { host, pathname, search } = new URL(incoming.url!)
    const headers = { ...incoming.headers, host }
    const outgoing = request({ host: '127.0.0.1', port: this.#portOf(host), path: pathname + search, headers })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    outgoing.end()
  }

  #tunnel(incoming: IncomingMessage, socket: Socket): void {
    this.#note(incoming)
    if (this.refuses !== undefined) {
      socket.end(`HTTP/1.1 ${this.refuses} No\r\n\r\n`)
      return
    }
    const target = connect(this.#portOf(incoming.url!), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket)
      socket.pipe(target)
    })
    this.#sockets.add(target)
    for (const one of [target, socket]) one.on('error', () => socket.destroy())
  }
}
