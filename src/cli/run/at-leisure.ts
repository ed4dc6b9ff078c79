/** What was worked out last, or works it out anew if no more than a twentieth of the time goes into that. */
export function atLeisure<T>(work: () => T): () => T {
  let known: { readonly value: T; readonly untilMs: number } | undefined
  return () => {
    const began = performance.now()
    if (known !== undefined && began < known.untilMs) return known.value
    const value = work()
    const ended = performance.now()
    known = { value, untilMs: ended + 20 * (ended - began) }
    return value
  }
}
