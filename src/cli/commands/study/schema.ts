import type { Command } from 'commander'
import { studyJsonSchema } from '../../../study/file/json-schema.ts'

/** `reteach schema`: the study file's JSON Schema. */
export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description("Print the study file's JSON Schema, for editors")
    .option('--json', 'JSON, which is what is printed anyway')
    .addHelpText(
      'after',
      `
An editor with the YAML language server completes and checks a study whose first line is
  # yaml-language-server: $schema=./study.schema.json

Example:
  $ reteach schema > study.schema.json`,
    )
    .action(() => {
      process.stdout.write(`${JSON.stringify(studyJsonSchema(), null, 2)}\n`)
    })
}
