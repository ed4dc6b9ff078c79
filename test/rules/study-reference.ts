import { stringify } from 'yaml'
import { z } from 'zod'
import { studySchema } from '../../src/study/file/schema.ts'

const begin =
  '<!-- keys: written by node scripts/run-ts.mjs scripts/study-reference.ts from src/study/file/schema.ts -->'
const end = '<!-- end of keys -->'

/** A key of a study file, as the schema has it. */
export interface StudyKey {
  readonly name: string
  /** Undefined: nobody has described it. */
  readonly description: string | undefined
  readonly type: string
  /** In Markdown; undefined: nobody has said. */
  readonly usual: string | undefined
  /** The key with its example, and what stands beside it for that; undefined: there is none. */
  readonly example: Readonly<Record<string, unknown>> | undefined
}

/** A map of a study file and the keys that it may have. */
export interface StudySection {
  /** Where it stands: `tasks.NAME.data`; empty for the study itself. */
  readonly path: string
  readonly keys: readonly StudyKey[]
  /** What any other key may be; undefined: there are no others. */
  readonly others: string | undefined
  /** The section that has all of its keys already. */
  readonly as: string | undefined
}

interface Json {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly beside?: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, Json>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Json
  readonly items?: Json
  readonly anyOf?: readonly Json[]
  readonly oneOf?: readonly Json[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly [word: string]: unknown
}

/** The document with every key as the schema has it. */
export function withStudyReference(document: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`Cannot find the keys of a study between "${begin}" and "${end}"`)
  const all = studySections()
  const sections = all.flatMap((section, index) => sectionLines(section, all[index - 1]?.path === section.path))
  return `${document.slice(0, from)}${begin}\n${sections.join('\n')}\n${document.slice(to)}`
}

/** Every map of a study file, the study itself first; one that stands in several places has its keys at the first. */
export function studySections(): readonly StudySection[] {
  const schema = z.toJSONSchema(studySchema, { io: 'input', target: 'draft-7', reused: 'inline' }) as Json
  const found: { path: string; json: Json }[] = []
  collect(schema, '', found)
  const sections = found.map(({ path, json }, index): StudySection => {
    const own = Object.entries(json.properties!)
    const first = found.slice(0, index).find((other) => own.every((entry) => hasAlike(other.json.properties!, entry)))
    const { additionalProperties } = json
    const others = typeof additionalProperties === 'object' ? typeText(additionalProperties, path) : undefined
    return { path, keys: own.map(([name, key]) => keyOf(name, key, path, json)), others, as: first?.path }
  })
  // What stands in a map that has been shown has been shown with it.
  const shown = sections.filter(({ as }) => as !== undefined).map(({ path }) => `${path}.`)
  return sections.filter(({ path }) => !shown.some((outer) => path.startsWith(outer)))
}

function hasAlike(properties: Readonly<Record<string, Json>>, [name, json]: readonly [string, Json]): boolean {
  return Object.hasOwn(properties, name) && JSON.stringify(properties[name]) === JSON.stringify(json)
}

function collect(json: Json, path: string, found: { path: string; json: Json }[]): void {
  if (json.properties !== undefined) found.push({ path, json })
  // What stands for all tasks is shown where it stands for one.
  const keys = Object.entries(json.properties ?? {}).toSorted(
    ([a], [b]) => Number(a === 'defaults') - Number(b === 'defaults'),
  )
  for (const [name, inner] of keys) collect(inner, path === '' ? name : `${path}.${name}`, found)
  if (typeof json.additionalProperties === 'object') collect(json.additionalProperties, `${path}.NAME`, found)
  if (json.items !== undefined) collect(json.items, `${path}[]`, found)
  for (const form of formsOf(json)) collect(form, path, found)
}

function formsOf({ anyOf, oneOf }: Json): readonly Json[] {
  return anyOf ?? oneOf ?? []
}

