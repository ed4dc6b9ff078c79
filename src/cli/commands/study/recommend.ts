import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { conclude } from '../../../report/conclusions/conclusions.ts'
import { damageNotes } from '../../../study/run/damage.ts'
import { Store } from '../../../study/store/store.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption, whyOption } from '../../options/study-options.ts'
import { styles } from '../../print/own-styles.ts'
import { printLines } from '../../print/print-lines.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { answerLines, restLines } from '../../run/conclusion-lines.ts'

interface RecommendFlags extends StudyFlags {
  readonly why?: true
  readonly json?: true
}

/** `reteach recommend`: which start to take for each task. */
export function addRecommendCommand(program: Command): void {
  program
    .command('recommend')
    .description('Say which start to take for each task of a study, by how much, how sure and at what cost')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .addOption(whyOption())
    .option('--json', 'print answers and all that they rest on as JSON')
    .addHelpText(
      'after',
      `
It computes from finished steps and teaches nothing. The exit code is 1 while a task has no answer as runs are missing.
How the answers come from the numbers: docs/CONCLUSIONS.md of this package.

Examples:
  $ reteach recommend study.yaml
  $ reteach recommend study.yaml --why
  $ reteach recommend study.yaml --json > conclusions.json`,
    )
    .action(printRecommendation)
}

async function printRecommendation(study: string, flags: RecommendFlags): Promise<void> {
  const store = new Store(storeFolder(study, flags))
  const plan = await loadPlan(study, store, flags, { looksOnly: true })
  const empty = emptyStore(plan, study, store)
  if (empty !== undefined && !flags.json) throw new Fault(empty.sentence)
  tellNotes([...(empty === undefined ? [] : [empty.sentence]), ...damageNotes(plan, store)])
  const conclusions = await conclude(plan, store)
  if (flags.json) process.stdout.write(`${JSON.stringify(conclusions)}\n`)
  else {
    const more = flags.why
      ? []
      : ['', styles.dim('With --why: what each answer rests on, how fast lessons learn, transfer and cost')]
    printLines([...answerLines(conclusions), ...restLines(conclusions, flags.why === true), ...more])
  }
  if (conclusions.recommendations.some(({ verdict }) => verdict === 'incomplete')) process.exitCode = 1
}
