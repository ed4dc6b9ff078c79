import { Fault } from '../../base/fault.ts'
import { didYouMean } from '../../base/nearest.ts'
import { describePlace, type Row, type RowPlace } from '../source/row.ts'

/**
 * Finds a value by a column's name or by a path into nested values, such as `translation.en` or `answers.text.0`.
 *
 * A column whose own name has dots (`SNT.URLID`) is found before the name is taken for a path.
 *
 * @returns `undefined` when the row has no such column; `null` is a value
 */
export function valueAt(row: Row, path: string): unknown {
  if (Object.hasOwn(row, path)) return row[path]
  if (!path.includes('.')) return undefined
  return descend(row, path)
}

function descend(value: unknown, path: string): unknown {
  if (value === null || typeof value !== 'object') return undefined
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path]
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot)
    if (!Object.hasOwn(value, head)) continue
    const found = descend((value as Record<string, unknown>)[head], path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The value of a column that must be there.
 *
 * @throws {Fault} naming the row and the nearest column when there is none
 */
export function columnValue(row: Row, path: string, place: RowPlace): unknown {
  const value = valueAt(row, path)
  if (value === undefined) throw missingColumn(row, path, place)
  return value
}

/** A row has no such column. */
export class MissingColumn extends Fault {
  readonly column: string

  constructor(message: string, column: string) {
    super(message)
    this.column = column
  }
}

/** The sentence for a column that a row does not have. */
export function missingColumn(row: Row, path: string, place: RowPlace): MissingColumn {
  const paths = columnPaths(row)
  const found = paths.length === 0 ? 'none' : paths.slice(0, 30).map(quote).join(', ')
  const more = paths.length > 30 ? ` and ${paths.length - 30} more` : ''
  const hint = didYouMean(path, paths) || ': name one of them'
  return new MissingColumn(
    `Cannot find column "${path}" in ${describePlace(place)}, which has ${found}${more}${hint}`,
    path,
  )
}

/** Every path that leads to a value: `id`, `translation`, `translation.en`; the items of lists are left out. */
export function columnPaths(row: Row): string[] {
  const paths: string[] = []
  const collect = (value: object, prefix: string, depth: number): void => {
    for (const [key, inner] of Object.entries(value)) {
      paths.push(prefix + key)
      const nested = inner !== null && typeof inner === 'object' && !Array.isArray(inner) && isPlain(inner)
      if (nested && depth < 5) collect(inner, `${prefix}${key}.`, depth + 1)
    }
  }
  collect(row, '', 0)
  return paths
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function quote(text: string): string {
  return `"${text}"`
}

/** A text made from a row: literal parts and column paths in turn, always one literal more than there are paths. */
export interface Template {
  readonly literals: readonly string[]
  readonly paths: readonly string[]
}

/**
 * Parses `"question: {q} context: {c}"`; `{{` and `}}` stand for braces.
 *
 * @returns the template, or the problem as a sentence
 */
export function parseTemplate(text: string): Template | { readonly problem: string } {
  const literals: string[] = []
  const paths: string[] = []
  let literal = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char !== '{' && char !== '}') {
      literal += char
    } else if (text[i + 1] === char) {
      literal += char
      i++
    } else if (char === '}') {
      return { problem: `Cannot read template "${text}" as "}" at character ${i + 1} closes nothing: write "}}"` }
    } else {
      const end = text.indexOf('}', i)
      const path = end === -1 ? '' : text.slice(i + 1, end).trim()
      if (path === '' || path.includes('{')) {
        return { problem: `Cannot read template "${text}" as "{" at character ${i + 1} opens no column name` }
      }
      literals.push(literal)
      paths.push(path)
      literal = ''
      i = end
    }
  }
  literals.push(literal)
  return { literals, paths }
}

/**
 * Fills a template with a row's values.
 *
 * @throws {Fault} when a column is missing
 */
export function fillTemplate({ literals, paths }: Template, row: Row, place: RowPlace): string {
  let text = literals[0]!
  for (const [i, path] of paths.entries()) {
    text += textOf(columnValue(row, path, place)) + literals[i + 1]!
  }
  return text
}

/** A value as text: an absent one is empty, items of a list are joined by `, `, nested values are JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
  if (typeof value === 'object') return JSON.stringify(value, (_, inner) => jsonSafe(inner)) ?? ''
  return String(value)
}

function jsonSafe(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
