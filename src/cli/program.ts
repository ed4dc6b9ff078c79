import { Command, CommanderError, type OutputConfiguration } from 'commander'
import { Fault, UsageFault } from '../base/fault.ts'
import { programVersion } from '../base/package.ts'
import { outOfFiles, systemCode, systemFault } from '../base/system-fault.ts'
import { addCompareCommand } from './commands/compare.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addExportCommand } from './commands/model/export.ts'
import { addExtendCommand } from './commands/model/extend.ts'
import { addLossCommand } from './commands/model/loss.ts'
import { addPredictCommand } from './commands/model/predict.ts'
import { addPushCommand } from './commands/model/push.ts'
import { addTeachCommand } from './commands/model/teach.ts'
import { addTokenizeCommand } from './commands/model/tokenize.ts'
import { addRowsCommand } from './commands/rows.ts'
import { addScoreCommand } from './commands/score.ts'
import { addCancelCommand } from './commands/study/cancel.ts'
import { addDataCommand } from './commands/study/data.ts'
import { addDemoCommand } from './commands/study/demo.ts'
import { addFetchCommand } from './commands/study/fetch.ts'
import { addFiguresCommand } from './commands/study/figures.ts'
import { addGcCommand } from './commands/study/gc.ts'
import { addInitCommand } from './commands/study/init.ts'
import { addModelsCommand } from './commands/study/models.ts'
import { addPlanCommand } from './commands/study/plan.ts'
import { addRecommendCommand } from './commands/study/recommend.ts'
import { addReportCommand } from './commands/study/report.ts'
import { addRunCommand } from './commands/study/run.ts'
import { addSchemaCommand } from './commands/study/schema.ts'
import { addServeCommand } from './commands/study/serve.ts'
import { addStatusCommand } from './commands/study/status.ts'
import { addStepCommand } from './commands/study/step.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { StudyFaults } from './input/load-study.ts'
import { toldSlip } from './option-slips.ts'
import { refuseUnheeded } from './options/only-with.ts'
import { fitHelp } from './print/fit/fit-help.ts'
import { Interrupted } from './print/interrupts.ts'
import { styles } from './print/own-styles.ts'
import { terminalWidth, usualWidth } from './print/terminal-width.ts'

/** Every command, in the order in which help lists them. */
const commands: readonly ((program: Command) => void)[] = [
  addInitCommand,
  addFetchCommand,
  addPlanCommand,
  addRunCommand,
  addStepCommand,
  addStatusCommand,
  addCancelCommand,
  addReportCommand,
  addServeCommand,
  addRecommendCommand,
  addModelsCommand,
  addFiguresCommand,
  addDemoCommand,
  addDataCommand,
  addRowsCommand,
  addTeachCommand,
  addLossCommand,
  addPredictCommand,
  addExportCommand,
  addPushCommand,
  addExtendCommand,
  addTokenizeCommand,
  addScoreCommand,
  addCompareCommand,
  addDoctorCommand,
  addVerifyCommand,
  addSchemaCommand,
  addGcCommand,
]

/**
 * Runs the command line.
 *
 * @returns the exit code: 0, 1 for a fault, 2 for wrong usage, 130 after Ctrl-C
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = buildProgram()
  // A reader that has seen enough, such as `head`, is no fault.
  process.stdout.on('error', (error) => process.exit(systemCode(error) === 'EPIPE' ? 0 : report(error)))
  try {
    await program.parseAsync([...argv])
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return report(error)
  }
}

/** The command line with all its commands. */
export function buildProgram(): Command {
  const program = new Command('reteach')
    .description('Should a new task start from a fresh pretrained T5, or from one that has been taught before?')
    .version(programVersion())
    .showHelpAfterError('Run "reteach --help" for the commands')
    .exitOverride()
    .configureHelp({ minWidthToWrap: leastHelpColumns })
  for (const add of commands) add(program)
  addHelpCommand(program)
  for (const command of program.commands) prepare(command)
  program.configureOutput({ ...helpOutput, outputError: (text, write) => write(toldSlip(text, program)) })
  return program
}

/** In place of commander's own, which sees one name alone and takes one that there is not for none. */
function addHelpCommand(command: Command): void {
  const below = [...command.commands]
  if (below.length === 0) return
  command
    .helpCommand(false)
    .command('help')
    .description('display help for command')
    .argument('[command...]')
    .action((names: readonly string[]) => {
      let named = command
      for (const name of names) {
        const inner = named.commands.find((one) => one.name() === name)
        if (inner === undefined) named.error(`error: unknown command '${name}'`, { exitCode: 2 })
        named = inner!
      }
      named.help()
    })
  for (const inner of below) addHelpCommand(inner)
}

/** @param above the commands that it belongs to */
function prepare(command: Command, above = ''): void {
  const name = `${above}${command.name()}`
  command
    .exitOverride()
    .configureHelp({ minWidthToWrap: leastHelpColumns })
    .allowExcessArguments(false)
    .hook('preAction', refuseEmptyPaths)
    .hook('preAction', (_, acting) => refuseUnheeded(acting))
    .showHelpAfterError(`Run "reteach ${name} --help" for its options`)
    .configureOutput({
      ...helpOutput,
      outputError: (text, write) => write(toldSlip(text, command)),
    })
  for (const inner of command.commands) prepare(inner, `${name} `)
}

const helpWidth = (): number => terminalWidth() ?? usualWidth

/** Of what an option means, beside its name; with less it is not broken between words. */
const leastHelpColumns = 16

const helpOutput: OutputConfiguration = {
  writeOut: (text) => void process.stdout.write(fitHelp(text, helpWidth())),
  getOutHelpWidth: helpWidth,
}

/** A place without a name would be found to be none only when something is written there. */
function refuseEmptyPaths(_: Command, command: Command): void {
  const empty = command.options.find(
    (option) => /<(?:dir|file|path)>/u.test(option.flags) && command.getOptionValue(option.attributeName()) === '',
  )
  if (empty !== undefined)
    command.error(`error: option '${empty.flags}' has an empty text: name a place`, { exitCode: 2 })
}

const outputReasons = { ENOSPC: 'the disk is full: free some space and run again' }

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interrupted) return error.exitCode
  const say = (text: string) => process.stderr.write(`${text}\n`)
  if (error instanceof StudyFaults) {
    for (const text of error.descriptions) say(`❌ ${text}`)
    return 1
  }
  if (error instanceof Fault) {
    say(`❌ ${error.describe()}`)
    return error instanceof UsageFault ? 2 : 1
  }
  if ((error as NodeJS.ErrnoException).syscall === 'write') {
    say(`❌ ${systemFault('Cannot write to standard output', error, outputReasons).describe()}`)
    return 1
  }
  const files = outOfFiles(error)
  if (files !== undefined) {
    say(`❌ Cannot go on as ${files}`)
    return 1
  }
  const { stack } = error instanceof Error ? error : new Error(String(error))
  say(styles.red('This is a fault of reteach, not of yours. Please report it with these lines:'))
  say(stack ?? String(error))
  return 1
}
