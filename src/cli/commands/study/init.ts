import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { Command } from 'commander'
import { writeFileAtomic, writeJsonFile } from '../../../base/atomic-file.ts'
import { Fault } from '../../../base/fault.ts'
import { packageFolder } from '../../../base/package.ts'
import { studyJsonSchema } from '../../../study/file/json-schema.ts'
import { commandLine } from '../../print/program-call.ts'

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
    .description(
      'Write a commented study file to begin with, example rows that it runs on, and a schema that lets an editor check it',
    )
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
      const example = readFileSync(join(examples, flags.paper ? 'paper.yaml' : 'starter.yaml'), 'utf8')
      const text = flags.paper ? example : named(example, study)
      const rows = flags.paper ? [] : exampleFiles(dirname(study))
      writeFileAtomic(study, `# yaml-language-server: $schema=./${schemaName}\n${text}`)
      writeJsonFile(schema, studyJsonSchema())
      for (const { to, content } of rows) writeFileAtomic(to, content)
      const files = rows.map(({ to }) => to)
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ study, schema, examples: files })}\n`
          : `${wrote(study, schema, flags).join('\n')}\n`,
      )
    })
}

/** Studies beside each other share a store, in which each is known by its name. */
function named(example: string, file: string): string {
  const name = basename(file, extname(file))
  if (name === 'study' || name === '') return example
  const isPlain = /^\p{L}[\p{L}\p{N}_-]*$/u.test(name) && !/^(?:true|false|null|yes|no|on|off|y|n)$/iu.test(name)
  return example.replace(/^study: .*$/mu, () => `study: ${isPlain ? name : JSON.stringify(name)}`)
}

const examples = join(packageFolder, 'examples')
const rowsFolder = 'starter'

/**
 * The rows and the tokenizer that the study begins with, without those that are there.
 *
 * @throws {Fault} where another file has the name of one
 */
function exampleFiles(folder: string): { to: string; content: Buffer }[] {
  return readdirSync(join(examples, rowsFolder)).flatMap((name) => {
    const content = readFileSync(join(examples, rowsFolder, name))
    const to = join(folder, rowsFolder, name)
    if (!existsSync(to)) return [{ to, content }]
    if (statSync(to).isFile() && readFileSync(to).equals(content)) return []
    throw new Fault(
      `Cannot write example rows to "${to}" as another file is there: write the study into another folder`,
    )
  })
}

function wrote(study: string, schema: string, { paper }: InitFlags): string[] {
  const line = (...words: string[]): string => `  ${commandLine(words)}`
  if (paper) {
    const sentence = `Wrote "${study}", whose head says which data and models it takes, and "${schema}". Next, without them:`
    return [sentence, line('plan', study, '--assume-sizes')]
  }
  const rows = join(dirname(study), rowsFolder)
  return [
    `Wrote "${study}", "${schema}" and example rows in "${rows}". Next, before your own data take their place:`,
    ...['data', 'plan', 'run', 'recommend'].map((command) => line(command, study)),
  ]
}
