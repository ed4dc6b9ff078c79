import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { collectGarbage, type Removed } from '../../../study/run/garbage.ts'
import { Store } from '../../../study/store/store.ts'
import type { Study } from '../../../study/study.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption } from '../../options/study-options.ts'

interface GcFlags extends StudyFlags {
  readonly weights?: Study['weights']
  readonly dryRun?: true
  readonly json?: true
}

/** `reteach gc`: frees space in a store. */
export function addGcCommand(program: Command): void {
  program
    .command('gc')
    .description('Free space in a store: rests of crashes, steps that no given study has, weights that are done with')
    .argument('[studies...]', 'studies whose steps stay; without any, every step stays')
    .option('--store <dir>', 'store to tidy (default: as that of the first study)')
    .addOption(folderOption())
    .addOption(
      new Option('--weights <which>', 'weights that stay once all is done (default: as the study says)').choices([
        'all',
        'leaves',
        'none',
      ]),
    )
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print what was removed as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ reteach gc study.yaml --dry-run
  $ reteach gc study.yaml --weights leaves
  $ reteach gc --store .reteach`,
    )
    .action(async (studies: readonly string[], flags: GcFlags) => {
      if (studies.length === 0 && flags.store === undefined) {
        throw new Fault('Cannot tidy without a store: name a study, or give --store DIR')
      }
      const store = new Store(storeFolder(studies[0] ?? '.', flags))
      const isThere = existsSync(store.folder)
      const plans = []
      for (const study of studies) {
        const plan = await loadPlan(study, store, flags)
        const empty = emptyStore(plan, study, store)
        // Everything in the store would go, as none of it is the study's.
        if (empty !== undefined && (empty.elsewhere || !isThere)) throw new Fault(empty.sentence)
        plans.push(plan)
      }
      if (!isThere) throw new Fault(`Cannot tidy "${store.folder}" as there is no such folder`)
      const dryRun = flags.dryRun ?? false
      const weights = flags.weights === undefined ? {} : { weights: flags.weights }
      const removed = collectGarbage(store, { plans, dryRun, ...weights })
      const bytes = removed.reduce((sum, one) => sum + one.bytes, 0)
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ store: store.folder, dryRun, bytes, removed })}\n`)
        return
      }
      for (const one of removed) process.stdout.write(`${removedLine(one)}\n`)
      process.stdout.write(`${megabytes(bytes)} ${dryRun ? 'would be freed' : 'freed'}\n`)
    })
}

function removedLine(removed: Removed): string {
  const names = { rests: 'rests of', step: 'step', weights: 'weights of', trial: 'broken off', stale: 'stale' }
  const what = 'path' in removed ? removed.path : `${removed.kind} ${removed.key.slice(0, 12)}`
  return `${names[removed.what]} ${what}  ${megabytes(removed.bytes)}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
