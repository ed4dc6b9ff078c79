import type * as z from 'zod'
import { didYouMean, nearest } from '../../base/nearest.ts'
import { listOf } from '../../base/plural.ts'
import { type SettingName, settingRow, settingTable } from '../../lesson/settings.ts'
import { meantMetric, meantValue } from './meant-value.ts'
import { trainerHint } from './trainer-names.ts'
import type { YamlPath } from './yaml-places.ts'

/** A value that does not fit the schema: where, what is wrong, and whether its key or its value is meant. */
export interface SchemaFault {
  readonly path: YamlPath
  readonly where: 'key' | 'value'
  readonly message: string
  /** What was most likely meant by the value. */
  readonly meant?: unknown
  /** The key that most likely was meant by an unknown one. */
  readonly meantKey?: string | undefined
  /** The key that is missing at the path. */
  readonly missing?: string
  /** Whether the value is a number, true or false in the place of a text. */
  readonly unquoted?: true
}

/**
 * Turns zod's issues into sentences with the value found, the one wanted and the nearest valid name.
 *
 * @param input the value that was checked
 * @param quoteName how the value is called where the path is empty
 */
export function explainIssues(
  error: z.core.$ZodError,
  schema: z.ZodType,
  input: unknown,
  quoteName = 'study',
): SchemaFault[] {
  const faults = error.issues.flatMap((issue) => explain(issue, [], schema, input, quoteName))
  // A slip in a key that must be there is one mistake.
  const slips = new Set(
    faults.map(({ path, meantKey }) => meantKey && JSON.stringify([...path.slice(0, -1), meantKey])),
  )
  const told = faults.filter(({ path, missing }) => !missing || !slips.has(JSON.stringify([...path, missing])))
  return oneAList(told, input, quoteName)
}

/** Several items of a list that lack quotes are one mistake. */
function oneAList(faults: readonly SchemaFault[], input: unknown, rootName: string): SchemaFault[] {
  const listAt = ({ path, unquoted }: SchemaFault): string | undefined =>
    unquoted && typeof path.at(-1) === 'number' ? JSON.stringify(path.slice(0, -1)) : undefined
  return faults.flatMap((fault, index) => {
    const at = listAt(fault)
    const alike = at === undefined ? [fault] : faults.filter((other) => listAt(other) === at)
    if (alike.length === 1) return [fault]
    if (faults.indexOf(alike[0]!) < index) return []
    const path = fault.path.slice(0, -1)
    const shown = alike.slice(0, 5).map((one) => show(valueOfPath(input, one.path)))
    const found = alike.length > shown.length ? [...shown, `${alike.length - shown.length} more`] : shown
    const message = `Wrong value of "${pathName(path, rootName)}": found ${listOf(found)}, wanted texts: put each in quotes, as it is no text without them`
    const meant = (valueOfPath(input, path) as unknown[]).map((item) => textOfPlain(item) ?? item)
    return [{ path, where: 'value', message, meant }]
  })
}

type Issue = z.core.$ZodIssue

/** Where a lesson's setting stands that was written a level too high. */
function settingHint(key: string, known: readonly string[]): string | undefined {
  if (!Object.hasOwn(settingTable, key)) return undefined
  if (known.includes('teach')) return `: as a setting of lessons it stands in "teach", as in teach: { ${key}: … }`
  return known.includes('defaults')
    ? `: as a setting of lessons it stands in "teach" of "defaults", or of a task or mixture`
    : undefined
}

/** A key that is known, but of another kind of thing than the keys beside it make this one. */
function besideOthers(key: string, odd: readonly string[], value: unknown, name: string): string {
  const others = Object.keys(value as object).filter((other) => !odd.includes(other))
  return `"${key}" cannot stand beside ${listOf(others.map((other) => `"${other}"`))} in "${name}": leave one or the other out`
}

