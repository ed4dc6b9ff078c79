export interface NormalizedText {
  readonly text: string
  /**
   * How many of its first UTF-16 units come from the first character of the whole text that was given; 0 for a later
   * stretch. A Metaspace with `prepend_scheme: "first"` asks whether a word starts there.
   */
  readonly fromFirst: number
}

/** Changes a text before it is cut. */
export type TextNormalizer = (source: NormalizedText) => NormalizedText
