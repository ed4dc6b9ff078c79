import type { JsonNode } from '../parts/json-node.ts'
import { characterClass, punctuationMarks } from '../parts/unicode-tables.ts'
import { isWhiteSpace } from '../parts/white-space.ts'
import type { NormalizedText } from './normalized-text.ts'
import { type TextPattern, textPattern } from './text-pattern.ts'

/** Cuts a stretch of text into smaller ones; `add` takes them in order. Empty ones are dropped by the caller. */
export type PreTokenizer = (source: NormalizedText, add: (text: string, fromFirst: number) => void) => void

const known = ['Sequence', 'WhitespaceSplit', 'Metaspace', 'Digits', 'Punctuation', 'Split'] as const

/**
 * Reads a pre_tokenizer of a tokenizer.json.
 *
 * @throws {Fault} naming the place, when a kind is unknown or a field is missing or of the wrong type
 */
export function preTokenizer(node: JsonNode): PreTokenizer {
  const type = node.type()
  switch (type) {
    case 'Sequence':
      return node
        .get('pretokenizers')
        .list()
        .map(preTokenizer)
        .reduce(chain, (source, add) => add(source.text, source.fromFirst))
    case 'WhitespaceSplit':
      return whitespaceSplit
    case 'Metaspace':
      return metaspace(metaspaceSettings(node))
    case 'Digits': {
      const each = node.get('individual_digits').boolean()
      return splitOn(regexPattern(/\p{N}/gu), each ? 'Isolated' : 'Contiguous', false)
    }
    case 'Punctuation': {
      const behavior = node.optional('behavior')
      return splitOn(
        regexPattern(new RegExp(`[${characterClass(punctuationMarks)}]`, 'gu')),
        behavior === undefined ? 'Isolated' : splitBehavior(behavior),
        false,
      )
    }
    case 'Split':
      return splitOn(
        textPattern(node.get('pattern')),
        splitBehavior(node.get('behavior')),
        node.get('invert').boolean(),
      )
    default:
      throw node.unknown('pre-tokenizer', type, known)
  }
}

export interface MetaspaceSettings {
  readonly replacement: string
  readonly prepend: 'always' | 'first' | 'never'
  readonly split: boolean
}

/** Reads a Metaspace, also one of before tokenizers 0.14: `add_prefix_space` instead of `prepend_scheme`. */
export function metaspaceSettings(node: JsonNode): MetaspaceSettings {
  const replacement = node.get('replacement').character()
  const scheme = node.optional('prepend_scheme')
  const prefix = node.optional('add_prefix_space')?.boolean()
  const prepend = scheme?.string() ?? (prefix === false ? 'never' : 'always')
  if (prepend !== 'always' && prepend !== 'first' && prepend !== 'never') {
    throw scheme!.fault(`${scheme!.path} is "${prepend}", not "always", "first" or "never"`)
  }
  if (prefix === false && prepend !== 'never') {
    throw node.fault(`${node.path} has add_prefix_space false and prepend_scheme "${prepend}", which contradict`)
  }
  return { replacement, prepend, split: node.optional('split')?.boolean() ?? true }
}

function metaspace({ replacement, prepend, split }: MetaspaceSettings): PreTokenizer {
  return ({ text, fromFirst }, add) => {
    let marked = text.includes(' ') ? text.replaceAll(' ', replacement) : text
    let marks = fromFirst
    if (!marked.startsWith(replacement) && (prepend === 'always' || (prepend === 'first' && fromFirst > 0))) {
      marked = replacement + marked
      marks &&= fromFirst + replacement.length
    }
    if (!split) return add(marked, marks)
    let start = 0
    let next = marked.indexOf(replacement, 1)
    while (next !== -1) {
      add(marked.slice(start, next), Math.max(0, marks - start))
      start = next
      next = marked.indexOf(replacement, start + replacement.length)
    }
    add(marked.slice(start), Math.max(0, marks - start))
  }
}

const whitespaceSplit: PreTokenizer = ({ text, fromFirst }, add) => {
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (!isWhiteSpace(text.charCodeAt(i))) continue
    if (i > start) add(text.slice(start, i), Math.max(0, fromFirst - start))
    start = i + 1
  }
  if (start < text.length) add(text.slice(start), Math.max(0, fromFirst - start))
}

function chain(first: PreTokenizer, second: PreTokenizer): PreTokenizer {
  return (source, add) => {
    first(source, (text, fromFirst) => {
      if (text !== '') second({ text, fromFirst }, add)
    })
  }
}

const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const
type Behavior = (typeof behaviors)[number]

function splitBehavior(node: JsonNode): Behavior {
  const name = node.string()
  const found = behaviors.find((behavior) => behavior === name)
  if (found === undefined) throw node.unknown('split behavior', name, behaviors)
  return found
}

function regexPattern(regex: RegExp): TextPattern {
  return (text) => Array.from(text.matchAll(regex), (match) => [match.index, match.index + match[0].length])
}

function splitOn(find: TextPattern, behavior: Behavior, invert: boolean): PreTokenizer {
  return ({ text, fromFirst }, add) => {
    if (text === '') return
    // The whole text in stretches that match and stretches that do not.
    const stretches: { start: number; end: number; delimiter: boolean }[] = []
    let end = 0
    for (const [start, stop] of find(text)) {
      if (start > end) stretches.push({ start: end, end: start, delimiter: invert })
      stretches.push({ start, end: stop, delimiter: !invert })
      end = stop
    }
    if (end < text.length) stretches.push({ start: end, end: text.length, delimiter: invert })
    for (const { start, end: stop } of joined(stretches, behavior)) {
      if (stop > start) add(text.slice(start, stop), Math.max(0, fromFirst - start))
    }
  }
}

interface Stretch {
  readonly start: number
  readonly end: number
  readonly delimiter: boolean
}

function joined(stretches: readonly Stretch[], behavior: Behavior): readonly Stretch[] {
  if (behavior === 'Isolated') return stretches
  if (behavior === 'Removed') return stretches.filter(({ delimiter }) => !delimiter)
  const ordered = behavior === 'MergedWithNext' ? stretches.toReversed() : stretches
  const result: Stretch[] = []
  let previous = false
  for (const stretch of ordered) {
    const last = result.at(-1)
    const joins = behavior === 'Contiguous' ? stretch.delimiter === previous : stretch.delimiter && !previous
    if (joins && last !== undefined) {
      result[result.length - 1] = {
        start: Math.min(last.start, stretch.start),
        end: Math.max(last.end, stretch.end),
        delimiter: last.delimiter,
      }
    } else {
      result.push(stretch)
    }
    previous = stretch.delimiter
  }
  return behavior === 'MergedWithNext' ? result.reverse() : result
}
