import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import type { StudyFault } from './study-fault.ts'

/** Keys and indexes that lead to a value. */
export type YamlPath = readonly (string | number)[]

/** A parsed YAML text that knows where each of its values stands. */
export interface PlacedYaml {
  readonly value: unknown
  /** Faults of the YAML itself; `value` is of no use when there are any. */
  readonly faults: readonly StudyFault[]
  /** A fault at the value of a path, or at its key; a path that does not exist is placed at its nearest parent. */
  faultAt(path: YamlPath, message: string, where?: 'key' | 'value' | Span): StudyFault
}

/** A part of a string value, in UTF-16 units of the value. */
export interface Span {
  readonly start: number
  readonly length: number
}

export function parsePlacedYaml(text: string, file: string): PlacedYaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  const place = (start: number, end: number, message: string): StudyFault => {
    const begin = Math.min(start, Math.max(0, text.length - 1))
    const { line, col } = lines.linePos(begin)
    const lineStart = begin - (col - 1)
    const lineText = text.slice(lineStart).split(/\r\n|\r|\n/u, 1)[0] ?? ''
    const length = Math.max(1, Math.min(end - begin, lineText.length - (col - 1)))
    return { message, file, line: Math.max(1, line), column: Math.max(1, col), text: lineText, length }
  }
  const faults = document.errors.map(({ code, message, pos }) => {
    const what = code === 'MULTIPLE_DOCS' ? 'a study is one document, and another one begins here' : sentence(message)
    const fault = place(pos[0], pos[1], `Cannot read YAML: ${what}`)
    const hint = unquotedHint(fault.text)
    return hint === undefined ? fault : { ...fault, message: `Cannot read YAML: ${hint}` }
  })
  faults.push(...uselessFaults(document, place))
  return {
    value: faults.length > 0 ? undefined : toValue(document, faults, place),
    faults,
    faultAt(path, message, where = 'value') {
      const { node, key } = find(document, path)
      const target = where === 'key' ? (key ?? node) : (node ?? key)
      const [start, end] = rangeOf(target) ?? [0, 1]
      if (typeof where === 'object' && isScalar(target)) {
        const shift = contentShift(text.slice(start, end), target)
        if (shift !== undefined) {
          return place(start + shift + where.start, start + shift + where.start + where.length, message)
        }
      }
      // Of a block of several lines, the key says more than the first line.
      const inner = text.slice(start, end).trimEnd()
      if (key !== undefined && /[\r\n]/u.test(inner)) {
        const [keyStart, keyEnd] = rangeOf(key) ?? [start, end]
        return place(keyStart, keyEnd, message)
      }
      return place(start, start + inner.length, message)
    },
  }
}

/** A key, and a value without quotes that has a colon in it. */
const unquoted =
  /(?:^|[\s{,])([\p{L}_][\p{L}\p{N}_.-]*):[ \t]+((?![-?]\s)[^\s"'[\]{}|>&*!%@`#,][^,{}]*:)(?=[\s,}]|$)([^,{}]*)/u

/** A chain in a list of its own line, with a quoted value that has a colon in it. */
const unquotedChain = /^\s*-[ \t]+([^\s"'[\]{}|>&*!%@`#-][^'#]*->[^'#]*"[^"]*:[^']*\))[ \t]*$/u

/** Nobody writes more by hand, and patterns take their time over what a hostile file has in a line. */
const longestHinted = 1000

/** Everybody's first mistake: a prefix such as `translate English to German: ` without quotes. */
function unquotedHint(line: string): string | undefined {
  if (line.length > longestHinted) return undefined
  const chain = unquotedChain.exec(line)?.[1]
  if (chain !== undefined) return `a chain that has a colon in it must be put in quotes: - '${chain}'`
  const found = unquoted.exec(line)
  if (found === null) return undefined
  const [, key, beginning, rest = ''] = found
  const value = `${beginning}${rest}`.trim()
  const quoted = JSON.stringify(value.endsWith(':') ? `${value} ` : value)
  return `the value of "${key}" has a colon in it and must be put in quotes: ${key}: ${quoted}`
}

type Place = (start: number, end: number, message: string) => StudyFault

/** Aliases that multiply without end are refused by the parser only when the values are built. */
function toValue(document: Document.Parsed, faults: StudyFault[], place: Place): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    const { message } = error as Error
    const what = /alias count/iu.test(message) ? 'its aliases stand for more than any study has' : sentence(message)
    faults.push(place(0, 1, `Cannot read YAML: ${what}`))
    return undefined
  }
}

/** Objects take it for something else, so that what stands under it would be lost. */
const reservedName = '__proto__'

/** What YAML may hold and a study has no use for: such names, and values within themselves. */
function uselessFaults(document: Document.Parsed, place: Place): StudyFault[] {
  const faults: StudyFault[] = []
  const add = (node: Node, message: string): void => {
    const [start, end] = rangeOf(node) ?? [0, 1]
    faults.push(place(start, end, message))
  }
  // An alias stands for the last node before it that has its name.
  const anchors = new Map<string, Node>()
  visit(document, {
    Collection(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node as Node)
    },
    Alias(_, alias, path) {
      const own = anchors.get(alias.source)
      if (own !== undefined && path.includes(own)) {
        add(alias, `Cannot use "*${alias.source}" within what it stands for, as that would have no end`)
      }
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value === reservedName) {
        add(key, `Cannot use "${reservedName}" as a name: choose another`)
      }
    },
  })
  return faults
}

function find(document: Document.Parsed, path: YamlPath): { node: Node | undefined; key: Node | undefined } {
  let node: Node | undefined = document.contents ?? undefined
  let key: Node | undefined
  for (const part of path) {
    const parent = isAlias(node) ? node.resolve(document) : node
    if (isMap(parent)) {
      const pair: Pair | undefined = findPair(document, parent.items, String(part))
      if (pair === undefined) break
      key = isNode(pair.key) ? pair.key : undefined
      node = isNode(pair.value) ? pair.value : undefined
    } else if (isSeq(parent)) {
      const item: unknown = parent.items[Number(part)]
      if (!isNode(item)) break
      node = item
      key = undefined
    } else break
  }
  return { node, key }
}

function findPair(document: Document.Parsed, pairs: readonly Pair[], name: string): Pair | undefined {
  const own = pairs.find(({ key }) => String(isScalar(key) ? key.value : key) === name)
  if (own !== undefined) return own
  for (const { key, value } of pairs) {
    if (!(isScalar(key) && String(key.value) === '<<')) continue
    for (const source of isSeq(value) ? value.items : [value]) {
      const map = isAlias(source) ? source.resolve(document) : source
      const pair = isMap(map) ? findPair(document, map.items, name) : undefined
      if (pair !== undefined) return pair
    }
  }
  return undefined
}

function rangeOf(node: Node | undefined): [number, number] | undefined {
  return node?.range ? [node.range[0], node.range[1]] : undefined
}

/** How far the value's first character lies behind the node's; `undefined` where escapes or folding move the rest. */
function contentShift(source: string, { value }: Scalar): number | undefined {
  if (source === value) return 0
  return source.slice(1, -1) === value ? 1 : undefined
}

function sentence(message: string): string {
  const first = message
    .split('\n', 1)[0]!
    .replace(/[:.\s]+$/u, '')
    .replace(/ at line \d+, column \d+$/u, '')
  return first.charAt(0).toLowerCase() + first.slice(1)
}
