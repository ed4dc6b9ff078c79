import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { readJsonLines, writeJsonLines } from '../../../base/json-lines.ts'
import { readLines } from '../../../base/lines.ts'
import { clearAway, temporaryFolder } from '../../../base/temporary-folder.ts'
import { utf8Text } from '../../../base/utf8-text.ts'
import type { DeviceChoice, DeviceName } from '../../../lesson/device.ts'
import type { Prediction, PredictRequest } from '../../../lesson/protocol.ts'
import { predictInChild } from '../../../train/child.ts'
import type { ModelAnswer } from '../../../use/answer-rows.ts'
import { type NewRow, readNewRows, repeatedIds } from '../../../use/new-rows.ts'
import { rowLabels } from '../../../use/row-labels.ts'
import type { UsableModel } from '../../../use/usable-model.ts'
import { addModelOptions } from '../../input/model-folder.ts'
import { type NamedModelFlags, namedModel, refuse } from '../../input/named-model.ts'
import { commandDevice } from '../../input/study-device.ts'
import { addStudyModelOptions, studyModelHelp } from '../../input/study-model.ts'
import { deviceOption } from '../../options/device-option.ts'
import { addGenerationOptions, type GenerationFlags, generationOf } from '../../options/generation-options.ts'
import { threadCount, wholeNumber } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { writeOutput } from '../../print/write-output.ts'
import { type AskFlags, addConfidenceOptions, addNewRowsOptions, askModel } from './ask-model.ts'
import { EmptySources } from './empty-sources.ts'

interface PredictFlags extends GenerationFlags, NamedModelFlags, Omit<AskFlags, 'device'> {
  readonly device?: DeviceChoice
  readonly input?: string
  readonly id?: string
  readonly allRows?: true
  readonly pairs?: string
  /** False where `--no-folder-settings` is given. */
  readonly folderSettings: boolean
  readonly json?: true
}

/** `reteach predict`: a model's answers. */
export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('Answer sources with a model: one a line on standard input, one JSON object a line out, in order')
  addStudyModelOptions(addModelOptions(command, `model folder, ${studyModelHelp}`))
  addNewRowsOptions(command)
    .option('--pairs <file>', 'read the sources from JSONL with a "source" field instead of standard input')
    .option('--prefix <text>', "put before every source (default: the task's, else nothing)")
    .option(
      '--max-source <n>',
      "longest source in tokens, </s> included (default: the task's, else not cut)",
      wholeNumber(1),
    )
    .option('--batch <n>', "sources answered together (default: the task's, else 32)", wholeNumber(1))
  addConfidenceOptions(command)
  addGenerationOptions(command)
    .option(
      '--no-folder-settings',
      "set aside what the model's config.json and generation_config.json say about how answers are written",
    )
    .option('--threads <n>', 'threads to use (default: all cores)', threadCount)
    .addOption(deviceOption('what computes the answers; default: cpu'))
    .option('--json', 'JSON lines, which is what is printed anyway')
    .addHelpText(
      'after',
      `
A model of a study, or one that "reteach export" has written, knows its task: prefix, limits, how answers are written, and the
labels. An option that is given wins. Standard input is read to its end before the first answer, as sources of like length are answered
together. Its answers are {"id", "prediction"}, of a task with labels with "labels" and
"confidences" (docs/USE.md); those of any other folder are {"prediction"}.

Examples:
  $ reteach predict --model "study.yaml#mt5 -> reviews" --input new-reviews.csv > labels.jsonl
  $ echo "We propose a new method." | reteach predict --model ./taught --prefix "abstract to title: "
  $ reteach predict --model ./taught --pairs test.jsonl --max-new-tokens 64 > answers.jsonl
  $ reteach predict --model ./taught --pairs test.jsonl --num-beams 4 --num-return-sequences 2 > answers.jsonl`,
    )
    .action(predict)
}

async function predict(asked: PredictFlags, command: Command): Promise<void> {
  const { device, notes } = commandDevice(asked.device)
  const { device: _, ...rest } = asked
  const flags = { ...rest, ...(device && { device }) }
  tellNotes(notes)
  if (flags.input !== undefined && flags.pairs !== undefined) {
    command.error('error: give --input or --pairs, not both', { exitCode: 2 })
  }
  const model = await namedModel(flags, command)
  if (model.task !== undefined) return await predictForTask(model, flags, command)
  refuse(flags, ['input', 'id', 'allRows', 'threshold'], '"study.yaml#mt5 -> res"', command)
  refuseNoConfidence(flags, command)
  await predictPlainly(model.folder, flags)
}

