/** Letters of scripts that are written from right to left, Hebrew to N'Ko and beyond. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** U+200E, which is seen nowhere and counts as a letter from left to right. */
const leftToRightMark = '\u200e'

/**
 * A text as it is to be shown: between two names that are written from right to left an arrow counts as one of their letters, and
 * `mt5 -> a -> b` would be shown as `mt5 -> b <- a`. A mark behind each arrow keeps lessons in their order.
 */
export function keepArrows(text: string): string {
  return rightToLeft.test(text) ? text.replace(/->|→/gu, `$&${leftToRightMark}`) : text
}

/** The text without such marks, for what draws letters one after the other. */
export function withoutMarks(text: string): string {
  return text.replaceAll(leftToRightMark, '')
}
