import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { writeFileAtomic } from '../../../base/atomic-file.ts'
import { Fault } from '../../../base/fault.ts'
import { packageFolder } from '../../../base/package.ts'
import { studyJsonSchema } from '../../../study/file/json-schema.ts'

interface InitFlags {
  readonly paper?: true
  readonly force?: true
  readonly json?: true
}

const schemaName = 'study.schema.json'

/** `reteach init`: a study to begin with. */
export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('Write a commented study file to begin with, and the schema that lets an editor check it')
    .argument('[study]', 'file to write', 'study.yaml')
    .option('--paper', 'the whole study of "Can We Teach a Model Twice?"')
    .option('--force', 'write over files that are there')
    .option('--json', 'print the names of the files as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach init
  $ reteach init paper.yaml --paper`,
    )
    .action((study: string, flags: InitFlags) => {
      const schema = join(dirname(study), schemaName)
      if (existsSync(study) && !flags.force) {
        throw new Fault(`Cannot write "${study}" as it is there already: choose another name, or give --force`)
      }
      const text = readFileSync(join(packageFolder, 'examples', flags.paper ? 'paper.yaml' : 'starter.yaml'), 'utf8')
      writeFileAtomic(study, `# yaml-language-server: $schema=./${schemaName}\n${text}`)
      writeFileAtomic(schema, `${JSON.stringify(studyJsonSchema(), null, 2)}\n`)
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ study, schema })}\n`
          : `Wrote "${study}" and "${schema}". Next: reteach plan ${study}\n`,
      )
    })
}
