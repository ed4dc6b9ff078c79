/** Which end of a text is cut off where it is longer than what is read of it. */
export type TruncationSide = 'left' | 'right'

/**
 * Which of `count` text tokens stay of those that fit into `maxLength` beside `added` tokens that are always kept.
 *
 * @param side the end that is cut off
 * @throws {RangeError} as {@link cutLength}
 */
export function keptSpan(
  count: number,
  added: number,
  maxLength: number | undefined,
  side: TruncationSide,
): readonly [from: number, to: number] {
  const kept = cutLength(count, added, maxLength)
  return side === 'left' ? [count - kept, count] : [0, kept]
}

/**
 * How many of `count` text tokens fit into `maxLength` beside `added` tokens that are always kept.
 *
 * @throws {RangeError} if `maxLength` is no positive integer
 */
function cutLength(count: number, added: number, maxLength: number | undefined): number {
  if (maxLength === undefined) return count
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    throw new RangeError(`Cannot cut a text to ${maxLength} tokens as the length must be a positive integer`)
  }
  return Math.min(count, Math.max(0, maxLength - added))
}
