import type { Command } from 'commander'
import { plural } from '../../../base/plural.ts'
import { cancelStudy } from '../../../execute/cluster-jobs.ts'
import { Store } from '../../../study/store/store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'

interface CancelFlags extends StudyFlags {
  readonly json?: true
}

/** `reteach cancel`: takes a study's jobs out of the queue of a cluster. */
export function addCancelCommand(program: Command): void {
  program
    .command('cancel')
    .description("End the jobs of a study on a cluster, and no others; what is finished and every lesson's state stay")
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--json', 'print the numbers of the jobs as JSON')
    .addHelpText(
      'after',
      `
Example:
  $ reteach cancel study.yaml`,
    )
    .action(async (study: string, flags: CancelFlags) => {
      const store = new Store(storeFolder(study, flags))
      const plan = await loadPlan(study, store, flags)
      const jobs = await cancelStudy(plan, store)
      if (flags.json) process.stdout.write(`${JSON.stringify({ study: plan.study.name, cancelled: jobs })}\n`)
      else if (jobs.length === 0) process.stdout.write(`No job of "${plan.study.name}" is in the queue\n`)
      else process.stdout.write(`Cancelled ${plural(jobs.length, 'job')}: ${jobs.join(', ')}\n`)
    })
}
