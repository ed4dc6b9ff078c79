/** How a study stands, as its live page shows it. */
export interface LiveStatus {
  readonly finished: number
  readonly all: number
  readonly running: readonly LiveStep[]
  readonly failed: readonly LiveFailure[]
  /** Finished once, and no longer what was written. */
  readonly damaged: readonly LiveFailure[]
  /** What else is to be known, a sentence each. */
  readonly notes: readonly string[]
  /** Steps that may begin, the first ones by their labels, and how many need what has failed. */
  readonly waiting: { readonly labels: readonly string[]; readonly count: number; readonly stuck: number }
  /** Of a study whose steps are jobs of a cluster. */
  readonly queue: LiveQueue | undefined
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

interface LiveFailure {
  readonly label: string
  readonly reason: string
}

export interface LiveStep {
  readonly label: string
  readonly worker: string
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly perSecond: number | undefined
  readonly key: string
}

/** The jobs of a study in the queue of a cluster. */
export interface LiveQueue {
  readonly running: number
  readonly waiting: number
  /** The first of them, running ones before those that wait. */
  readonly jobs: readonly (LiveJob & { readonly label: string })[]
  /** Why the queue is not known. */
  readonly note: string | undefined
}

/** A job as the queue was last seen. */
export interface LiveJob {
  readonly id: string
  readonly isRunning: boolean
  /** Why it waits, in the cluster's word. */
  readonly reason: string
  /** Where it runs. */
  readonly nodes: string
  /** The partition that it was submitted to, where the study says so. */
  readonly partition: string
}

export interface LiveSample {
  readonly label: string
  readonly rows: readonly { readonly source: string; readonly reference: string; readonly answer: string }[]
}

/** Points of one of a lesson's curves that have been logged since. */
export interface LivePoints {
  readonly key: string
  readonly label: string
  /** `training loss`, `validation loss`, `validation macro_f1`. */
  readonly curve: string
  readonly points: readonly LivePoint[]
  /** What the fresh start has come to at its best, where this curve decides and the two may be compared. */
  readonly target: LiveTarget | undefined
}

export type LivePoint = readonly [update: number, value: number | null]

export interface LiveTarget {
  readonly value: number
  readonly lowIsBetter: boolean
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
  /** Of a task with labels: those in the answer, and pieces that are none. */
  readonly labels?: readonly string[] | undefined
  readonly unknown?: readonly string[] | undefined
  /** What is to be known of the question, as that not all of it was read. */
  readonly notes?: readonly string[]
  /** Why there is none. */
  readonly fault: string | undefined
}
