import * as z from 'zod'
import { stepKindNames } from '../../study/steps/step-kinds.ts'

/** What a file or a `--json` holds. Later versions may add fields; those that are here keep their names and meanings. */
export interface OutputSchema {
  /** One sentence without its full stop. */
  readonly of: string
  /** Of a line, where it is JSON lines. */
  readonly lines?: true
  readonly schema: z.ZodType
}

/** What many outputs hold. */
export const outputParts = {
  number: z.number(),
  count: z.int().min(0),
  text: z.string(),
  key: z.string().regex(/^[0-9a-f]{64}$/u),
  /** JSON has no NaN. */
  loss: z.number().nullable(),
  step: z.looseObject({
    kind: z.enum(stepKindNames),
    key: z.string().regex(/^[0-9a-f]{64}$/u),
    label: z.string(),
  }),
}
