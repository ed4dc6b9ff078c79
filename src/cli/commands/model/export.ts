import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../../base/fault.ts'
import type { LabelCalibration } from '../../../metrics/statistics/label-calibration.ts'
import { exportModel, refuseTaken } from '../../../use/export-model.ts'
import { modelCard } from '../../../use/model-card.ts'
import { studyUsableModel } from '../../../use/study-usable-model.ts'
import { askingOf, type UsableModel } from '../../../use/usable-model.ts'
import { addStudyModelOptions, type StudyModelFlags, splitStudyModel, studyModel } from '../../input/study-model.ts'
import { interruptible } from '../../print/interrupts.ts'
import { shownPath } from '../../print/program-call.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { calibrateAloud } from './ask-model.ts'

interface ExportFlags extends StudyModelFlags {
  readonly out: string
  /** Commander's for `--no-confidence`. */
  readonly confidence: boolean
  readonly json?: true
}

/** `reteach export`: a model of a study as a folder of its own. */
export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .description('Write a model of a study to a folder of its own, which transformers and this program open')
    .argument('<model>', 'such as "study.yaml#mt5 -> res", "study.yaml#mt5 -> res@43" or "study.yaml#KEY"')
    .requiredOption('--out <dir>', 'folder to write, which must not be there')
  addStudyModelOptions(command)
    .option('--no-confidence', 'of a task with labels: do not calibrate confidences')
    .option('--json', 'print {"out", "key", "task"}')
    .addHelpText(
      'after',
      `
The folder holds weights, configuration and tokenizer, the task's settings in generation_config.json, its prefix in config.json,
all that this program knows of the task in reteach.json, and a model card.

Example:
  $ reteach export "study.yaml#mt5 -> res" --out ./reviews-model
  $ reteach predict --model ./reviews-model --input new-reviews.csv`,
    )
    .action(exportOne)
}

async function exportOne(name: string, flags: ExportFlags): Promise<void> {
  const named = splitStudyModel(name)
  if (named === undefined) throw new Fault(`Cannot export "${name}": name a model of a study, "study.yaml#CHAIN"`)
  refuseTaken(flags.out)
  const { plan, store, checkpoint, task } = await studyModel(named.study, named.name, flags)
  const model = studyUsableModel(plan, store, checkpoint.step.key, task)
  const calibration = task.texts.kind === 'labels' && flags.confidence ? await calibrated(model) : undefined
  const card = await modelCard({ plan, store, checkpoint, task, calibration })
  exportModel(model, resolve(flags.out), { calibration, card })
  const { key } = checkpoint.step
  const told = `Wrote ${checkpoint.names[0]} (${key.slice(0, 12)}) to "${shownPath(resolve(flags.out))}"`
  process.stdout.write(`${flags.json ? JSON.stringify({ out: resolve(flags.out), key, task: task.name }) : told}\n`)
}

async function calibrated(model: UsableModel): Promise<LabelCalibration | undefined> {
  const line = new ProgressLine()
  try {
    return await interruptible((signal) => calibrateAloud(model, askingOf(model, {}), line, signal))
  } finally {
    line.end('calibrate')
  }
}
