/** What report.html is given. Everything is text and numbers that are ready to be shown: the page computes no result. */
export interface PageData {
  readonly study: string
  readonly program: string
  /** Served while the study runs: the page follows it. */
  readonly live: boolean
  /** Finished and all steps of the plan; those that are damaged are no longer finished. */
  readonly steps: {
    readonly finished: number
    readonly all: number
    readonly failed: number
    readonly damaged: number
  }
  readonly answers: readonly PageAnswer[]
  readonly transfer: PageTransfer | undefined
  readonly tables: readonly PageTable[]
  readonly how: PageHow
}

/** A table as cells, its header apart. */
export interface PageGrid {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The answer for a task. */
export interface PageAnswer {
  readonly task: string
  /** What the rules came to: `other-start`. */
  readonly verdict: string
  /** How sure it is, in words: `p < 0.001`; empty where it rests on no difference that was shown. */
  readonly confidence: string
  readonly sentence: string
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  readonly candidates: PageGrid | undefined
}

/** Every checkpoint on every task. */
export interface PageTransfer {
  readonly tasks: readonly string[]
  readonly rows: readonly { readonly checkpoint: string; readonly cells: readonly (PageShare | undefined)[] }[]
  readonly sentences: readonly string[]
  readonly notes: readonly string[]
  /** What lessons do to each other, in the same shares. */
  readonly changes: PageSection | undefined
}

/** A score, and what share of the fresh start's it is. */
export interface PageShare {
  readonly score: string
  readonly share: number | undefined
  /** Half of the share's interval over seeds. */
  readonly half: number | undefined
}

/** Sentences, cells and what stands below them. */
export interface PageSection {
  readonly title: string
  readonly sentences: readonly string[]
  readonly grid: PageGrid | undefined
  readonly notes: readonly string[]
}

/** A table of scores with what is compared in it. */
export interface PageTable {
  readonly title: string
  readonly task: string
  /** What the names of its files begin with. */
  readonly stem: string
  readonly scores: PageGrid
  /** Rows of `scores` that are better whatever the seed: their first score is bold. */
  readonly bold: readonly number[]
  /** The first of the rows that are floors. */
  readonly floorsFrom: number
  readonly comparisons: PageGrid
  readonly leaks: PageGrid
  readonly leakLine: string | undefined
  readonly finding: string
  readonly notes: readonly string[]
  readonly differences: readonly string[]
  readonly health: readonly string[]
  /** Names of the files that it can be saved as; their bytes come with {@link PageFiles}. */
  readonly files: readonly { readonly label: string; readonly name: string }[]
}

/** Content of files by name, as a run writes them. */
export type PageFiles = Readonly<Record<string, string>>

/** How the study was done. */
export interface PageHow {
  readonly data: PageGrid
  readonly lessons: PageGrid
  readonly commonSettings: PageGrid
  readonly tree: readonly PageTreeNode[]
  readonly sections: readonly PageSection[]
  readonly machines: PageGrid
  readonly steps: PageGrid
}

/** A start or a lesson, and what is taught after it. */
export interface PageTreeNode {
  readonly name: string
  readonly kind: 'start' | 'lesson'
  /** `3 of 3 seeds, 1,500 updates each` */
  readonly detail: string
  readonly state: 'finished' | 'failed' | 'open'
  readonly tests: readonly string[]
  readonly after: readonly PageTreeNode[]
}
