import * as z from 'zod'

/** What the reference of study files and editors say of a key, beside its type. */
export interface KeyFacts {
  /** A value that the reader takes. */
  readonly example: unknown
  /** Keys that stand beside it for that. */
  readonly beside?: Readonly<Record<string, unknown>>
  /** The value where none is given, */
  readonly default?: unknown
  /** or what is then done, in words. A key without either must be given. */
  readonly absent?: string
}

/**
 * Says of a schema what its key is for. The schema itself is marked, as a copy would have its parts in the JSON Schema twice,
 * and then by reference, without their descriptions: so each may stand under one key only, which `.optional()` makes sure of.
 *
 * @param description one sentence without a full stop, and without the default
 */
export function describe<T extends z.ZodType>(schema: T, description: string, facts: KeyFacts): T {
  const { example, beside, absent, ...rest } = facts
  if (z.globalRegistry.has(schema)) throw new Error(`Cannot describe a schema twice: "${description}"`)
  z.globalRegistry.add(schema, {
    description: absent === undefined ? description : `${description}; default: ${absent}`,
    ...('default' in rest && { default: rest.default }),
    examples: [example],
    ...(beside !== undefined && { beside }),
  })
  return schema
}
