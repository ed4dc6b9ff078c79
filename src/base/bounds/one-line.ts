/** A text that may hold anything, fit for a message: on one line and cut to `longest` characters. */
export function onOneLine(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ')
  // Half of a surrogate pair is no character.
  return line.length > longest ? `${line.slice(0, longest).replace(/[\ud800-\udbff]$/u, '')}…` : line
}
