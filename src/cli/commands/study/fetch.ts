import type { Command } from 'commander'
import { usedParts } from '../../../study/plan/inputs.ts'
import { Store } from '../../../study/store/store.ts'
import type { Start } from '../../../study/study.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'

/** `reteach fetch`: all that a study needs from the hub, for machines without a way to it. */
export function addFetchCommand(program: Command): void {
  program
    .command('fetch')
    .description('Fetch what a study names of the hub, models and data, so that its steps need no network')
    .argument('<study>', 'study file (YAML)')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--json', 'print what the study begins from, and where it is, as JSON')
    .addHelpText(
      'after',
      `
It goes into the cache that Hugging Face's programs share: HF_HOME, or ~/.cache/huggingface. What is there already is read and
compared with its checksum, and fetched again only where it is damaged.

Example:
  $ reteach fetch study.yaml`,
    )
    .action(async (study: string, flags: StudyFlags & { readonly json?: true }) => {
      const store = new Store(storeFolder(study, flags))
      const plan = await loadPlan(study, store, flags, { comparesCache: true })
      const { starts } = usedParts(plan.study)
      if (flags.json) {
        const told = starts.map((start) => ({ name: start.name, kind: start.kind, place: placeOf(start) }))
        process.stdout.write(`${JSON.stringify({ study: plan.study.name, starts: told })}\n`)
        return
      }
      const lines = starts.map((start) => `${start.name}: ${placeOf(start)}`)
      process.stdout.write(`${lines.join('\n')}\nEverything that "${plan.study.name}" reads is on this machine\n`)
    })
}

function placeOf(start: Start): string {
  switch (start.kind) {
    case 'hub':
      return `${start.hub}, revision ${start.revision}`
    case 'folder':
      return start.folder.path
    case 'scratch':
      return `from scratch, tokenizer ${start.tokenizer.path}`
  }
}
