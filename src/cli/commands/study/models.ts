import { relative } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import { didYouMean } from '../../../base/nearest.ts'
import { formatScore } from '../../../report/words/format-score.ts'
import { type ListedCheckpoint, type ListedTest, listCheckpoints } from '../../../study/checkpoints/checkpoint-list.ts'
import type { KeptCheckpoint } from '../../../study/checkpoints/kept-checkpoint.ts'
import { Store } from '../../../study/store/store.ts'
import type { Study } from '../../../study/study.ts'
import { emptyStore } from '../../input/empty-store.ts'
import { loadPlan, type StudyFlags } from '../../input/load-plan.ts'
import { storeFolder } from '../../input/store-folder.ts'
import { folderOption, storeOption } from '../../options/study-options.ts'
import { formatBytes } from '../../print/format-bytes.ts'
import { styles } from '../../print/own-styles.ts'
import { tellNotes } from '../../print/tell-notes.ts'

interface ModelsFlags extends StudyFlags {
  readonly task?: string
  readonly json?: true
}

/** `reteach models`: the models that a study teaches. */
export function addModelsCommand(program: Command): void {
  program
    .command('models')
    .description("List a study's models by chain, seed, task and score, with their folders")
    .argument('<study>', 'study file (YAML)')
    .option('--task <name>', 'only models that are tested on this task, the best by its first score first')
    .addOption(storeOption())
    .addOption(folderOption())
    .option('--json', 'print {"study", "store", "models"}')
    .addHelpText(
      'after',
      `
A model is called by its chain, with its seed where there are several, or by letters of its key.

Examples:
  $ reteach models study.yaml
  $ reteach models study.yaml --task res
  $ reteach predict --model "study.yaml#mt5 -> res@43" --input new.csv`,
    )
    .action(printModels)
}

async function printModels(file: string, flags: ModelsFlags): Promise<void> {
  const store = new Store(storeFolder(file, flags))
  const plan = await loadPlan(file, store, flags, { looksOnly: true })
  tellNotes([emptyStore(plan, file, store)?.sentence ?? []].flat())
  const all = await listCheckpoints(plan, store)
  const models = flags.task === undefined ? all : bestFirst(all, flags.task, plan.study)
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ study: plan.study.name, store: store.folder, models })}\n`)
    return
  }
  for (const line of modelLines(models)) process.stdout.write(`${line}\n`)
  const there = models.filter(({ state }) => state === 'finished').length
  process.stdout.write(`${there} of ${models.length} models are there; store "${store.folder}"\n`)
}

function bestFirst(models: readonly ListedCheckpoint[], task: string, { tasks, file }: Study): ListedCheckpoint[] {
  const names = [...tasks.keys()]
  if (!names.includes(task)) throw new Fault(`Unknown task "${task}" of "${file}"${didYouMean(task, names)}`)
  const worth = ({ tests }: ListedCheckpoint): number => {
    const [score] = tests.find((test) => test.task === task)!.scores
    return score === undefined ? Number.NEGATIVE_INFINITY : score.lowIsBetter ? -score.value : score.value
  }
  return models.filter(({ tests }) => tests.some((test) => test.task === task)).sort((a, b) => worth(b) - worth(a))
}

/** A heading where the chain is another than before, two lines a model below it, which fit 80 columns but for the folder. */
function modelLines(models: readonly ListedCheckpoint[]): string[] {
  return models.flatMap((model, index) => {
    const { chain } = model
    const heading = models[index - 1]?.chain === chain ? [] : [styles.bold(chain)]
    return [...heading, headLine(model), ...model.tests.map(testLine), styles.dim(`    ${relative('', model.folder)}`)]
  })
}

function headLine({ key, seeds, state, kept, bytes }: ListedCheckpoint): string {
  const words = [`  seed ${seeds.join(', ')}`, key.slice(0, 12), kept === undefined ? state : keptWords(kept)]
  if (state === 'weights removed') words.push(state)
  return `${words.join('  ')}${bytes === 0 ? '' : `  ${formatBytes(bytes)}`}`
}

function keptWords({ which, update, updates, validation }: KeptCheckpoint): string {
  const value = validation === undefined ? '' : ` (${validation.by} ${validation.value.toFixed(4)})`
  return which === 'last' ? `last of ${updates} updates${value}` : `best, update ${update} of ${updates}${value}`
}

function testLine({ task, scores }: ListedTest): string {
  return `    ${task}: ${scores.map(({ name, value, best }) => `${name} ${formatScore(value, best)}`).join(', ')}`
}
