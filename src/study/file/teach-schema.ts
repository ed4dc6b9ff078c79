import * as z from 'zod'
import { memorySizePattern, memorySizeWords } from '../../lesson/memory-size.ts'
import { count, type Setting, type SettingValue } from '../../lesson/setting.ts'
import { settingExample } from '../../lesson/setting-words.ts'
import { type SettingName, settingRow, settingTable } from '../../lesson/settings.ts'
import type { TeachSettings } from '../../lesson/teach-settings.ts'
import { describe, type KeyFacts } from './keys/describe.ts'

/** What a study may say of a lesson's settings. */
export type TeachEntry = {
  [Name in keyof TeachSettings]?:
    | (TeachSettings[Name] extends object ? Partly<TeachSettings[Name]> : TeachSettings[Name])
    | undefined
}
type Partly<T> = { [Key in keyof T]?: T[Key] | undefined }
type LimitsEntry = NonNullable<TeachEntry['limits']>

/** A kind of value that several settings share is one schema, which the JSON Schema has once. */
const schemas = new Map<SettingValue, z.ZodType>()

export const countSchema = schemaOf(count) as z.ZodInt

export const limitsSchema = z.strictObject(shapeOf('limits')) as unknown as z.ZodType<LimitsEntry>

/** What a lesson is taught with. Every key may also stand in a chain: `mt5 -> res(learning_rate=1e-3)`. */
export const teachSchema = z.strictObject(teachShape()) as unknown as z.ZodType<TeachEntry>

/** In the order of the table, with `limits` where its first setting stands. */
function teachShape(): Record<string, z.ZodType> {
  const limits = describe(limitsSchema.optional(), 'Limits while teaching, where they differ', {
    absent: "the task's",
    example: { source: 256 },
  })
  const keys = (Object.keys(settingTable) as SettingName[]).map((name): [string, z.ZodType] =>
    name.startsWith('limits.') ? ['limits', limits] : [name, entrySchema(name)],
  )
  return Object.fromEntries(keys)
}

function shapeOf(group: string): Record<string, z.ZodType> {
  const names = (Object.keys(settingTable) as SettingName[]).filter((name) => name.startsWith(`${group}.`))
  return Object.fromEntries(names.map((name) => [name.slice(group.length + 1), entrySchema(name)]))
}

function entrySchema(name: SettingName): z.ZodType {
  const row = settingRow(name)
  return describe(schemaOf(row.value).optional(), row.help, { ...settingExample(name), ...usual(row) })
}

function usual({ studyDefault, default: both = studyDefault, absent, belongsTo }: Setting): Omit<KeyFacts, 'example'> {
  if (both !== undefined) return { default: both }
  const own = Object.entries(belongsTo?.defaults ?? {}).flatMap(([owner, value]) =>
    value === null ? [] : [{ owner, value }],
  )
  if (own.length === 1) return { default: own[0]!.value }
  if (own.length > 1) return { absent: own.map(({ owner, value }) => `${value} (${owner})`).join(', ') }
  return { absent: absent ?? 'none' }
}

function schemaOf(value: SettingValue): z.ZodType {
  const known = schemas.get(value)
  if (known !== undefined) return known
  const made = newSchema(value)
  schemas.set(value, made)
  return made
}

function newSchema(value: SettingValue): z.ZodType {
  switch (value.type) {
    case 'number': {
      const { least, above, most, below } = value
      let schema = z.number()
      if (least !== undefined) schema = schema.min(least)
      if (above !== undefined) schema = schema.gt(above)
      if (most !== undefined) schema = schema.max(most)
      if (below !== undefined) schema = schema.lt(below)
      return schema
    }
    case 'whole':
      return z.int().min(value.least)
    case 'choice':
      return z.enum(value.choices)
    case 'text':
      return value.filled ? z.string().min(1) : z.string()
    case 'size':
      return z.string().regex(memorySizePattern, { error: `wanted ${memorySizeWords}` })
    case 'switch':
      return z.boolean()
    case 'either':
      return z.union([z.literal(value.word), schemaOf(value.or)])
  }
}
