/**
 * Reads a list that was written into a cell as text: JSON's `["a", "b"]`, Python's `['a', "b's"]`, `('a',)` or `{'a'}`, or
 * numpy's `['a' 'b']`.
 *
 * @returns its items, absent ones (`null`, `None`, `nan`) left out; `undefined` when the text is no list
 */
export function parseListText(text: string): string[] | undefined {
  const trimmed = text.trim()
  if (/^(?:set|frozenset)?\(\)$/u.test(trimmed)) return []
  const inner = /^(?:\[(.*)\]|\((.*)\)|\{(.*)\})$/su.exec(trimmed)
  if (inner === null) return undefined
  return parseJsonList(trimmed) ?? parseItems((inner[1] ?? inner[2] ?? inner[3])!)
}

function parseJsonList(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value) || value.some((item) => typeof item === 'object' && item !== null)) return undefined
    return value.filter((item) => item !== null).map(String)
  } catch {
    return undefined
  }
}

/** One item and what separates it from the next: a text in quotes, or bare words or a number. */
const item =
  /\s*(?:[ub]?'((?:[^'\\]|\\.)*)'|[ub]?"((?:[^"\\]|\\.)*)"|([^\s,'"[\](){}]+(?: +[^\s,'"[\](){}]+)*))\s*(?:,|(?=['"])|$)/suy
const absent = new Set(['None', 'null', 'nan', 'NaN'])

function parseItems(text: string): string[] | undefined {
  const items: string[] = []
  for (let at = 0; text.slice(at).trim() !== ''; at = item.lastIndex) {
    item.lastIndex = at
    const found = item.exec(text)
    if (found === null) return undefined
    const [, single, double, bare] = found
    const quoted = single ?? double
    if (quoted !== undefined) items.push(unescaped(quoted))
    else if (!absent.has(bare!)) items.push(bare!)
  }
  return items
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** Python's escapes, as `repr` writes them. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gisu,
    (whole: string, two?: string, four?: string, eight?: string, other?: string) => {
      if (other !== undefined) return escapes[other] ?? other
      const code = Number.parseInt((two ?? four ?? eight)!, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}
