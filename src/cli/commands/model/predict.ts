import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { readJsonLines, writeJsonLines } from '../../../base/json-lines.ts'
import { readLines } from '../../../base/lines.ts'
import { temporaryFolder } from '../../../base/temporary-folder.ts'
import { utf8Text } from '../../../base/utf8-text.ts'
import type { Prediction, PredictRequest } from '../../../lesson/protocol.ts'
import { predictInChild } from '../../../train/child.ts'
import { addModelOptions, type ModelFlags, modelFolder } from '../../input/model-folder.ts'
import { addGenerationOptions, type GenerationFlags, generationOf } from '../../options/generation-options.ts'
import { wholeNumber } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { writeOutput } from '../../print/write-output.ts'

interface PredictFlags extends GenerationFlags, ModelFlags {
  readonly pairs?: string
  readonly prefix: string
  readonly maxSource?: number
  readonly batch: number
  /** False where `--no-folder-settings` is given. */
  readonly folderSettings: boolean
  readonly threads?: number
  readonly json?: true
}

/** `reteach predict`: a model's answers. */
export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('Answer sources with a model: one a line on standard input, one JSON object a line out, in order')
  addModelOptions(command, 'model folder')
    .option('--pairs <file>', 'read the sources from JSONL with a "source" field instead of standard input')
    .option('--prefix <text>', 'put before every source', '')
    .option('--max-source <n>', 'longest source in tokens, </s> included (default: not cut)', wholeNumber(1))
    .option('--batch <n>', 'sources answered together', wholeNumber(1), 32)
  addGenerationOptions(command)
    .option(
      '--no-folder-settings',
      "set aside what the model's config.json and generation_config.json say about how answers are written",
    )
    .option('--threads <n>', 'threads to use (default: all cores)', wholeNumber(1))
    .option('--json', 'JSON lines, which is what is printed anyway')
    .addHelpText(
      'after',
      `
Examples:
  $ echo "We propose a new method." | reteach predict --model ./taught --prefix "abstract to title: "
  $ reteach predict --model ./taught --pairs test.jsonl --max-new-tokens 64 > answers.jsonl
  $ reteach predict --model ./taught --pairs test.jsonl --num-beams 4 --num-return-sequences 2 > answers.jsonl`,
    )
    .action(predict)
}

async function predict(flags: PredictFlags, command: Command): Promise<void> {
  const model = await modelFolder(flags, command)
  const folder = temporaryFolder('reteach-predict-')
  try {
    let sources = flags.pairs
    if (sources === undefined) {
      sources = join(folder, 'sources.jsonl')
      await writeJsonLines(sources, linesOf(process.stdin))
    }
    const out = join(folder, 'answers.jsonl')
    await interruptible((signal) => answer(flags, { model, sources, out }, signal))
    await writeOutput(answerLines(out))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function answer(
  flags: PredictFlags,
  paths: Pick<PredictRequest, 'model' | 'sources' | 'out'>,
  signal: AbortSignal,
): Promise<void> {
  const line = new ProgressLine()
  await predictInChild(
    {
      ...paths,
      prefix: flags.prefix,
      ...(flags.maxSource === undefined ? {} : { maxSource: flags.maxSource }),
      batch: flags.batch,
      generation: generationOf(flags),
      followsFolder: flags.folderSettings,
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    },
    {
      signal,
      onEvent: (event) => {
        if (event.type === 'warning') line.say(`Warning: ${event.message}`)
        else line.update({ label: 'predict', done: event.done, total: event.total, unit: 'answers', from: 0 })
      },
    },
  ).finally(() => line.end('predict'))
}

async function* answerLines(file: string): AsyncGenerator<string> {
  for await (const { prediction, answers } of readJsonLines<Prediction>(file)) {
    yield `${JSON.stringify({ prediction, ...(answers && severalOf(answers)) })}\n`
  }
}

function severalOf(answers: NonNullable<Prediction['answers']>): { predictions: string[]; scores?: number[] } {
  const scores = answers.flatMap(({ score }) => score ?? [])
  return { predictions: answers.map(({ text }) => text), ...(scores.length === 0 ? {} : { scores }) }
}

async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<{ source: string }> {
  if (input.isTTY) throw new Fault('Cannot answer without sources: pipe them in, one a line, or give --pairs FILE')
  for await (const { lines } of readLines(utf8Text(input, 'standard input'), 'standard input')) {
    for (const source of lines) yield { source }
  }
}
