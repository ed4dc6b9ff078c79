import * as z from 'zod'
import {
  type GenerationEntry,
  type GenerationName,
  type GenerationValue,
  generationNames,
  generationRow,
  type StudyGenerationName,
} from '../../../lesson/generation.ts'
import { countSchema } from '../teach-schema.ts'
import { describe } from './describe.ts'
import { fileDefaults } from './file-defaults.ts'

/** What a study may say of how a task's answers are written. */
export type GenerateEntry = { [Name in StudyGenerationName]?: GenerationEntry[Name] | undefined } & {
  batch?: number | undefined
  from?: string | undefined
}

const id = z.int().min(0)
const ids = z.array(id)

/** How answers are written when a task is tested; names and meaning as in transformers. */
export const generateSchema = z.strictObject({
  ...Object.fromEntries(
    generationNames.filter((name) => !generationRow(name).predictOnly).map((name) => [name, entrySchema(name)]),
  ),
  from: describe(
    z.string().optional(),
    'Start whose folder says how answers are written, to all chains alike, where nothing else is said here; its limit is the one on targets where the folder has none',
    { absent: 'what folders say is set aside', example: 'mt5' },
  ),
  batch: describe(countSchema.optional(), 'Sources answered together', {
    default: fileDefaults.generate.batch,
    example: 64,
  }),
}) as unknown as z.ZodType<GenerateEntry>

function entrySchema(name: GenerationName): z.ZodType {
  const { value, help, neutral, absent, example, withBeams } = generationRow(name)
  return describe(schemaOf(value).optional(), help, {
    example,
    ...(neutral === undefined ? { absent: absent ?? 'none' } : { default: neutral }),
    ...(withBeams && { beside: { num_beams: 4 } }),
  })
}

function schemaOf(value: GenerationValue): z.ZodType {
  switch (value.type) {
    case 'whole':
      return z.int().min(value.least)
    case 'number':
      return value.above === undefined ? z.number() : z.number().gt(value.above)
    case 'stopping':
      return z.union([z.boolean(), z.literal('never')])
    case 'id':
      return id
    case 'ids':
      return ids
    case 'id-or-ids':
      return z.union([id, ids.min(1)])
    case 'runs':
      return z.array(ids.min(1))
  }
}
