import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { packageFolder } from '../../../base/package.ts'
import { whyOption } from '../../options/study-options.ts'
import { styles } from '../../print/own-styles.ts'
import { commandLine, shellWord, shownPath } from '../../print/program-call.ts'
import { runAndReport } from '../../run/run-and-report.ts'

interface DemoFlags {
  readonly store?: string
  readonly dryRun?: true
  readonly why?: true
  readonly json?: true
}

/** `reteach demo`: the whole paper in a miniature world. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('The whole paper in a miniature world: some minutes, no download')
    .addOption(new Option('--store <dir>', 'folder of finished steps (default: .reteach where you are)'))
    .option('--dry-run', 'only say which steps would be done')
    .addOption(whyOption())
    .option('--json', 'print steps and tables as JSON')
    .addHelpText(
      'after',
      `
It runs examples/miniature/study.yaml of this package, an ordinary study file.

Example:
  $ reteach demo --store /tmp/demo`,
    )
    .action(async (flags: DemoFlags) => {
      const study = join(packageFolder, 'examples/miniature/study.yaml')
      // Its model is too small for a second thread to be of use: lessons run side by side, one core each.
      await runAndReport(study, { ...flags, jobs: Math.min(4, availableParallelism()) })
      if (flags.dryRun || flags.json) return
      process.stdout.write(`${nextCommands(shownPath(study), flags.store).join('\n')}\n`)
    })
}

/** Commands on the demo's study that work where the demo was run. */
function nextCommands(study: string, store: string | undefined): string[] {
  const own = store === undefined ? [] : ['--store', store]
  const { INIT_CWD: shell = process.cwd() } = process.env
  return [
    '',
    styles.bold('Next'),
    // npm runs a script in the folder of its package.
    ...(shell === process.cwd() ? [] : [`  cd ${shellWord(process.cwd())}`]),
    `  ${commandLine(['recommend', study, ...own])}`,
    `  ${commandLine(['status', study, ...own])}`,
    `  ${commandLine(['figures', study, ...own, '--out', 'figures'])}`,
    `  ${commandLine(['init'])}`,
  ]
}
