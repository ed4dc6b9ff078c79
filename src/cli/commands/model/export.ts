import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { temporaryBeside } from '../../../base/atomic-file.ts'
import { Fault, UsageFault } from '../../../base/fault.ts'
import { clearAway } from '../../../base/temporary-folder.ts'
import type { LabelCalibration } from '../../../metrics/statistics/label-calibration.ts'
import { exportOnnx } from '../../../onnx/export-onnx.ts'
import { isWeightFile } from '../../../pretrained/model-files.ts'
import { exportModel, refuseTaken } from '../../../use/export-model.ts'
import { modelCard } from '../../../use/model-card.ts'
import { studyUsableModel } from '../../../use/study-usable-model.ts'
import { askingOf, type UsableModel } from '../../../use/usable-model.ts'
import { refuse } from '../../input/named-model.ts'
import {
  addStudyModelOptions,
  type StudyModel,
  type StudyModelFlags,
  splitStudyModel,
  studyModel,
} from '../../input/study-model.ts'
import { withChoices } from '../../options/option-values.ts'
import { interruptible } from '../../print/interrupts.ts'
import { shownPath } from '../../print/program-call.ts'
import { ProgressLine } from '../../print/progress-line.ts'
import { tellNotes } from '../../print/tell-notes.ts'
import { calibrateAloud } from './ask-model.ts'
import { type CheckNeeds, checkExport, checkNeeds, type ExportCheck } from './check-export.ts'

interface ExportFlags extends StudyModelFlags {
  readonly out?: string
  readonly to: 'transformers' | 'onnx'
  readonly check?: true
  readonly sources?: string
  /** Commander's for `--no-confidence`. */
  readonly confidence: boolean
  readonly json?: true
}

/** `reteach export`: a model of a study as a folder of its own, or any model for transformers.js. */
export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .description(
      'Write a model to a folder of its own: for transformers and this program, or as ONNX for transformers.js',
    )
    .argument('<model>', 'such as "study.yaml#mt5 -> res" or "study.yaml#mt5 -> res@43"; with --to onnx also a folder')
    .option('--out <dir>', 'folder to write, which must not be there (default, of a folder: FOLDER-onnx)')
    .addOption(
      withChoices(new Option('--to <format>', 'what is written'), ['transformers', 'onnx']).default('transformers'),
    )
    .option('--check', 'with --to onnx: compare answers of transformers.js with those of this program')
    .option('--sources <file>', "with --check: texts to answer, one a line (default: 64 made of the model's pieces)")
  addStudyModelOptions(command)
    .option('--no-confidence', 'of a task with labels: do not calibrate confidences')
    .option('--json', 'print {"out", "key", "task"}, with --check also "checks"')
    .addHelpText(
      'after',
      `
The folder holds weights, configuration and tokenizer, the task's settings in generation_config.json, its prefix in config.json,
all that this program knows of the task in reteach.json, and a model card. With --to onnx it holds, in place of the weights,
onnx/encoder_model.onnx and onnx/decoder_model_merged.onnx, in float32 and, as ..._quantized.onnx, in 8 bits.

--check takes the @huggingface/transformers that is installed in the current folder; a folder that was written before is
checked as it is: name the model that it was made of, and the folder with --out. Its exit code is 1 when an answer in float32 is not the same.

Examples:
  $ reteach export "study.yaml#mt5 -> res" --out ./reviews-model
  $ reteach predict --model ./reviews-model --input new-reviews.csv
  $ reteach export ./reviews-model --to onnx --check
  $ reteach export ./reviews-model --to onnx --check --out ./reviews-model-onnx --sources texts.txt`,
    )
    .action(exportOne)
}

async function exportOne(name: string, flags: ExportFlags, command: Command): Promise<void> {
  if (flags.to === 'onnx') return await exportForBrowsers(name, flags, command)
  if (flags.check || flags.sources !== undefined) {
    command.error('error: --check and --sources belong to --to onnx', { exitCode: 2 })
  }
  const named = splitStudyModel(name)
  if (named === undefined) {
    const how = existsSync(name)
      ? 'a folder is one already, and --to onnx makes another of it'
      : 'name a model of a study, "study.yaml#CHAIN"'
    throw new UsageFault(`Cannot export "${name}": ${how}`)
  }
  const out = outOf(flags, command)
  refuseTaken(out)
  const found = await studyModel(named.study, named.name, flags)
  await writeStudyModel(found, out, flags.confidence)
  tellExported(found, out, flags)
}

function outOf({ out }: ExportFlags, command: Command): string {
  if (out === undefined) command.error("error: required option '--out <dir>' not specified", { exitCode: 2 })
  return out!
}

