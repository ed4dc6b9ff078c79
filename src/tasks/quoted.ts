/** A text in quotes for a sentence: on one line, and cut where it is long. */
export function quoted(text: string): string {
  const letters = [...text.trim().replace(/[\s\p{Cc}]+/gu, ' ')]
  return `"${letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : letters.join('')}"`
}

const longest = 40
