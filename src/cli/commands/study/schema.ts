import type { Command } from 'commander'
import * as z from 'zod'
import { UsageFault } from '../../../base/fault.ts'
import { didYouMean } from '../../../base/nearest.ts'
import { studyJsonSchema } from '../../../study/file/json-schema.ts'
import { outputSchemas } from '../../output/output-schemas.ts'

/** `reteach schema`: the JSON Schema of the study file, or of what this program writes. */
export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description("Print the study file's JSON Schema, for editors, or that of an output, for programs")
    .argument('[output...]', `of an output: ${[...outputSchemas.keys()].join(', ')}`)
    .option('--json', 'JSON, which is what is printed anyway')
    .addHelpText(
      'after',
      `
An editor with the YAML language server completes and checks a study whose first line is
  # yaml-language-server: $schema=./study.schema.json

Of a command it is the schema of what that prints with --json; of JSON lines that of a line (docs/OUTPUT.md).

Examples:
  $ reteach schema > study.schema.json
  $ reteach schema log.jsonl`,
    )
    .action((output: readonly string[]) => {
      const schema = output.length === 0 ? studyJsonSchema() : outputJsonSchema(output.join(' '))
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
    })
}

function outputJsonSchema(name: string): object {
  const known = outputSchemas.get(name)
  if (known !== undefined) return { title: known.of, ...z.toJSONSchema(known.schema) }
  const names = [...outputSchemas.keys()]
  throw new UsageFault(`Unknown output "${name}"${didYouMean(name, names)}; known are ${names.join(', ')}`)
}