async function writeStudyModel(found: StudyModel, out: string, confidence: boolean): Promise<void> {
  const { plan, store, checkpoint, task } = found
  const model = studyUsableModel(plan, store, checkpoint.step.key, task)
  const calibration = task.texts.kind === 'labels' && confidence ? await calibrated(model) : undefined
  const card = await modelCard({ plan, store, checkpoint, task, calibration })
  await exportModel(model, resolve(out), { calibration, card })
}

function tellExported({ checkpoint, task }: StudyModel, out: string, { json }: ExportFlags): void {
  const { key } = checkpoint.step
  const told = `Wrote ${checkpoint.names[0]} (${key.slice(0, 12)}) to "${shownPath(resolve(out))}"`
  process.stdout.write(`${json ? JSON.stringify({ out: resolve(out), key, task: task.name }) : told}\n`)
}

/** A study's model is written for transformers first, as the check answers with that. */
async function exportForBrowsers(name: string, flags: ExportFlags, command: Command): Promise<void> {
  if (flags.sources !== undefined && !flags.check) {
    command.error('error: --sources belongs to --check', { exitCode: 2 })
  }
  const named = splitStudyModel(name)
  if (named === undefined) {
    refuse(flags, ['seed', 'task', 'store', 'folder'], '"study.yaml#mt5 -> res"', command)
    if (!flags.confidence) {
      command.error('error: --no-confidence belongs to a model of a study: of a folder nothing is calibrated', {
        exitCode: 2,
      })
    }
    refuseExported(name)
    await folderForBrowsers(name, flags.out ?? `${resolve(name)}-onnx`, flags, {})
    return
  }
  const out = outOf(flags, command)
  if (!isMade(out, flags)) refuseTaken(out)
  const needs = flags.check && checkNeeds(flags.sources)
  const found = await studyModel(named.study, named.name, flags)
  const whole = temporaryBeside(resolve(out))
  try {
    await writeStudyModel(found, whole, flags.confidence)
    const { checkpoint, task } = found
    await folderForBrowsers(whole, out, flags, { key: checkpoint.step.key, task: task.name }, needs)
  } finally {
    clearAway(whole)
  }
}

/** What is to be checked may have been written before. */
function isMade(out: string, { check }: ExportFlags): boolean {
  return check === true && existsSync(join(resolve(out), 'onnx'))
}

/** What was made for transformers.js is not made into that once more. */
function refuseExported(folder: string): void {
  const isExported = existsSync(join(folder, 'onnx')) && !readdirSync(folder).some(isWeightFile)
  if (!isExported) return
  throw new Fault(
    `Cannot export "${folder}" as it is for transformers.js already and has no weights: to check it, name the model that it was made of, ` +
      `reteach export MODEL --to onnx --check --out "${folder}"`,
  )
}

async function folderForBrowsers(
  folder: string,
  out: string,
  flags: ExportFlags,
  about: object,
  known?: CheckNeeds,
): Promise<void> {
  const place = resolve(out)
  const isThere = isMade(out, flags)
  // As optimum writes them.
  if (flags.check && !isThere && existsSync(join(place, 'encoder_model.onnx'))) {
    throw new Fault(
      `Cannot check "${out}" with transformers.js, which looks for ONNX files in its folder "onnx": move them there`,
    )
  }
  let needs = known
  if (!isThere) {
    refuseTaken(out)
    if (flags.check) needs ??= checkNeeds(flags.sources)
    await writeForBrowsers(resolve(folder), place)
  }
  const checks = flags.check ? await checkExport(resolve(folder), place, () => needs ?? checkNeeds(flags.sources)) : []
  if (flags.json) {
    const told = { out: place, ...about, ...(flags.check ? { checks: checks.map(({ check }) => check) } : {}) }
    process.stdout.write(`${JSON.stringify(told)}\n`)
  } else {
    const written = isThere ? [] : [`Wrote "${shownPath(place)}" for transformers.js`]
    process.stdout.write(`${[...written, ...checks.flatMap(({ lines }: ExportCheck) => lines)].join('\n')}\n`)
  }
  if (checks.some(({ check }) => check.kind === 'fp32' && check.first !== undefined)) process.exitCode = 1
}

async function writeForBrowsers(folder: string, out: string): Promise<void> {
  const line = new ProgressLine()
  await interruptible(async (signal) => {
    try {
      await exportOnnx(folder, out, {
        signal,
        onNotice: (sentence) => tellNotes([sentence]),
        onBytes: (done, total) => line.update({ label: 'export', done, total, unit: 'bytes', from: 0 }),
      })
    } finally {
      line.end('export')
    }
  })
}

async function calibrated(model: UsableModel): Promise<LabelCalibration | undefined> {
  const line = new ProgressLine()
  try {
    return await interruptible((signal) => calibrateAloud(model, askingOf(model, {}), line, signal))
  } finally {
    line.end('calibrate')
  }
}
