import { constants, copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillFolderAtomic, writeFileAtomic, writeJsonFile } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import { obstacleOf } from '../base/make-folder.ts'
import { programVersion } from '../base/package.ts'
import { flush } from '../content/flush-folder.ts'
import { generationNames } from '../lesson/generation.ts'
import type { LabelCalibration } from '../metrics/statistics/label-calibration.ts'
import { writeConfig } from '../pretrained/families.ts'
import { configFile, generationFile, isModelFile } from '../pretrained/model-files.ts'
import { type ReteachFile, reteachFileName, reteachFormat } from './reteach-file.ts'
import type { UsableModel } from './usable-model.ts'
import type { UsableTask } from './usable-task.ts'

/** What is written beside a model's own files. */
export interface ExportedWith {
  readonly calibration: LabelCalibration | undefined
  /** The model card, as Markdown. */
  readonly card: string
}

/**
 * Writes a model to a folder of its own, which transformers and this program open: weights, configuration and tokenizer,
 * `generation_config.json` with the task's settings, `reteach.json` and a model card. The folder is there whole or not at all.
 *
 * @throws {Fault} when `place` is there already, or cannot be written
 */
export async function exportModel(
  { folder: from, task }: UsableModel,
  place: string,
  { calibration, card }: ExportedWith,
): Promise<void> {
  refuseTaken(place)
  await fillFolderAtomic(place, (folder) => {
    copyModelFiles(from, folder)
    writeConfig(join(folder, configFile), exportedConfig(readJson(join(from, configFile)), task))
    writeJsonFile(join(folder, generationFile), exportedGeneration(readJson(join(from, generationFile)), task))
    writeJsonFile(join(folder, reteachFileName), reteachFile(task, calibration))
    writeFileAtomic(join(folder, 'README.md'), card)
  })
}

/** @throws {Fault} unless there is nothing at `out`, or an empty folder, and nothing in the way of one */
export function refuseTaken(out: string): void {
  if (!existsSync(out)) {
    const obstacle = obstacleOf(out)
    if (obstacle !== undefined) throw new Fault(`Cannot export to "${out}" as ${obstacle}: name another folder`)
    return
  }
  let names: string[] | undefined
  try {
    names = readdirSync(out)
  } catch {
    names = undefined
  }
  if (names?.length === 0) return
  throw new Fault(`Cannot export to "${out}" as it is there already: name another folder, or remove it`)
}

function copyModelFiles(from: string, to: string): void {
  const names = readdirSync(from).filter(isModelFile)
  for (const name of names) {
    if (name === configFile || name === generationFile) continue
    copyFileSync(join(from, name), join(to, name), constants.COPYFILE_FICLONE)
    flush(join(to, name))
  }
}

/** `prefix` is what the pipelines of transformers put before a source. */
function exportedConfig(config: Json, task: UsableTask): Json {
  const { name, prefix, limits, generate } = task
  const settings = settingsOf(generate)
  const others = (config.task_specific_params ?? {}) as Json
  return { ...config, prefix, task_specific_params: { ...others, [name]: { prefix, limits, ...settings } } }
}

/** The tokens that answers begin and end with, and what the task says; what else a start said of answers holds in no study. */
function exportedGeneration(generation: Json, { generate }: UsableTask): Json {
  const ids = Object.entries(generation).filter(([name]) => idNames.includes(name))
  return { ...Object.fromEntries(ids), do_sample: false, ...settingsOf(generate) }
}

const idNames = ['bos_token_id', 'decoder_start_token_id', 'eos_token_id', 'pad_token_id']

function reteachFile(task: UsableTask, calibration: LabelCalibration | undefined): ReteachFile {
  const known = calibration === undefined ? {} : { calibration }
  return { format: reteachFormat, program: programVersion(), task, ...known }
}

type Json = Readonly<Record<string, unknown>>

function readJson(path: string): Json {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Json) : {}
}

/** What transformers knows of how a task's answers are written. */
function settingsOf(generate: UsableTask['generate']): Json {
  const known: readonly string[] = generationNames
  return Object.fromEntries(
    Object.entries(generate).filter(([name, value]) => known.includes(name) && value !== undefined),
  )
}
