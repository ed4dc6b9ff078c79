import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { z } from 'zod'
import type { OutputSchema } from '../../src/cli/output/output-schema.ts'
import { outputSchemas } from '../../src/cli/output/output-schemas.ts'

/**
 * Compares what a command has printed with `--json` with its schema, wherever a test runs one: also what it has printed before a
 * fault, which is none of it or whole.
 *
 * @throws {Error} naming the field that is not as the schema says
 */
export function checkOutput(args: readonly string[], out: string): void {
  if (!args.includes('--json')) return
  const known = outputSchemas.get(args[0] ?? '') ?? outputSchemas.get(args.slice(0, 2).join(' '))
  // Scripts of jobs are no JSON.
  const isScripts = args.includes('--on') && args.includes('--dry-run')
  if (known !== undefined && out !== '' && !isScripts) expectSchema(known, out, args.join(' '))
}

/** The same of the files that lessons and tests have left in a store. @returns the names of those that were there */
export function checkStoreFiles(store: string): Set<string> {
  const paths = readdirSync(store, { recursive: true }).map(String)
  const found = paths.filter(
    (path) => path.includes('.json') && outputSchemas.has(basename(path)) && !path.includes('.state'),
  )
  for (const path of found) {
    expectSchema(outputSchemas.get(basename(path))!, readFileSync(join(store, path), 'utf8'), path)
  }
  return new Set(found.map((path) => basename(path)))
}

function expectSchema({ schema, lines }: OutputSchema, out: string, what: string): void {
  const isRight = compiled(schema)
  const texts = lines === true ? out.split('\n').filter((line) => line !== '') : [out]
  for (const text of texts) {
    if (isRight(JSON.parse(text))) continue
    throw new Error(`${what} is not as its schema says: ${ajv.errorsText(isRight.errors)}`)
  }
}

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const known = new Map<OutputSchema['schema'], ValidateFunction>()

/** What "reteach schema" prints is what is held, not what it is made of. */
function compiled(schema: OutputSchema['schema']): ValidateFunction {
  const made = known.get(schema) ?? ajv.compile(z.toJSONSchema(schema))
  known.set(schema, made)
  return made
}
