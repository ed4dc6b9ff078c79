/**
 * Whether the engine can run a pattern. It refuses one that is too large only when it is first used, once for texts of one
 * byte a character and once for others.
 */
export function compiles(pattern: RegExp): boolean {
  try {
    for (const text of ['', '\u4e00']) {
      pattern.test(text)
      pattern.lastIndex = 0
    }
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
