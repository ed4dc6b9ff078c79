import type { ServerResponse } from 'node:http'
import type { StepKey } from '../study/keys.ts'
import type { LogPlaces } from './lesson-curves.ts'
import type { LiveStudy } from './live-study.ts'

const noPlaces: LogPlaces = { updates: 0, evaluations: 0 }

/** Somebody who looks at a study's live page: what has been sent, and what is new. */
export class Viewer {
  readonly #response: ServerResponse
  readonly #study: LiveStudy
  readonly #sent: Map<StepKey, LogPlaces>
  #status = ''

  /** @param known what it says that it has, as {@link Viewer.tell} has named it; empty where it comes for the first time */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, study: LiveStudy, known: string) {
    this.#response = response
    this.#study = study
    this.#sent = placesOf(known, (key) => study.label(key) !== undefined)
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
    response.write('retry: 1000\n\n')
  }

  end(): void {
    this.#response.end('event: stopped\ndata: -\n\n')
  }

  /** Sends that the server is alive: of a connection that hangs a browser learns nothing by itself. */
  beat(): void {
    if (!this.#response.writableNeedDrain) this.#response.write('event: alive\ndata: -\n\n')
  }

  /** Sends what is new since the last time; to one that is slow to read when it has read. */
  tell(status: string): void {
    if (this.#response.writableNeedDrain) return
    if (this.#status !== status) {
      this.#response.write(`event: status\ndata: ${status}\n\n`)
      this.#status = status
    }
    for (const key of new Set([...this.#sent.keys(), ...this.#study.lessons])) this.#tellPoints(key)
  }

  #tellPoints(key: StepKey): void {
    const { curves, next } = this.#study.points(key, this.#sent.get(key) ?? noPlaces)
    this.#sent.set(key, next)
    for (const [at, told] of curves.entries()) {
      // Who is cut off between two curves of one look gets both again: points that come twice are one.
      const id = at === curves.length - 1 ? `id: ${placesText(this.#sent)}\n` : ''
      this.#response.write(`event: points\n${id}data: ${JSON.stringify(told)}\n\n`)
    }
    // Nothing more comes of it.
    if (curves.length === 0 && this.#study.isFinished(key)) this.#sent.delete(key)
  }
}

/** `key.bytes.bytes` of each lesson, joined by `~`: what a viewer sends when it comes back. */
function placesText(sent: ReadonlyMap<StepKey, LogPlaces>): string {
  return [...sent].map(([key, { updates, evaluations }]) => `${key}.${updates}.${evaluations}`).join('~')
}

function placesOf(text: string, isKnown: (key: StepKey) => boolean): Map<StepKey, LogPlaces> {
  const places = text.split('~').flatMap((place): [StepKey, LogPlaces][] => {
    const [, key, updates, evaluations] = /^([0-9a-f]{64})\.(\d{1,12})\.(\d{1,12})$/u.exec(place) ?? []
    if (key === undefined || !isKnown(key as StepKey)) return []
    return [[key as StepKey, { updates: Number(updates), evaluations: Number(evaluations) }]]
  })
  return new Map(places)
}
