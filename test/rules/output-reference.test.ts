import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { outputSchemas } from '../../src/cli/output/output-schemas.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { withOutputReference } from './output-reference.ts'

it('docs/OUTPUT.md tells what every output holds', () => {
  const text = readFileSync(new URL('../../docs/OUTPUT.md', import.meta.url), 'utf8')
  expect(text, 'run node scripts/run-ts.mjs scripts/output-reference.ts').toBe(withOutputReference(text))
})

it('every command with --json has a schema, and every schema a command or file', () => {
  const commands = namesWithJson(buildProgram(), [])
  const described = [...outputSchemas.keys()].filter((name) => !/\.jsonl?$/u.test(name))
  expect(commands.toSorted(), 'give it an entry in src/cli/output/').toEqual(described.toSorted())
})

it('every schema is one that validators compile, and refuses what is something else', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true })
  for (const [name, { schema }] of outputSchemas) {
    const isRight = ajv.compile(z.toJSONSchema(schema))
    expect(isRight(null), name).toBe(false)
    expect(isRight({}), name).toBe(name === 'rows')
  }
})

/** `verify store` of a command within a command. */
function namesWithJson({ commands, options }: Command, path: readonly string[]): string[] {
  const own = options.some(({ long }) => long === '--json') ? [path.join(' ')] : []
  return [...own, ...commands.flatMap((command) => namesWithJson(command, [...path, command.name()]))]
}
