/** Test rows with every chain's answers, a set for each task and division of its rows. */
export interface PageExamples {
  readonly sets: readonly ExampleSet[]
  /** What was left out for the page's size, a sentence each. */
  readonly notes: readonly string[]
}

export interface ExampleSet {
  readonly task: string
  /** Of a task with several splits: which. */
  readonly split: string
  /** Of a task with labels. */
  readonly classes: readonly string[] | undefined
  /** What an answer to one row is scored with. */
  readonly score: { readonly name: string; readonly lowIsBetter: boolean; readonly best: number }
  /** The fresh start first, if there is one. */
  readonly arms: readonly ExampleArm[]
  readonly rows: readonly ExampleRow[]
}

/** A chain with one of its seeds. */
export interface ExampleArm {
  readonly chain: string
  readonly seed: number
  /** By row, which of the row's answers it gave. */
  readonly given: readonly number[]
}

export interface ExampleRow {
  readonly source: string
  readonly reference: string
  /** Numbers of the reference's labels among the classes. */
  readonly labels?: readonly number[]
  /** Every answer once. */
  readonly answers: readonly ExampleAnswer[]
}

export interface ExampleAnswer {
  readonly text: string
  /** The same labels, or the same text. */
  readonly right: boolean
  readonly score: number | null
  readonly labels?: readonly number[]
  /** Pieces that are no label. */
  readonly unknown?: readonly string[]
}
