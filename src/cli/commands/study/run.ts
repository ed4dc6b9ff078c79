import { type Command, Option } from 'commander'
import { executors } from '../../../execute/executors.ts'
import { deviceOption } from '../../options/device-option.ts'
import { threadCount, wholeNumber, withChoices } from '../../options/option-values.ts'
import { clusterOption, elsewhereOption, folderOption, storeOption, whyOption } from '../../options/study-options.ts'
import { runAndReport } from '../../run/run-and-report.ts'

/** `reteach run`: the whole study. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('Run a study: teach its chains, test them and compare; what is finished already is not done again')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .addOption(deviceOption('what everything is computed on, whatever the study says; later commands follow it'))
    .option('--jobs <n>', 'independent steps that run side by side', wholeNumber(1))
    .option('--threads <n>', 'threads to use in all (default: all cores)', threadCount)
    .addOption(
      withChoices(
        new Option('--on <where>', 'where steps are done: on this machine, or each as a job of a cluster'),
        Object.keys(executors),
      ).default('local'),
    )
    .addOption(clusterOption())
    .option('--detach', 'with --on slurm: submit all steps with their dependencies and do not wait for them')
    .option(
      '--open',
      'serve the live page on a free port as long as this runs, and show it in a browser; over ssh only tell its address',
    )
    .option(
      '--tensorboard <dir>',
      'write the numbers of lessons there while they are taught, as TensorBoard reads them',
    )
    .addOption(elsewhereOption())
    .addOption(new Option('--go-on', 'what the last job of a detached run says').hideHelp())
    .option('--dry-run', 'only say which steps would be done; with --on slurm print the scripts of their jobs')
    .addOption(whyOption())
    .option('--json', 'print steps and tables as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach run study.yaml
  $ reteach run examples/real/study.yaml --folder data=../data --store /big/disk/store
  $ reteach run study.yaml --open
  $ reteach run study.yaml --on slurm`,
    )
    .action(runAndReport)
}
