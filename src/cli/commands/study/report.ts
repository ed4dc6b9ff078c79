import { dirname } from 'node:path'
import type { Command } from 'commander'
import { requireWritable } from '../../../base/atomic-file.ts'
import { UsageFault } from '../../../base/fault.ts'
import { requireReplaceablePage } from '../../../report/page/replaceable-page.ts'
import { Store } from '../../../study/store/store.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption, whyOption } from '../../options/study-options.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { withReport } from '../../run/run-and-report.ts'
import { reportOf } from '../../run/stored-report.ts'

interface ReportFlags extends StudyFlags {
  readonly why?: true
  readonly json?: true
  readonly text?: true
  readonly out?: string
}

/** `reteach report`: the answers, tables and figures of what is finished, without running anything. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('Print and write the answers, tables and figures of what is finished; nothing is taught or tested')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .addOption(whyOption())
    .option('--json', 'print steps and tables as JSON')
    .option('--text', 'print alone: no file is written')
    .option('--out <file>', 'where report.html is written, instead of beside the tables')
    .addHelpText(
      'after',
      `
Example:
  $ reteach report study.yaml
  $ reteach report study.yaml --out ./for-a-colleague.html`,
    )
    .action(async (study: string, flags: ReportFlags) => {
      if (flags.text && flags.out !== undefined)
        throw new UsageFault('Cannot write a file with --text: leave out --text or --out')
      if (flags.out !== undefined) {
        requireWritable(dirname(flags.out))
        requireReplaceablePage(flags.out)
      }
      const store = new Store(storeFolder(study, flags))
      const plan = await loadPlan(study, store, flags, { looksOnly: true })
      const empty = emptyStore(plan, study, store)
      tellNotes(empty === undefined ? [] : [empty.sentence])
      await withReport(plan, store, { ...flags, alone: true }, new ProgressLine(), async () => reportOf(plan, store))
    })
}
