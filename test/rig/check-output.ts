import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type OutputSchema, outputSchemas } from '../../src/cli/output/output-schemas.ts'

/**
 * Compares what a command has printed with `--json` with its schema, wherever a test runs one.
 *
 * @throws {Error} naming the field that is not as the schema says
 */
export function checkOutput(args: readonly string[], out: string): void {
  const known = outputSchemas.get(args[0] ?? '')
  // A detached run tells of its jobs, and nothing was done yet.
  if (known === undefined || !args.includes('--json') || args.includes('--detach')) return
  expectSchema(known, out, args.join(' '))
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
  const texts = lines === true ? out.split('\n').filter((line) => line !== '') : [out]
  for (const text of texts) {
    const { error } = schema.safeParse(JSON.parse(text))
    if (error !== undefined) throw new Error(`${what} is not as its schema says: ${error.message}`)
  }
}
