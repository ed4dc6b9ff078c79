/**
 * How many of `count` text tokens fit into `maxLength` beside `added` tokens that are always kept.
 *
 * @throws {RangeError} if `maxLength` is no positive integer
 */
export function cutLength(count: number, added: number, maxLength: number | undefined): number {
  if (maxLength === undefined) return count
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    throw new RangeError(`Cannot cut a text to ${maxLength} tokens as the length must be a positive integer`)
  }
  return Math.min(count, Math.max(0, maxLength - added))
}