function refuseNoConfidence({ confidence }: Pick<PredictFlags, 'confidence'>, command: Command): void {
  if (!confidence) command.error('error: --no-confidence belongs to tasks with labels', { exitCode: 2 })
}

async function predictForTask(model: UsableModel, flags: OnDevice<PredictFlags>, command: Command): Promise<void> {
  const { input, pairs, id, allRows, threshold } = flags
  const isLabels = model.task.texts.kind === 'labels'
  if (!flags.folderSettings) {
    command.error('error: --no-folder-settings belongs to a folder without a task: a task has settings of its own', {
      exitCode: 2,
    })
  }
  if (!isLabels) refuseNoConfidence(flags, command)
  if (threshold !== undefined && (!isLabels || !flags.confidence)) {
    const why = isLabels ? 'takes the confidences that --no-confidence leaves out' : 'belongs to tasks with labels'
    command.error(`error: --threshold ${why}`, { exitCode: 2 })
  }
  const onNotice = (sentence: string): void => tellNotes([sentence])
  const rows =
    input !== undefined
      ? await readNewRows(model.task, input, { id, allRows, onNotice })
      : await numbered(pairs === undefined ? linesOf(process.stdin) : readJsonLines<PairLine>(pairs))
  const repeated = repeatedIds(rows)
  if (repeated !== undefined) tellNotes([repeated])
  const sources = rows.map(({ source }) => source)
  const empty = new EmptySources()
  for (const { id, source } of rows) empty.see(source, id)
  tellNotes(empty.notes())
  const { answers, calibration } = await askModel(model, sources, flags, generationOf(flags))
  const line = (answer: ModelAnswer, row: number): string => {
    const labels = isLabels ? rowLabels(model.task, answer, calibration, threshold) : {}
    const several = answer.answers && severalOf(answer.answers)
    return `${JSON.stringify({ id: rows[row]!.id, prediction: answer.prediction, ...several, ...labels })}\n`
  }
  await writeOutput(Readable.from(answers.map(line)))
}

/** With the device that `auto` has become. */
type OnDevice<Flags> = Omit<Flags, 'device'> & { readonly device?: DeviceName }

interface PairLine {
  readonly source: string
  readonly id?: string | number
}

/** Sources with their ids, or the numbers of their lines. */
async function numbered(lines: AsyncIterable<PairLine | null>): Promise<NewRow[]> {
  const rows: NewRow[] = []
  for await (const row of lines) {
    if (typeof row?.source !== 'string') {
      throw new Fault(`Cannot answer line ${rows.length + 1} as its "source" is no text`)
    }
    rows.push({ id: row.id ?? rows.length + 1, source: row.source })
  }
  return rows
}

async function predictPlainly(model: string, flags: OnDevice<PredictFlags>): Promise<void> {
  const folder = temporaryFolder('reteach-predict-')
  try {
    const empty = new EmptySources()
    let sources = flags.pairs
    if (sources === undefined) {
      sources = join(folder, 'sources.jsonl')
      await writeJsonLines(sources, empty.passing(linesOf(process.stdin)))
    } else {
      let line = 0
      for await (const row of readJsonLines<PairLine | null>(sources)) empty.see(row?.source, ++line)
    }
    tellNotes(empty.notes())
    const out = join(folder, 'answers.jsonl')
    await interruptible((signal) => answer(flags, { model, sources, out }, signal))
    await writeOutput(answerLines(out))
  } finally {
    clearAway(folder)
  }
}

/** Sources that are answered together unless task or user say otherwise. */
const usualBatch = 32

async function answer(
  flags: OnDevice<PredictFlags>,
  paths: Pick<PredictRequest, 'model' | 'sources' | 'out'>,
  signal: AbortSignal,
): Promise<void> {
  const line = new ProgressLine()
  await predictInChild(
    {
      ...paths,
      prefix: flags.prefix ?? '',
      ...(flags.maxSource === undefined ? {} : { maxSource: flags.maxSource, tellsCut: true }),
      batch: flags.batch ?? usualBatch,
      generation: generationOf(flags),
      followsFolder: flags.folderSettings,
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      ...(flags.device && { device: flags.device }),
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
