import type { Command } from 'commander'
import { stateFolderOf, type TeachOptions, teach, tryLesson } from '../../../execute/teach.ts'
import type { TeachEvent, TeachResult } from '../../../lesson/protocol.ts'
import { lessonFault } from '../../../lesson/settings-fault.ts'
import { stoppedSentence } from '../../../lesson/stopped-sentence.ts'
import { trimmedSentence } from '../../../lesson/trimmed-sentence.ts'
import { addModelOptions, type ModelFlags, modelFolder } from '../../input/model-folder.ts'
import { commandDevice } from '../../input/study-device.ts'
import { positiveNumber, threadCount } from '../../options/option-values.ts'
import { addSettingOptions, flagName, inSettingFlags, settingFlags } from '../../options/setting-options.ts'
import { formatDuration } from '../../print/durations.ts'
import { interruptible } from '../../print/interrupts.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { EventFollowers } from '../../run/event-followers.ts'

interface TeachFlags extends Omit<TeachOptions, 'model'>, ModelFlags {
  readonly dryRun?: true
  readonly tensorboard?: string
  readonly json?: true
}

/** `reteach teach`: one lesson without a study. */
export function addTeachCommand(program: Command): void {
  const command = program.command('teach').description('Teach a model one lesson, without a study')
  addModelOptions(command, 'model folder to begin from')
    .requiredOption('--data <file>', 'training pairs: JSONL of {"source", "target"}')
    .requiredOption('--out <dir>', 'folder for the taught model; log.jsonl is written into it')
  addSettingOptions(command, 'required')
  command.option('--validation <file>', 'pairs whose loss is measured during the lesson')
  addSettingOptions(command, 'optional')
  command
    .option('--save-every <seconds>', 'how often the state is saved (default: 300)', positiveNumber)
    .option('--threads <n>', 'threads to use (default: all cores)', threadCount)
    .option('--tensorboard <dir>', "write the lesson's numbers there while it is taught, as TensorBoard reads them")
    .option('--dry-run', 'only check model and data, and say how many updates would be made')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A lesson that was interrupted goes on from its saved state when the same command is given again.

Example:
  $ reteach teach --model ./mt5-small --data pairs.jsonl --out ./taught --learning-rate 5e-4 --batch 16 --epochs 10`,
    )
    .action(runTeach)
}

async function runTeach(flags: TeachFlags, command: Command): Promise<void> {
  try {
    await checkAndTeach(flags, command)
  } catch (error) {
    throw inSettingFlags(error)
  }
}

async function checkAndTeach(flags: TeachFlags, command: Command): Promise<void> {
  const unfit = lessonFault(flags, (name) => (name === 'validation' ? '--validation' : flagName(name)))
  if (unfit !== undefined) command.error(`error: ${unfit}`, { exitCode: 2 })
  const { hub: _, revision: __, dryRun: ___, json: ____, tensorboard, device: asked, ...lesson } = flags
  const { device, notes } = commandDevice(asked)
  tellNotes(notes)
  const options = { ...lesson, ...(device && { device }), model: await modelFolder(flags, command) }
  if (flags.dryRun) {
    const { parameters, updates } = await interruptible((signal) => tryLesson(options, { signal, onEvent: sayWarning }))
    if (flags.json) process.stdout.write(`${JSON.stringify({ parameters, updates })}\n`)
    else {
      const atMost = (flags.stopAfter ?? 0) > 0 ? 'at most ' : ''
      process.stdout.write(
        `Would teach ${(parameters / 1e6).toFixed(1)} million parameters, ${atMost}${updates} updates\n`,
      )
    }
    return
  }
  const line = new ProgressLine()
  const events = tensorboard === undefined ? undefined : eventsOf(options, tensorboard, line)
  const result = await interruptible((signal) => follow(options, signal, line, events?.see))
  events?.finish(result.seconds)
  print(flags, result)
}

/** The lesson's numbers for TensorBoard, in a folder that is a run of its own. */
function eventsOf(options: TeachOptions, folder: string, line: ProgressLine) {
  const stateFolder = stateFolderOf(options)
  const lesson = { folder, name: stateFolder.slice(-8), stateFolder }
  const followers = new EventFollowers(folder, (sentence) => line.say(`Warning: ${sentence}`))
  followers.open(lesson)
  return {
    see: (isLast: boolean) => (isLast ? followers.last() : followers.see(lesson)),
    finish: (seconds: number) => followers.finish(lesson, options.out, seconds),
  }
}

function sayWarning(event: TeachEvent): void {
  if (event.type === 'warning') process.stderr.write(`Warning: ${settingFlags(event.message)}\n`)
}

/** @param onLogged called when something may have been logged; with `true` when nothing more will be */
async function follow(
  options: TeachOptions,
  signal: AbortSignal,
  line: ProgressLine,
  onLogged: (isLast: boolean) => void = () => {},
): Promise<TeachResult> {
  const label = 'teach'
  let total = 0
  let from = 0
  try {
    return await teach(options, {
      signal,
      onEvent(event) {
        if (event.type !== 'warning') onLogged(false)
        if (event.type === 'started') {
          total = event.steps
          from = event.resumedAt
          line.say(
            `Teaching ${(event.parameters / 1e6).toFixed(1)} million parameters, ${total} updates${from > 0 ? `, going on after ${from}` : ''}`,
          )
        } else if (event.type === 'step') {
          line.update({
            label,
            done: event.step,
            total,
            unit: 'updates',
            from,
            detail: `loss ${event.loss.toFixed(3)}`,
          })
        } else if (event.type === 'evaluation') {
          line.say(`Validation loss after update ${event.step}: ${event.loss.toFixed(4)}`)
        } else if (event.type === 'saved' && signal.aborted) {
          line.say(`The state after update ${event.step} is saved: the same command goes on from it`)
        } else if (event.type === 'stopped') {
          line.say(stoppedSentence(event))
        } else if (event.type === 'warning') line.say(`Warning: ${settingFlags(event.message)}`)
      },
    })
  } finally {
    onLogged(true)
    line.end(label)
  }
}

function print(flags: TeachFlags, result: TeachResult): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ ...result, out: flags.out })}\n`)
    return
  }
  const best =
    result.best === undefined
      ? ''
      : `, best validation loss ${result.best.value.toFixed(4)} after update ${result.best.step}`
  process.stdout.write(
    `Taught ${result.steps}${result.plannedSteps === undefined ? '' : ` of ${result.plannedSteps}`} updates in ${formatDuration(result.seconds)}, loss ${result.loss.toFixed(4)}${best}\n` +
      (result.trimmed === undefined ? '' : `${trimmedSentence(result.trimmed)}\n`) +
      `The model is in "${flags.out}" (weights sha256 ${result.weightsSha256.slice(0, 16)}…)\n`,
  )
}