function explain(issue: Issue, base: YamlPath, root: z.ZodType, input: unknown, rootName: string): SchemaFault[] {
  const path: YamlPath = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
  const name = pathName(path, rootName)
  const found = show(valueOfPath(input, path))
  const at = (message: string, where: SchemaFault['where'] = 'value'): SchemaFault[] => [{ path, where, message }]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(root, path, valueOfPath(input, path))
      return issue.keys.map((key) => {
        const at = { path: [...path, key], where: 'key' } as const
        if (known.includes(key))
          return { ...at, message: besideOthers(key, issue.keys, valueOfPath(input, path), name) }
        const elsewhere = trainerHint(key, known) ?? settingHint(key, known)
        const hint = elsewhere ?? (didYouMean(key, known) || `: use ${list(known)}`)
        return {
          ...at,
          message: `Unknown key "${key}"${path.length === 0 ? '' : ` in "${name}"`}${hint}`,
          meantKey: elsewhere === undefined ? nearest(key, known) : undefined,
        }
      })
    }
    case 'invalid_type':
      if (valueOfPath(input, path) === undefined) return missingKey(path, rootName)
      return wrongType(path, name, valueOfPath(input, path), [typeName(issue.expected)])
    case 'too_small':
    case 'too_big':
      return at(`Wrong value of "${name}": found ${found}, wanted ${bound(issue)}`)
    case 'invalid_value': {
      const values = issue.values.map(String)
      const value = valueOfPath(input, path)
      if (value === undefined) return missingKey(path, rootName)
      const hint = nearestValue(path, value, values)
      return at(`Wrong value of "${name}": found ${found}${hint || `, wanted ${list(values)}`}`)
    }
    case 'invalid_union':
      return explainUnion(issue, path, root, input, rootName)
    case 'invalid_key':
      return at(`Wrong name ${show(String(path.at(-1)))}: ${issue.issues[0]?.message ?? issue.message}`, 'key')
    case 'invalid_format':
      return at(`Wrong value of "${name}": found ${found}, ${issue.message}`)
    default:
      return at(`Wrong value of "${name}": found ${found}: ${issue.message}`)
  }
}

/** What a text was meant to be, for a setting of lessons also by other words for its values. */
function nearestValue(path: YamlPath, found: unknown, values: readonly string[]): string {
  if (typeof found !== 'string') return ''
  const key = path.findLast((part): part is string => typeof part === 'string') ?? ''
  const setting = Object.hasOwn(settingTable, key) ? settingRow(key as SettingName).value : undefined
  return didYouMean(found, values, setting?.type === 'choice' ? setting.words : undefined)
}

function missingKey(path: YamlPath, rootName: string, advice = ''): SchemaFault[] {
  const within = path.slice(0, -1)
  const missing = String(path.at(-1))
  const message = `Missing key "${missing}" in "${pathName(within, rootName)}"${advice}`
  return [{ path: within, where: 'key', message, missing }]
}

function wrongType(path: YamlPath, name: string, value: unknown, wanted: readonly string[]): SchemaFault[] {
  const meant = meantValue(path, value) ?? meantList(value, wanted)
  const message = `Wrong value of "${name}": found ${show(value)}, wanted ${wanted.join(' or ')}`
  if (meant !== undefined) return [{ path, where: 'value', message: `${message}: ${meant.advice}`, meant: meant.value }]
  const text = wanted.every((one) => one === 'a text' || one === 'a list') ? textOfPlain(value) : undefined
  if (text === undefined) return [{ path, where: 'value', message }]
  const advice = 'put it in quotes, as it is no text without them'
  return [{ path, where: 'value', message: `${message}: ${advice}`, meant: text, unquoted: true }]
}

