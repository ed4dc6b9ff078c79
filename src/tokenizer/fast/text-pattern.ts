import { GuardedPattern } from '../../base/bounds/guarded-pattern.ts'
import { onOneLine } from '../../base/bounds/one-line.ts'
import type { JsonNode } from '../parts/json-node.ts'
import { literalPattern } from '../parts/literal-pattern.ts'
import { whiteSpace } from '../parts/white-space.ts'

/** Where a pattern matches: offsets in UTF-16 units, in order, not overlapping. */
export type TextPattern = (text: string) => readonly (readonly [start: number, end: number])[]

/**
 * Reads the `pattern` of a Replace or Split: `{"String": "..."}` or `{"Regex": "..."}`.
 *
 * @throws {Fault} when the expression uses something that does not mean the same in Oniguruma, which the tokenizers
 * library uses, and in JavaScript
 */
export function textPattern(node: JsonNode): TextPattern {
  const text = node.optional('String')
  const regex = node.optional('Regex')
  if (text !== undefined) return matcher(new RegExp(literalPattern(text.string()), 'gu'), text)
  if (regex === undefined) throw node.fault(`${node.path} has neither a "String" nor a "Regex"`)
  const source = regex.string()
  const translated = fromOniguruma(source)
  const pattern = translated === undefined ? undefined : patternOf(translated)
  if (pattern !== undefined) return matcher(pattern, regex)
  throw regex.fault(`${regex.path} is the regular expression "${onOneLine(source, 200)}", which is not supported`)
}

/** Nothing for what is no expression in JavaScript either. */
function patternOf(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'gu')
  } catch {
    return undefined
  }
}

function matcher(regex: RegExp, node: JsonNode): TextPattern {
  const pattern = new GuardedPattern(regex, (reason) => node.fault(`${reason} (${node.path})`))
  const find: TextPattern = (text) => pattern.run(text, (guarded) => matches(guarded, text))
  // Words come again and again, and a limit on each costs more than all the rest.
  const known = new Map<string, ReturnType<TextPattern>>()
  return (text) => {
    if (pattern.isQuick(text) || text.length > longestKnown) return find(text)
    const found = known.get(text) ?? find(text)
    if (known.size < mostKnown) known.set(text, found)
    return found
  }
}

const longestKnown = 40
const mostKnown = 50_000

function matches(regex: RegExp, text: string): [number, number][] {
  const found: [number, number][] = []
  let lastEnd = -1
  for (const match of text.matchAll(regex)) {
    const end = match.index + match[0].length
    // An empty match right behind a match does not count.
    if (end === match.index && end === lastEnd) continue
    found.push([match.index, end])
    lastEnd = end
  }
  return found
}

const escapes: Readonly<Record<string, string>> = {
  s: whiteSpace,
  d: '\\p{Nd}',
  // Oniguruma counts these digits and fractions of Latin-1 among the word characters.
  w: '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xb2\\xb3\\xb9\\xbc-\\xbe',
  n: '\\n',
  r: '\\r',
  t: '\\t',
}
const negatable = new Set(['s', 'd', 'w'])

/** The same expression in JavaScript, or undefined when it holds something outside the common part. */
function fromOniguruma(source: string): string | undefined {
  let result = ''
  let inClass = false
  let quantified = false
  for (let i = 0; i < source.length; i++) {
    const rest = source.slice(i)
    const char = rest[0]!
    const isQuantifier = !inClass && /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(rest)
    if (isQuantifier) {
      const [text] = isQuantifier
      // `a*+` and `a{2}+` mean other things there.
      if (quantified && text !== '?') return undefined
      result += text
      i += text.length - 1
      quantified = true
      continue
    }
    quantified = false
    if (char === '\\') {
      const property =
        /^\\[pP]\{(?:\^?)(?:L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pc|Pd|Ps|Pe|Pi|Pf|Po|S|Z|Zs|Zl|Zp)\}/.exec(rest)
      const next = rest[1] ?? ''
      if (property !== null) {
        if (property[0].includes('^')) return undefined
        result += property[0]
        i += property[0].length - 1
      } else if (Object.hasOwn(escapes, next)) {
        const set = escapes[next]!
        result += inClass || !negatable.has(next) ? set : `[${set}]`
        i++
      } else if (!inClass && negatable.has(next.toLowerCase()) && next !== '') {
        result += `[^${escapes[next.toLowerCase()]}]`
        i++
      } else if (/^[!-/:-@[-`{-~]$/.test(next)) {
        result += inClass && /[[\]\\^-]/.test(next) ? `\\${next}` : literalPattern(next)
        i++
      } else {
        return undefined
      }
    } else if (inClass) {
      if (char === '[' || rest.startsWith('&&')) return undefined
      if (char === ']') inClass = false
      result += /[(){}|/]/.test(char) ? `\\${char}` : char
    } else if (char === '[') {
      const head = rest.startsWith('[^') ? '[^' : '['
      if (rest[head.length] === ']') return undefined
      inClass = true
      result += head
      i += head.length - 1
    } else if (char === '(') {
      const head = /^\((?:\?(?:[:=!]|<[=!])|(?!\?))/.exec(rest)
      if (head === null) return undefined
      result += head[0]
      i += head[0].length - 1
    } else if (char === '^') result += '(?<![^\\n])'
    else if (char === '$') result += '(?![^\\n])'
    else if (char === '.') result += '[^\\n]'
    else if (char === '{' || char === '}' || char === ']') result += `\\${char}`
    else result += char
  }
  return inClass ? undefined : result
}