function keyOf(name: string, json: Json, path: string, { required = [] }: Json): StudyKey {
  const [description, words] = json.description?.split('; default: ') ?? []
  const usual = json.default === undefined ? words : code(json.default)
  const [example] = json.examples ?? []
  return {
    name,
    description,
    type: typeText(json, path === '' ? name : `${path}.${name}`),
    usual: required.includes(name) ? 'must be given' : usual,
    example: example === undefined ? undefined : { ...json.beside, [name]: example },
  }
}

/** `whole number ≥ 1`; a map with keys of its own is a link to them. */
function typeText(json: Json, path: string): string {
  const forms = formsOf(json)
  if (forms.length > 0) return [...new Set(forms.map((form) => typeText(form, path)))].join('; or ')
  if (json.enum !== undefined) return json.enum.map(code).join(', ')
  if (json.const !== undefined) return code(json.const)
  if (Array.isArray(json.type)) return json.type.map((type) => typeText({ type }, path)).join('; or ')
  switch (json.type) {
    case 'object':
      return mapText(json, path)
    case 'array':
      return `list of ${innerText(json.items!, `${path}[]`)}`
    case 'boolean':
      return '`true`, `false`'
    case 'integer':
    case 'number':
      return numberText(json)
    case 'string':
      return 'text'
    case 'null':
      return 'nothing'
    default:
      return 'anything'
  }
}

/** In brackets where it could be read as an alternative to the whole. */
function innerText(json: Json, path: string): string {
  const text = typeText(json, path)
  return text.includes('; or ') ? `(${text})` : text
}

function mapText(json: Json, path: string): string {
  if (json.properties !== undefined) return `[map](#${anchor(path)})`
  const inner = json.additionalProperties
  return typeof inner === 'object' ? `map of names to ${innerText(inner, `${path}.NAME`)}` : 'map'
}

function numberText({ type, minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Json): string {
  const ends = { '≥': minimum, '>': exclusiveMinimum, '≤': maximum, '<': exclusiveMaximum }
  // The largest whole number that a program can count to is no bound that anybody sets.
  const said = Object.entries(ends).filter(
    ([, at]) => at !== undefined && Math.abs(at as number) !== Number.MAX_SAFE_INTEGER,
  )
  return [type === 'integer' ? 'whole number' : 'number', ...said.map(([sign, at]) => `${sign} ${at}`)].join(' ')
}

/** @param isForm whether the section before it is of the same place: a map of another form */
function sectionLines({ path, keys, others, as }: StudySection, isForm: boolean): string[] {
  const own = path === '' ? '## The study' : `## \`${path}\``
  const title = ['', isForm ? `### or with ${formText(keys[0]!)}` : own, '']
  if (as !== undefined)
    return [...title, `The keys of [\`${as}\`](#${anchor(as)}): ${keys.map(({ name }) => code(name)).join(', ')}.`]
  const rows = keys.map(({ name, type, usual, description, example }) =>
    [code(name), type, usual ?? '', description ?? '', example === undefined ? '' : exampleText(example)]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  )
  return [
    ...title,
    '| key | type | default | what it is | example |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    ...(others === undefined ? [] : ['', `Any other key: ${others}.`]),
  ]
}

/** By its first key, and its value where there is one only. */
function formText({ name, type }: StudyKey): string {
  return /^`\w+`$/u.test(type) ? code(`${name}: ${type.replaceAll('`', '')}`) : code(name)
}

/** As one line of YAML, in braces where there is more than the key itself. */
function exampleText(example: Readonly<Record<string, unknown>>): string {
  const flow = stringify(example, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trimEnd()
  return code(Object.keys(example).length === 1 ? flow.slice(1, -1).trim() : flow)
}

function code(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^\s|\s$|^$/u.test(text) ? `\`"${text}"\`` : `\`${text}\``
}

/** As GitHub makes it of a heading. */
function anchor(path: string): string {
  return path === '' ? 'the-study' : path.toLowerCase().replace(/[^\w]/gu, '')
}
