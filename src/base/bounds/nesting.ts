/**
 * Tells whether lists and objects of a JSON value are nested deeper than so many levels: walking down such a value would
 * run out of stack.
 */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  for (const item of items) if (isNestedDeeper(item, levels - 1)) return true
  return false
}

/**
 * Counts the lists and objects of JSON that has not been parsed yet, and how deep they are nested: millions of brackets are
 * small as text and fill the memory as lists.
 *
 * @param text what is no JSON is read as if it were; as nothing but ASCII is looked for, UTF-8 may be given as Latin-1
 */
export function countBrackets(text: string): { depth: number; count: number } {
  let level = 0
  let depth = 0
  let count = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === backslash) at++
      else if (unit === quote) inString = false
    } else if (unit === quote) inString = true
    else if (unit === 0x5b || unit === 0x7b) {
      count++
      if (++level > depth) depth = level
    } else if (unit === 0x5d || unit === 0x7d) level--
  }
  return { depth, count }
}

const quote = 0x22
const backslash = 0x5c
