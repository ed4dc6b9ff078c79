/** Milliseconds without any event, of which the server sends one every few seconds, after which a connection counts as dead. */
const silenceMs = 12_000

type Listeners = Readonly<Record<string, (data: string) => void>>

/**
 * Events of the page's server. The browser connects again by itself where a connection ends, and says how far it has read; one
 * that hangs, as behind a tunnel that is gone or a proxy whose server is, it never gives up: that is asked for anew from here.
 */
export class EventStream {
  readonly #address: string
  readonly #listeners: Listeners
  readonly #tell: (sentence: string) => void
  #events: EventSource
  #told = ''
  /** How far it has read, as the server has named it. */
  #read = ''
  #watch: ReturnType<typeof setTimeout> | undefined

  /**
   * @param listeners by the kind of event
   * @param tell how the connection is, a sentence
   */
  constructor(address: string, listeners: Listeners, tell: (sentence: string) => void) {
    this.#address = address
    this.#listeners = listeners
    this.#tell = tell
    this.#events = this.#connect()
  }

  #connect(): EventSource {
    // A new one sends no header of it, as the browser does where it connects again by itself.
    const events = new EventSource(withRead(this.#address, this.#read))
    events.addEventListener('open', () => {
      this.#say(connected)
      this.#heard()
    })
    events.addEventListener('error', () => {
      // After a refusal the browser does not try again.
      if (events.readyState === EventSource.CLOSED) {
        clearTimeout(this.#watch)
        this.#say('The server does not let this page follow: load it again.')
      } else if (this.#told === connected) this.#say('The connection is lost: trying again …')
    })
    const on = (kind: string, listen: (data: string) => void): void => {
      events.addEventListener(kind, ({ data, lastEventId }: MessageEvent<string>) => {
        this.#heard()
        if (lastEventId !== '') this.#read = lastEventId
        listen(data)
      })
    }
    on('alive', () => {})
    on('stopped', () => this.#say('The server has stopped: trying again …'))
    for (const [kind, listen] of Object.entries(this.#listeners)) on(kind, listen)
    this.#heard()
    return events
  }

  #say(sentence: string): void {
    this.#told = sentence
    this.#tell(sentence)
  }

  #heard(): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => {
      if (this.#told === connected) this.#say('Nothing comes from the server: trying again …')
      this.#events.close()
      this.#events = this.#connect()
    }, silenceMs)
  }
}

const connected = 'Connected'

function withRead(address: string, read: string): string {
  return read === '' ? address : `${address}${address.includes('?') ? '&' : '?'}read=${encodeURIComponent(read)}`
}