/** The text that a number, true or false most likely was meant to be: YAML takes them for no texts. */
function textOfPlain(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** One item where a list of them was wanted. */
function meantList(value: unknown, wanted: readonly string[]): { advice: string; value: unknown } | undefined {
  const isItem = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  if (!isItem || wanted.length !== 1 || wanted[0] !== 'a list') return undefined
  return { advice: `write [${value}]`, value: [value] }
}

/** Of the forms that a value may have, the one that it comes nearest to is the one that was meant. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: YamlPath,
  root: z.ZodType,
  input: unknown,
  rootName: string,
): SchemaFault[] {
  const value = valueOfPath(input, path)
  if (issue.errors.length === 0) return explainKind(path, root, value, rootName)
  const nested = meantMetric(path, value)
  if (nested !== undefined) {
    const message = `Wrong value of "${pathName(path, rootName)}": found a map under a metric's name: ${nested.advice}`
    return [{ path, where: 'value', message, meant: nested.value }]
  }
  const forms = issue.errors.filter((issues) => !issues.some((inner) => inner.path.length === 0 && isTypeIssue(inner)))
  if (forms.length === 0) {
    const wanted = [...new Set(issue.errors.flatMap((issues) => issues.filter(isTypeIssue).map(wantedName)))]
    if (value === undefined) return missingKey(path, rootName)
    const names = issue.errors
      .flat()
      .flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []))
    const hint = nearestValue(path, value, names)
    const message = `Wrong value of "${pathName(path, rootName)}": found ${show(value)}`
    if (hint === '') return wrongType(path, pathName(path, rootName), value, wanted)
    return [{ path, where: 'value', message: `${message}${hint}` }]
  }
  const best = forms.reduce((a, b) => (distance(b) < distance(a) ? b : a))
  return best.flatMap((inner) => explain(inner, path, root, input, rootName))
}

/** A map whose forms are told apart by one key, where that key has no known value. */
function explainKind(path: YamlPath, root: z.ZodType, value: unknown, rootName: string): SchemaFault[] {
  const kinds = schemasAt([root], path).flatMap(({ def }) => (def.values as unknown[] | undefined)?.map(String) ?? [])
  if (value === undefined) return missingKey(path, rootName, `: use ${list(kinds)}`)
  const hint = typeof value === 'string' ? didYouMean(value, kinds) : ''
  const message = `Wrong value of "${pathName(path, rootName)}": found ${show(value)}${hint || `, wanted ${list(kinds)}`}`
  return [{ path, where: 'value', message }]
}

function isTypeIssue(issue: Issue): boolean {
  return (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.path.length === 0
}

function wantedName(issue: Issue): string {
  if (issue.code === 'invalid_type') return typeName(issue.expected)
  return issue.code === 'invalid_value' ? list(issue.values.map(String)) : issue.message
}

/** A missing key weighs more than a strange one: `{ hub, revison }` is a hub start with a slip. */
function distance(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + 2 * issue.keys.length
    return sum + (issue.code === 'invalid_type' ? 3 : 1)
  }, 0)
}

/** Every key that the schema knows at a path; of several forms, those that the value has most keys of. */
function keysAt(schema: z.ZodType, path: YamlPath, value: unknown): string[] {
  const shapes = schemasAt([schema], path).flatMap(({ def }) =>
    'shape' in def ? [Object.keys(def.shape as object)] : [],
  )
  const present = Object.keys(value as object)
  const overlap = (keys: readonly string[]): number => keys.filter((key) => present.includes(key)).length
  const most = Math.max(...shapes.map(overlap))
  return [...new Set(shapes.filter((keys) => overlap(keys) === most).flat())]
}

function schemasAt(schemas: readonly z.core.$ZodType[], path: YamlPath): { def: Record<string, unknown> }[] {
  const open = schemas.flatMap(unwrap)
  const [part, ...rest] = path
  if (part === undefined) return open
  const next = open.flatMap(({ def }) => {
    if (def.type === 'object') {
      const shape = def.shape as Record<string, z.core.$ZodType>
      if (Object.hasOwn(shape, part)) return [shape[part]!]
      return def.catchall === undefined ? [] : [def.catchall as z.core.$ZodType]
    }
    if (def.type === 'record') return [def.valueType as z.core.$ZodType]
    if (def.type === 'array') return [def.element as z.core.$ZodType]
    return []
  })
  return schemasAt(next, rest)
}

function unwrap(schema: z.core.$ZodType): { def: Record<string, unknown> }[] {
  const def = schema._zod.def as unknown as Record<string, unknown>
  if (def.innerType !== undefined) return unwrap(def.innerType as z.core.$ZodType)
  if (Array.isArray(def.options)) return (def.options as z.core.$ZodType[]).flatMap(unwrap)
  return [{ def }]
}

/** What stands at a path of keys and indexes. */
export function valueOfPath(input: unknown, path: YamlPath): unknown {
  let value = input
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

/** `tasks.a2t.teach`, as one would say it. */
function pathName(path: YamlPath, rootName: string): string {
  return path.length === 0 ? rootName : path.join('.')
}

/** As one would say it in a fault: short, and for numbers that JSON lacks in words. */
export function show(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return Number.isNaN(value) ? 'what is no number' : 'a number that is too large to hold'
  }
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const typeNames = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['object', 'a map'],
  ['record', 'a map'],
  ['array', 'a list'],
  ['null', 'nothing'],
])

function typeName(expected: string): string {
  return typeNames.get(expected) ?? expected
}

function bound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  if (issue.code === 'too_small') {
    if (issue.origin === 'string') return 'a text that is not empty'
    if (issue.origin === 'array') return 'at least one item'
    return issue.inclusive === false ? `more than ${issue.minimum}` : `at least ${issue.minimum}`
  }
  return issue.inclusive === false ? `less than ${issue.maximum}` : `at most ${issue.maximum}`
}

function list(values: readonly string[]): string {
  return listOf(
    values.map((value) => `"${value}"`),
    'or',
  )
}
