import { parse as parseYamlText } from 'yaml'
import { namePattern } from '../schema.ts'
import type { Span } from '../yaml-places.ts'

/** `mt5 -> res(learning_rate=1e-3) -> a2t`, taken apart. */
export interface ParsedChain {
  readonly start: ParsedName
  readonly lessons: readonly (ParsedName & { readonly settings: readonly ParsedSetting[] })[]
}

export interface ParsedName {
  readonly name: string
  readonly span: Span
}

export interface ParsedSetting {
  /** `limits.source` is `["limits", "source"]`. */
  readonly path: readonly string[]
  readonly value: unknown
  readonly keySpan: Span
  readonly valueSpan: Span
}

/** A fault in a chain, with its place in the text. */
export interface ChainFault {
  readonly message: string
  readonly span: Span
}

const arrow = /^(?:->|→)/u
const nameAtStart = new RegExp(namePattern.source.slice(0, -1), 'u')
const settingPath = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*/u

/**
 * Parses the notation of the paper: a start, then lessons in order, each with settings of its own in brackets. Values
 * are written as in YAML; a value with a comma or bracket in it stands in quotes.
 *
 * @returns the chain, or the first fault in it
 */
export function parseChain(text: string): ParsedChain | ChainFault {
  const scanner = { text, at: 0 }
  const start = scanName(scanner, 'a start')
  if ('message' in start) return start
  const lessons: (ParsedName & { settings: readonly ParsedSetting[] })[] = []
  for (skipSpace(scanner); scanner.at < text.length; skipSpace(scanner)) {
    const found = arrow.exec(text.slice(scanner.at))
    if (found === null) return expected(scanner, lessons.length === 0 ? '"->"' : '"->" or "("')
    scanner.at += found[0].length
    const lesson = scanName(scanner, 'a task or mixture')
    if ('message' in lesson) return lesson
    const settings = scanSettings(scanner)
    if ('message' in settings) return settings
    lessons.push({ ...lesson, settings: settings.settings })
  }
  return { start, lessons }
}

interface Scanner {
  readonly text: string
  at: number
}

function scanName(scanner: Scanner, what: string): ParsedName | ChainFault {
  skipSpace(scanner)
  const found = nameAtStart.exec(scanner.text.slice(scanner.at))
  if (found === null) return expected(scanner, what)
  const span = { start: scanner.at, length: found[0].length }
  scanner.at += span.length
  return { name: found[0], span }
}

function scanSettings(scanner: Scanner): { settings: ParsedSetting[] } | ChainFault {
  skipSpace(scanner)
  const settings: ParsedSetting[] = []
  if (scanner.text[scanner.at] !== '(') return { settings }
  do {
    scanner.at++
    skipSpace(scanner)
    const key = settingPath.exec(scanner.text.slice(scanner.at))
    if (key === null) return expected(scanner, 'a setting such as learning_rate=1e-3')
    const keySpan = { start: scanner.at, length: key[0].length }
    scanner.at += keySpan.length
    skipSpace(scanner)
    if (scanner.text[scanner.at] !== '=') return expected(scanner, '"="')
    scanner.at++
    skipSpace(scanner)
    const raw = scanValue(scanner)
    if ('message' in raw) return raw
    settings.push({ path: key[0].split('.'), value: raw.value, keySpan, valueSpan: raw.span })
    skipSpace(scanner)
  } while (scanner.text[scanner.at] === ',')
  if (scanner.text[scanner.at] !== ')') return expected(scanner, '"," or ")"')
  scanner.at++
  return { settings }
}

function scanValue(scanner: Scanner): { value: unknown; span: Span } | ChainFault {
  const found = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^,()]+)/u.exec(scanner.text.slice(scanner.at))?.[0].trimEnd()
  if (found === undefined || found === '') return expected(scanner, 'a value')
  const span = { start: scanner.at, length: found.length }
  scanner.at += found.length
  try {
    return { value: parseYamlText(found), span }
  } catch {
    return { message: `Cannot read value ${JSON.stringify(found)} in chain`, span }
  }
}

function skipSpace(scanner: Scanner): void {
  while (/\s/u.test(scanner.text[scanner.at] ?? '')) scanner.at++
}

function expected(scanner: Scanner, wanted: string): ChainFault {
  const rest = scanner.text.slice(scanner.at)
  const found = rest === '' ? 'its end' : `"${rest.split(/\s/u, 1)[0]!}"`
  const length = rest === '' ? 1 : rest.split(/\s/u, 1)[0]!.length
  return {
    message: `Cannot read chain "${scanner.text}": found ${found}, wanted ${wanted}`,
    span: { start: Math.min(scanner.at, Math.max(0, scanner.text.length - 1)), length },
  }
}
