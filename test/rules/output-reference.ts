import { z } from 'zod'
import type { OutputSchema } from '../../src/cli/output/output-schema.ts'
import { outputSchemas } from '../../src/cli/output/output-schemas.ts'

const [begin, end] = [
  '<!-- outputs: written by node scripts/run-ts.mjs scripts/output-reference.ts -->',
  '<!-- end of outputs -->',
]

/** docs/OUTPUT.md with what every output holds. */
export function withOutputReference(text: string): string {
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error('docs/OUTPUT.md has no place for the outputs')
  const known = [...outputSchemas]
  const sections = known.map(([name, output]) => {
    const [first] = known.find(([, one]) => one.schema === output.schema)!
    return first === name ? section(name, output) : `### \`${name} --json\`\n\nAs \`${first} --json\`.`
  })
  return `${before}${begin}\n\n${sections.join('\n\n')}\n\n${end}${after}`
}

interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema
}

function section(name: string, { of, lines, schema }: OutputSchema): string {
  const json = z.toJSONSchema(schema) as JsonSchema
  const forms = json.anyOf ?? [json]
  const title = name.includes('.') ? `\`${name}\`` : `\`${name} --json\``
  const told = `${of}${lines === true ? '; one JSON object a line' : ''}`
  return [`### ${title}`, `${told[0]!.toUpperCase()}${told.slice(1)}.`, ...forms.map(table)].join('\n\n')
}

function table(form: JsonSchema): string {
  const rows = fields(form, '').map(({ name, type, about }) => `| \`${name}\` | ${type} | ${about} |`)
  return ['| field | type | |', '|---|---|---|', ...rows].join('\n')
}

interface Field {
  readonly name: string
  readonly type: string
  readonly about: string
}

/** Fields of objects in lists stand below the list, as `steps[].key`. */
function fields({ properties = {}, required = [] }: JsonSchema, within: string): Field[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const path = `${within}${name}`
    const maybe = required.includes(name) ? '' : 'may be absent'
    const about = [value.description ?? '', maybe].filter(Boolean).join('; ')
    const inner = value.items === undefined ? fields(value, `${path}.`) : fields(value.items, `${path}[].`)
    return [{ name: path, type: typeOf(value), about }, ...inner]
  })
}

function typeOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  if (schema.pattern?.includes('{64}')) return 'sha256'
  return [schema.type ?? 'any'].flat().join(' or ')
}
