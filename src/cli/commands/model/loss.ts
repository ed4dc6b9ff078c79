import type { Command } from 'commander'
import type { DeviceChoice } from '../../../lesson/device.ts'
import { lessonDefaults } from '../../../lesson/lesson-settings.ts'
import type { LossRequest, LossResult } from '../../../lesson/protocol.ts'
import { lossOf } from '../../../train/child.ts'
import { withPairs } from '../../../use/pairs-file.ts'
import type { UsableModel } from '../../../use/usable-model.ts'
import { addModelOptions } from '../../input/model-folder.ts'
import { type NamedModel, type NamedModelFlags, namedModel, refuse } from '../../input/named-model.ts'
import { commandDevice } from '../../input/study-device.ts'
import { addStudyModelOptions, studyModelHelp } from '../../input/study-model.ts'
import { deviceOption } from '../../options/device-option.ts'
import { threadCount, wholeNumber } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { allRowsOption } from './ask-model.ts'

interface LossFlags extends NamedModelFlags {
  readonly data?: string
  readonly input?: string
  readonly allRows?: true
  readonly batch: number
  readonly maxSource?: number
  readonly maxTarget?: number
  readonly prefix?: string
  readonly threads?: number
  readonly device?: DeviceChoice
  readonly json?: true
}

/** `reteach loss`: how well a model predicts given targets. */
export function addLossCommand(program: Command): void {
  const command = program.command('loss').description("Measure a model's loss on pairs, dropout off")
  addStudyModelOptions(addModelOptions(command, `model folder, ${studyModelHelp}`))
    .option('--data <file>', 'pairs: JSONL of {"source", "target"} (default: a study\'s test rows of the task)')
    .option('--input <file>', "of a model of a study: a table with the task's columns instead of --data")
    .addOption(allRowsOption())
    .option('--batch <n>', 'pairs of one pass', wholeNumber(1), 16)
    .option(
      '--max-source <n>',
      "longest source in tokens, </s> included (default: the task's, else not cut)",
      wholeNumber(1),
    )
    .option(
      '--max-target <n>',
      "longest target in tokens, </s> included (default: the task's, else not cut)",
      wholeNumber(1),
    )
    .option('--prefix <text>', "put before every source (default: the task's, else nothing)")
    .option('--threads <n>', 'threads to use (default: all cores)', threadCount)
    .addOption(deviceOption('what computes it; default: cpu'))
    .option('--json', 'print {"loss", "tokens", "per_example"}')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach loss --model ./taught --data test.jsonl --max-source 512 --max-target 128 --json
  $ reteach loss --model "study.yaml#mt5 -> res"`,
    )
    .action(printLoss)
}

async function printLoss(flags: LossFlags, command: Command): Promise<void> {
  if (flags.data !== undefined && flags.input !== undefined) {
    command.error('error: give --data or --input, not both', { exitCode: 2 })
  }
  const model = await namedModel(flags, command)
  if (model.task === undefined) refuse(flags, ['input', 'allRows'], '"study.yaml#mt5 -> res"', command)
  const result = await measured(model, flags, command)
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(result)}\n`
      : `Loss ${result.loss.toFixed(6)} over ${result.tokens} target tokens of ${result.per_example.length} pairs\n`,
  )
}

async function measured(model: NamedModel, flags: LossFlags, command: Command): Promise<LossResult> {
  const ask = (pairs: string): Promise<LossResult> =>
    interruptible((signal) =>
      lossOf(requestOf(model, pairs, flags), {
        signal,
        onEvent: ({ message }) => process.stderr.write(`Warning: ${message}\n`),
      }),
    )
  if (flags.data !== undefined) return await ask(flags.data)
  if (model.task !== undefined && flags.input !== undefined) {
    const options = { allRows: flags.allRows, onNotice: (sentence: string) => tellNotes([sentence]) }
    return await withPairs(model.task, flags.input, options, ask)
  }
  const rows = (model as UsableModel).testRows
  if (rows === undefined) command.error("error: required option '--data <file>' not specified", { exitCode: 2 })
  return await ask(rows)
}

function requestOf({ folder: model, task }: NamedModel, pairs: string, flags: LossFlags): LossRequest {
  const { device, notes } = commandDevice(flags.device)
  tellNotes(notes)
  return {
    model,
    pairs,
    batch: flags.batch,
    maxSource: flags.maxSource ?? task?.limits.source ?? lessonDefaults.maxSource,
    maxTarget: flags.maxTarget ?? task?.limits.target ?? lessonDefaults.maxTarget,
    prefix: flags.prefix ?? task?.prefix ?? '',
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    ...(device && { device }),
  }
}
