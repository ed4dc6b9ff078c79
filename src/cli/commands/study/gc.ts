import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { Fault, UsageFault } from '../../../base/fault.ts'
import { plural } from '../../../base/plural.ts'
import {
  collectGarbage,
  type ForeignStep,
  foreignSteps,
  type Removed,
  type SparedWeights,
  sparedWeights,
} from '../../../study/run/garbage.ts'
import { Store } from '../../../study/store/store.ts'
import type { Study } from '../../../study/study.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { onlyWith } from '../../options/only-with.ts'
import { withChoices } from '../../options/option-values.ts'
import { folderOption } from '../../options/study-options.ts'
import { formatBytes } from '../../print/format-bytes.ts'
import { printLines } from '../../print/print-lines.ts'
import { shownPath } from '../../print/program-call.ts'

interface GcFlags extends StudyFlags {
  readonly weights?: Study['weights']
  readonly otherStudies?: true
  readonly dryRun?: true
  readonly json?: true
}

/** `reteach gc`: frees space in a store. */
export function addGcCommand(program: Command): void {
  program
    .command('gc')
    .description(
      'Free space in a store: rests of crashes, steps that a study no longer has, weights that are done with',
    )
    .argument('[studies...]', 'studies whose steps stay; without any, every step stays')
    .option('--store <dir>', 'store to tidy (default: as that of the first study)')
    .addOption(onlyWith('a study', folderOption()))
    .addOption(onlyWith('a study', weightsOption()))
    .addOption(
      onlyWith('a study', new Option('--other-studies', 'remove the steps of studies that are not given, too')),
    )
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print what was removed as JSON')
    .addHelpText(
      'after',
      `
Several studies may share a store: what was done for others stays, and is told with the names of its study and chains.

Examples:
  $ reteach gc study.yaml --dry-run
  $ reteach gc study.yaml --weights leaves
  $ reteach gc study.yaml --other-studies --dry-run
  $ reteach gc --store .reteach`,
    )
    .action(async (studies: readonly string[], flags: GcFlags) => {
      if (studies.length === 0 && flags.store === undefined) {
        throw new UsageFault('Cannot tidy without a store: name a study, or give --store DIR')
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
      const otherStudies = flags.otherStudies ?? false
      const foreign = foreignSteps(plans, store)
      const removed = collectGarbage(store, { plans, dryRun, otherStudies, ...weights })
      const bytes = removed.reduce((sum, one) => sum + one.bytes, 0)
      if (flags.json) {
        process.stdout.write(
          `${JSON.stringify({ store: store.folder, dryRun, bytes, removed, ...(otherStudies ? {} : { kept: foreign }) })}\n`,
        )
        return
      }
      printLines([
        ...removed.map(removedLine),
        ...(otherStudies ? [] : keptLines(foreign, sparedWeights(plans, store, flags.weights))),
        `${formatBytes(bytes)} ${dryRun ? 'would be freed' : 'freed'}`,
      ])
    })
}

function weightsOption(): Option {
  const option = new Option('--weights <which>', 'weights that stay once all is done (default: as the study says)')
  return withChoices(option, ['all', 'leaves', 'none'])
}

function removedLine(removed: Removed): string {
  const names = {
    rests: 'rests of',
    step: 'step',
    weights: 'weights of',
    trial: 'broken off',
    stale: 'stale',
    cache: 'kept for later',
  }
  const what = 'path' in removed ? removed.path : `${removed.kind} ${removed.key.slice(0, 12)}`
  const whose = 'path' in removed || removed.label === undefined ? '' : ` (${removed.label}; study "${removed.study}")`
  return `${names[removed.what]} ${what}${whose}  ${formatBytes(removed.bytes)}`
}

/** `Kept: 12 steps of study "small" (flan -> a2t, flan -> res)` */
function keptLines(foreign: readonly ForeignStep[], spared: readonly SparedWeights[]): string[] {
  const studies = [
    ...new Map(foreign.map(({ study, file }) => [JSON.stringify([study, file]), { study, file }])).values(),
  ]
  const lines = studies.map(({ study, file }) => {
    const steps = foreign.filter((one) => one.study === study && one.file === file)
    const chains = [...new Set(steps.flatMap(({ label }) => /^teach (.*), seed \d+$/u.exec(label ?? '')?.[1] ?? []))]
    const some =
      chains.length <= shownChains ? chains : [...chains.slice(0, shownChains), `${chains.length - shownChains} more`]
    const named = some.length === 0 ? '' : ` (${some.join('; ')})`
    const whose = study === undefined ? 'an unknown study, interrupted' : `study "${study}"`
    const where = file === undefined ? '' : ` of "${shownPath(file)}"`
    return `Kept: ${plural(steps.length, 'step')} of ${whose}${where}${named}`
  })
  for (const { study, file, lessons } of spared) {
    lines.push(`Kept: weights of ${plural(lessons, 'lesson')} that study "${study}" of "${shownPath(file)}" needs`)
  }
  return lines.length === 0 ? [] : [...lines, 'With --other-studies these would go, too']
}

const shownChains = 5
