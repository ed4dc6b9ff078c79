import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemFault } from '../base/system-fault.ts'
import type { StepKey } from '../study/keys.ts'
import type { LiveAnswer, LivePoints, LiveQuestion } from './live-data.ts'
import type { LiveStudy } from './live-study.ts'
import { type Door, refusalOf } from './request-guard.ts'

/** What a live page is served from. */
export interface LiveSource {
  readonly study: LiveStudy
  /** The page as it is to be sent now. */
  readonly page: () => Promise<string>
  /** One model's answer. @throws {Fault} when it cannot be asked */
  readonly answer: (model: StepKey, text: string, signal: AbortSignal) => Promise<LiveAnswer>
}

export interface Listening {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly token: string | undefined
  readonly signal: AbortSignal
}

/** Milliseconds between two looks at the store; one look serves all viewers. */
const lookEveryMs = 1000
const mostQuestionBytes = 64 << 10
const mostTextLength = 10_000
const mostModels = 12

interface Viewer {
  readonly response: ServerResponse
  /** By lesson, how many bytes of its log have been sent. */
  readonly sent: Map<StepKey, number>
  status: string
}

/**
 * Serves a study's live page until it is told to stop.
 *
 * @param onListening told the port
 * @throws {Fault} if it cannot listen there
 */
export async function serveLive(
  source: LiveSource,
  { host, port, token, signal }: Listening,
  onListening: (port: number) => void,
): Promise<void> {
  const live = new LiveServer(source, signal)
  const server = createServer((request, response) => {
    const door: Door = { port: (server.address() as AddressInfo).port, token }
    live.handle(request, response, door).catch((error: unknown) => live.fail(response, error))
  })
  await listen(server, host, port)
  onListening((server.address() as AddressInfo).port)
  const looking = setInterval(() => void live.look(), lookEveryMs)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  clearInterval(looking)
  live.close()
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(systemFault(`Cannot listen on ${host}, port ${port}`, error)))
    server.listen(port, host, resolve)
  })
}

class LiveServer {
  readonly #source: LiveSource
  readonly #signal: AbortSignal
  readonly #viewers = new Set<Viewer>()
  #isLooking = false
  #isAnswering = false

  constructor(source: LiveSource, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
  }

  async handle(request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const refusal = refusalOf(
      { host: request.headers.host, origin: request.headers.origin, token: url.searchParams.get('token') ?? undefined },
      door,
    )
    if (refusal !== undefined) return send(response, 403, refusal)
    const route = `${request.method} ${url.pathname}`
    if (route === 'GET /') return send(response, 200, await this.#source.page(), 'text/html; charset=utf-8')
    if (route === 'GET /events') return this.#welcome(request, response)
    if (route === 'POST /answers') return await this.#answer(request, response)
    send(response, 404, 'There is nothing here')
  }

  fail(response: ServerResponse, error: unknown): void {
    if (response.headersSent) response.destroy()
    else send(response, 500, error instanceof Error ? error.message : String(error))
  }

  close(): void {
    for (const { response } of this.#viewers) response.end()
  }

  /** Looks at the store and tells every viewer what is new. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#viewers.size === 0) return
    this.#isLooking = true
    try {
      const status = JSON.stringify(await this.#source.study.status())
      const running = this.#source.study.running().map(({ key }) => key)
      for (const viewer of this.#viewers) this.#tell(viewer, status, running)
    } catch {
      // A store that changes while it is looked at is looked at again in a second.
    } finally {
      this.#isLooking = false
    }
  }

  #tell(viewer: Viewer, status: string, running: readonly StepKey[]): void {
    // A viewer that is slow to read gets the rest when it has read.
    if (viewer.response.writableNeedDrain) return
    if (viewer.status !== status) {
      viewer.response.write(`event: status\ndata: ${status}\n\n`)
      viewer.status = status
    }
    for (const key of new Set([...viewer.sent.keys(), ...running])) {
      const from = viewer.sent.get(key) ?? 0
      const { points, next } = this.#source.study.points(key, from)
      viewer.sent.set(key, next)
      if (points.length === 0) continue
      const told: LivePoints = { key, label: this.#source.study.label(key) ?? key, points }
      viewer.response.write(`event: points\nid: ${placesText(viewer.sent)}\ndata: ${JSON.stringify(told)}\n\n`)
    }
  }

  /** A viewer that comes back says how far it has read; no point is lost, also where the server is another one. */
  #welcome(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 1000\n\n')
    const known = String(request.headers['last-event-id'] ?? '')
    const viewer: Viewer = {
      response,
      sent: placesOf(known, (key) => this.#source.study.label(key) !== undefined),
      status: '',
    }
    this.#viewers.add(viewer)
    response.on('close', () => this.#viewers.delete(viewer))
    void this.look()
  }

  /** One question at a time: each takes a model's memory. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = questionOf(await bodyOf(request))
    if (typeof question === 'string') return send(response, 400, question)
    if (this.#isAnswering) return send(response, 503, 'Another question is being answered: ask again in a moment')
    this.#isAnswering = true
    try {
      const answers: LiveAnswer[] = []
      for (const key of question.models) {
        answers.push(await this.#source.answer(key as StepKey, question.text, this.#signal))
      }
      send(response, 200, JSON.stringify(answers), 'application/json')
    } finally {
      this.#isAnswering = false
    }
  }
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  const safety = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }
  response.writeHead(status, { 'content-type': type, ...safety }).end(text)
}

/** @returns `undefined` where it is too long */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostQuestionBytes) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function questionOf(body: string | undefined): LiveQuestion | string {
  if (body === undefined) return 'The question is too long'
  try {
    const { text, models } = JSON.parse(body) as Partial<LiveQuestion>
    if (typeof text !== 'string' || !Array.isArray(models) || !models.every((one) => typeof one === 'string')) {
      return 'A question has a "text" and a list of "models"'
    }
    if (text.length > mostTextLength) return `The text is longer than ${mostTextLength} characters`
    if (models.length > mostModels) return `More than ${mostModels} models are asked at once`
    return { text, models }
  } catch {
    return 'The question is not JSON'
  }
}

/** `key.bytes` of each lesson, joined by `~`: what a viewer sends when it comes back. */
function placesText(sent: ReadonlyMap<StepKey, number>): string {
  return [...sent].map(([key, bytes]) => `${key}.${bytes}`).join('~')
}

function placesOf(text: string, isKnown: (key: StepKey) => boolean): Map<StepKey, number> {
  const places = text.split('~').flatMap((place): [StepKey, number][] => {
    const [, key, bytes] = /^([0-9a-f]{64})\.(\d{1,12})$/u.exec(place) ?? []
    return key !== undefined && isKnown(key as StepKey) ? [[key as StepKey, Number(bytes)]] : []
  })
  return new Map(places)
}
