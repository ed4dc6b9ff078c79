import { type Command, Option } from 'commander'
import { executors } from '../../../execute/executors.ts'
import { threadCount, wholeNumber } from '../../options/option-values.ts'
import { elsewhereOption, folderOption, storeOption, whyOption } from '../../options/study-options.ts'
import { runAndReport } from '../../run/run-and-report.ts'

/** `reteach run`: the whole study. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('Run a study: teach its chains, test them and compare; what is finished already is not done again')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--jobs <n>', 'independent steps that run side by side', wholeNumber(1))
    .option('--threads <n>', 'threads to use in all (default: all cores)', threadCount)
    .addOption(new Option('--executor <name>', 'how steps are done').choices(Object.keys(executors)).default('local'))
    .addOption(elsewhereOption())
    .option('--dry-run', 'only say which steps would be done')
    .addOption(whyOption())
    .option('--json', 'print steps and tables as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach run study.yaml
  $ reteach run examples/real/study.yaml --folder data=../data --store /big/disk/store`,
    )
    .action(runAndReport)
}
