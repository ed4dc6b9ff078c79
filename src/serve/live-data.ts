/** How a study stands, as its live page shows it. */
export interface LiveStatus {
  readonly finished: number
  readonly all: number
  readonly running: readonly LiveStep[]
  readonly failed: readonly { readonly label: string; readonly reason: string }[]
  /** The next ones, and how many there are. */
  readonly waiting: { readonly labels: readonly string[]; readonly count: number }
  readonly machine: {
    readonly load: number
    readonly cpus: number
    readonly freeBytes: number
    readonly allBytes: number
  }
  /** Some answers of the test that was finished last. */
  readonly sample: LiveSample | undefined
  /** Models that can be asked. */
  readonly models: readonly { readonly key: string; readonly name: string }[]
}

export interface LiveStep {
  readonly label: string
  readonly worker: string
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly perSecond: number | undefined
}

export interface LiveSample {
  readonly label: string
  readonly rows: readonly { readonly source: string; readonly reference: string; readonly answer: string }[]
}

/** Losses that have been logged since. */
export interface LivePoints {
  readonly key: string
  readonly label: string
  readonly points: readonly (readonly [step: number, loss: number | null])[]
}

/** What the page asks of models. */
export interface LiveQuestion {
  readonly text: string
  /** Keys of models. */
  readonly models: readonly string[]
}

export interface LiveAnswer {
  readonly name: string
  readonly answer: string | undefined
  /** Why there is none. */
  readonly fault: string | undefined
}
