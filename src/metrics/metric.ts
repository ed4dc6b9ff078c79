/** Sufficient statistics of each example, row-major `[rows, width]`; the sum of any rows gives their common score. */
export interface ExampleStatistics {
  readonly rows: number
  readonly width: number
  readonly values: Float64Array
}

/**
 * One list for each reference of an example, `null` where an example has fewer than others. Which list a reference stands in
 * changes nothing.
 */
export type References<Answer> = readonly (readonly (Answer | null)[])[]

/** References of texts. */
export type TextReferences = References<string>

/** How many references examples have: `var` where they have unlike many, as sacreBLEU's signatures say. */
export type ReferenceCount = number | 'var'

/**
 * A metric with its options, as studies use it: statistics once per example, then the score of all or of any resample of
 * them.
 *
 * @typeParam Answer `string` for text, `readonly string[]` for sets of labels
 */
export interface Metric<Answer = string> {
  readonly name: string
  /** Everything that could change the score, in sacreBLEU's notation; printed with every score. */
  readonly signature: string
  /**
   * The names of the numbers that `score` gives, the headline first. One called `exact` is a share of right answers, its
   * first statistic 1 or 0, so that exact tests apply.
   */
  readonly fields: readonly string[]
  /** What a score is a share of: 100 for percentages, else 1; also the largest value where there is one. */
  readonly best: number
  /**
   * @throws {RangeError} if a list is not as long as `predictions`, an example has no reference, or their number is not the
   *   signature's
   */
  statistics(predictions: readonly Answer[], ...references: References<Answer>): ExampleStatistics
  /** @param rows the examples to score, repeated as often as they are drawn; all of them by default */
  score(statistics: ExampleStatistics, rows?: ArrayLike<number>): Record<string, number>
  /** The score of so many examples from the sum of their statistics. */
  scoreSums(sums: Float64Array, examples: number): Record<string, number>
  /**
   * The score of examples that were drawn from others, where their sums alone would mislead: what no drawn example has is not
   * known to be bad. Default: {@link scoreSums}.
   *
   * @param whole the sums of all examples
   */
  scoreDrawn?(sums: Float64Array, examples: number, whole: Float64Array): Record<string, number>
  /** What is odd about these texts for this metric, one sentence each. */
  warnings(predictions: readonly Answer[], ...references: References<Answer>): string[]
}

/**
 * What a metric is to everything that offers it: a file exports one, and a line of registry.ts makes it known. The study
 * file's schema, the options of `score` and `compare`, their help, the tables and the direction of every verdict follow.
 */
export type MetricKind = TextMetricKind | LabelMetricKind

/** Compares texts. Its maker gets `references`, how many an example has, beside its options. */
export interface TextMetricKind extends MetricKindOf<string, OptionValues> {
  readonly answers: 'texts'
}

/** Compares sets of labels. Its maker gets `labels`, all that there are, beside its options. */
export interface LabelMetricKind extends MetricKindOf<readonly string[], OptionValues & LabelList> {
  readonly answers: 'label sets'
}

export type OptionValues = Readonly<Record<string, unknown>>

export interface LabelList {
  readonly labels: readonly string[]
}

interface MetricKindOf<Answer, Given> {
  /** As studies and the command line have it. */
  readonly name: string
  /** Before the help of its options. */
  readonly title: string
  /** In the order of the help. */
  readonly options: readonly MetricOption[]
  /** The scores that are shown where nothing else is asked for, the deciding one first. */
  readonly usual: readonly string[]
  /** Scores of which less is better; all others are better high. */
  readonly lowIsBetter?: readonly string[]
  /** The score that is nothing when answers are of no use. Default: the headline. */
  readonly telling?: string
  /** Asked for where a task names no metric. */
  readonly byDefault?: true
  /** What Chinese is scored with where the option is not given, and what stands beside it. */
  readonly chinese?: { readonly option: string; readonly use: string; readonly beside: string }
  /** Single examples are scored by themselves too, as `sentence-<name>`, with these options unless others are given. */
  readonly sentences?: OptionValues
  /** @throws {RangeError} if a value is not one that the option can have */
  make(options: Given): Metric<Answer>
  /** What `score` says of answers. Default: every score with the signature. */
  report?(predictions: readonly Answer[], references: References<Answer>, options: Given): MetricReport
}

/** What one system's answers come to. */
export interface MetricReport {
  /** For scripts. */
  readonly json: OptionValues
  /** For people: lines, and rows of cells that are set in columns. */
  readonly lines: readonly (string | readonly (readonly string[])[])[]
  /** What is odd about the texts, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * One option of a metric. Metrics that have one of the same name declare it alike but for its default: share what is common in
 * shared-options.ts.
 */
export type MetricOption = OptionType & {
  /** As the maker spells it; `smoothMethod` is `smooth_method` in studies and `--smooth-method` on the command line. */
  readonly name: string
  /** One sentence without a full stop. */
  readonly help: string
  /** What the study file's schema says instead of `help`; `false` where a study cannot have the option. */
  readonly inStudy?: string | false
  /** It changes nothing unless another option has one of these values. */
  readonly needs?: { readonly option: string; readonly values: readonly string[]; readonly because: string }
}

/** `default` is the value that the maker takes when none is given. */
type OptionType =
  /** `off` is the help of `--no-…`, which there must be where it is on by default. */
  | { readonly type: 'switch'; readonly default?: false; readonly off?: string }
  | { readonly type: 'switch'; readonly default: true; readonly off: string }
  | {
      readonly type: 'choice'
      readonly default?: string | number
      readonly choices: readonly [string | number, ...(string | number)[]]
    }
  | { readonly type: 'whole'; readonly default?: number; readonly least: number; readonly most?: number }
  | { readonly type: 'number'; readonly default?: number; readonly least: number }
  | { readonly type: 'text'; readonly default?: string }
  /** All labels that there are. */
  | { readonly type: 'labels'; readonly default?: undefined }
