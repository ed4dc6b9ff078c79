import * as z from 'zod'
import { studySchema } from './schema.ts'

/** The study file's JSON Schema (draft 7), from the one schema that checks it: for editors that complete and underline. */
export function studyJsonSchema(): object {
  return {
    ...z.toJSONSchema(studySchema, {
      io: 'input',
      target: 'draft-7',
      reused: 'ref',
      override: ({ jsonSchema }) => {
        // What stands beside an example is for people.
        delete jsonSchema.beside
      },
    }),
    title: 'A study of reteach',
  }
}
