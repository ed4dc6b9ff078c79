import type { AddressInfo } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { systemFault } from '../base/system-fault.ts'
import type { StepKey } from '../study/keys.ts'
import type { LiveAnswer, LiveQuestion } from './live-data.ts'
import type { LiveStudy } from './live-study.ts'
import { refusalOf } from './request-guard.ts'
import { Viewer } from './viewer.ts'

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
/** Milliseconds between two signs of life. */
const beatEveryMs = 4000
const mostQuestionBytes = 64 << 10
const mostTextLength = 10_000
const mostModels = 12
const mostViewers = 100
/** Who takes longer to send a request is cut off. */
const requestMs = 30_000
const slowRequestsEveryMs = 5000
/** A viewer that comes back says of every lesson at work how far it has read. */
const mostHeaderBytes = 64 << 10

const safety = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }

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
  const server = fastify({
    bodyLimit: mostQuestionBytes,
    forceCloseConnections: true,
    requestTimeout: requestMs,
    http: { maxHeaderSize: mostHeaderBytes, connectionsCheckingInterval: slowRequestsEveryMs },
    frameworkErrors: ({ statusCode = 400 }, _, reply: FastifyReply) =>
      void reply.headers(safety).code(statusCode).send('The address is none'),
  })
  const ownPort = (): number => (server.server.address() as AddressInfo).port
  server.addHook('onRequest', async ({ headers: { host: asked, origin }, query }, reply) => {
    reply.headers(safety)
    const given = (query as { token?: unknown }).token
    const caller = { host: asked, origin, token: typeof given === 'string' ? given : undefined }
    const refusal = refusalOf(caller, { token })
    if (refusal !== undefined) await reply.code(403).send(refusal)
  })
  addRoutes(server, live)
  await server.listen({ host, port }).catch((error: unknown) => {
    throw systemFault(`Cannot listen on ${host}, port ${port}`, error)
  })
  onListening(ownPort())
  const looking = setInterval(() => void live.look(), lookEveryMs)
  const beating = setInterval(() => live.beat(), beatEveryMs)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(looking)
  clearInterval(beating)
  live.close()
  await server.close()
}

function addRoutes(server: FastifyInstance, live: LiveServer): void {
  // A question is told from what it holds, whatever it is said to be.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  server.get('/', async (_, reply) => reply.type('text/html; charset=utf-8').send(await live.page()))
  // To a question for headers alone nothing would be sent, and it would wait.
  server.get('/events', { exposeHeadRoute: false }, (request, reply) => live.welcome(request, reply))
  server.post('/answers', (request, reply) => live.answer(request, reply))
  server.setNotFoundHandler(async (_, reply) => reply.code(404).send('There is nothing here'))
  server.setErrorHandler(async (error: Error & { statusCode?: number }, _, reply) => {
    const { statusCode = 500, message } = error
    await reply.code(statusCode).send(statusCode === 413 ? 'The question is too long' : message)
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

  async page(): Promise<string> {
    return await this.#source.page()
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.end()
  }

  beat(): void {
    for (const viewer of this.#viewers) viewer.beat()
  }

  /** Looks at the store and tells every viewer what is new. */
  async look(): Promise<void> {
    if (this.#isLooking || this.#viewers.size === 0) return
    this.#isLooking = true
    try {
      const status = JSON.stringify(await this.#source.study.status())
      for (const viewer of this.#viewers) viewer.tell(status)
    } catch {
      // A store that changes while it is looked at is looked at again in a second.
    } finally {
      this.#isLooking = false
    }
  }

  /** A viewer that comes back says how far it has read; no point is lost, also where the server is another one. */
  async welcome({ headers, query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (this.#viewers.size >= mostViewers) return await reply.code(503).send(`${mostViewers} others are looking`)
    reply.hijack()
    const known = String(headers['last-event-id'] ?? (query as { read?: unknown }).read ?? '')
    const viewer = new Viewer(reply.raw, safety, this.#source.study, known)
    this.#viewers.add(viewer)
    reply.raw.on('close', () => this.#viewers.delete(viewer))
    void this.look()
    return reply
  }

  /** One question at a time: each takes a model's memory. */
  async answer({ body }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const question = questionOf(body)
    if (typeof question === 'string') return await reply.code(400).send(question)
    if (this.#isAnswering) {
      return await reply.code(503).send('Another question is being answered: ask again in a moment')
    }
    this.#isAnswering = true
    // Nobody waits for the answers of a viewer that has gone.
    const gone = new AbortController()
    reply.raw.on('close', () => gone.abort())
    const signal = AbortSignal.any([this.#signal, gone.signal])
    try {
      const answers: LiveAnswer[] = []
      for (const key of question.models) {
        if (signal.aborted) break
        answers.push(await this.#source.answer(key as StepKey, question.text, signal))
      }
      return await reply.send(answers)
    } finally {
      this.#isAnswering = false
    }
  }
}

function questionOf(body: unknown): LiveQuestion | string {
  try {
    const { text, models } = JSON.parse(String(body ?? '')) as Partial<LiveQuestion>
    if (typeof text !== 'string' || !Array.isArray(models) || !models.every((one) => typeof one === 'string')) {
      return 'A question has a "text" and a list of "models"'
    }
    if ([...text].length > mostTextLength) return `The text is longer than ${mostTextLength} characters`
    if (models.length > mostModels) return `More than ${mostModels} models are asked at once`
    return { text, models: [...new Set(models)] }
  } catch {
    return 'The question is not JSON'
  }
}
