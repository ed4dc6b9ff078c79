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
