import { type Command, Option } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { convertLines } from '../../../base/lines.ts'
import { utf8Text } from '../../../base/utf8-text.ts'
import { loadTokenizer } from '../../../pretrained/tokenizer-folder.ts'
import { studyUsableModel } from '../../../use/study-usable-model.ts'
import { addModelOptions, modelFolder } from '../../input/model-folder.ts'
import { type NamedModelFlags, refuse } from '../../input/named-model.ts'
import { addStudyModelOptions, splitStudyModel, studyModel, studyModelHelp } from '../../input/study-model.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { writeOutput } from '../../print/write-output.ts'

interface TokenizeFlags extends NamedModelFlags {
  readonly maxLength?: number
  readonly decode?: true
  readonly json?: true
}

/** `reteach tokenize`: texts to token ids and back. */
export function addTokenizeCommand(program: Command): void {
  const command = program
    .command('tokenize')
    .description('Turn texts into a model\'s token ids: JSONL of {"text"} in, {"ids"} out')
  addStudyModelOptions(addModelOptions(command, `model folder, spiece.model or tokenizer.json, ${studyModelHelp}`))
    .addOption(
      new Option('--max-length <n>', 'cut to so many ids, </s> included').argParser(wholeNumber(1)).conflicts('decode'),
    )
    .option('--decode', 'the other way: {"ids"} in, {"text"} out')
    .option('--json', 'JSON lines, which is what is printed anyway')
    .addHelpText(
      'after',
      `
Examples:
  $ echo '{"text": "A house is a home."}' | reteach tokenize --model ./mt5-small
  $ echo '{"ids": [71, 629, 1]}' | reteach tokenize --hub google/mt5-small --decode`,
    )
    .action(async (flags: TokenizeFlags) => {
      const tokenizer = loadTokenizer(await tokenizerPlace(flags, command))
      const convert = (value: Record<string, unknown>): object => {
        if (flags.decode) return { text: tokenizer.decode(idsOf(value.ids)) }
        if (typeof value.text !== 'string') throw new Fault(`Wanted {"text": "…"}, found ${JSON.stringify(value)}`)
        return { ids: Array.from(tokenizer.encode(value.text, { maxLength: flags.maxLength })) }
      }
      await writeOutput(converted(process.stdin, convert))
    })
}

async function tokenizerPlace(flags: TokenizeFlags, command: Command): Promise<string> {
  const named = flags.model === undefined || flags.hub !== undefined ? undefined : splitStudyModel(flags.model)
  if (named === undefined) {
    refuse(flags, ['seed', 'task', 'store', 'folder'], '"study.yaml#mt5 -> res"', command)
    return await modelFolder(flags, command, 'tokenizer')
  }
  const { plan, store, checkpoint, task } = await studyModel(named.study, named.name, flags)
  return studyUsableModel(plan, store, checkpoint.step.key, task).folder
}

async function* converted(
  input: NodeJS.ReadStream,
  convert: (value: Record<string, unknown>) => object,
): AsyncGenerator<string> {
  if (input.isTTY) throw new Fault('Cannot tokenize without texts: pipe JSON objects in, one a line')
  const convertLine = (line: string, number: number): string => {
    try {
      const value: unknown = JSON.parse(line)
      if (value === null || typeof value !== 'object') throw new SyntaxError('it is no JSON object')
      return `${JSON.stringify(convert(value as Record<string, unknown>))}\n`
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof Fault)) throw error
      const message = `Cannot read line ${number} of standard input: ${error.message}`
      throw new Fault(message, undefined, { cause: error })
    }
  }
  for await (const batch of convertLines(utf8Text(input, 'standard input'), 'standard input', convertLine))
    yield batch.join('')
}

function idsOf(value: unknown): number[] {
  if (Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && id >= 0)) return value as number[]
  throw new Fault(`Wanted {"ids": [whole numbers]}, found ${JSON.stringify(value)?.slice(0, 60)}`)
}
