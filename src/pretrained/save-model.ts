import { copyFileSync, existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { writeFault, writeFileAtomic } from '../base/atomic-file.ts'
import { Fault } from '../base/fault.ts'
import type { Architecture } from '../model/family.ts'
import { type NamedTensor, writeSafetensors } from '../model/weights/write-safetensors.ts'
import { writeConfig } from './families.ts'
import { generationKeysOf } from './folder-generation.ts'
import { configFile, generationFile } from './model-files.ts'

/** A model in memory, as it is to be saved. */
export interface ModelToSave {
  readonly architecture: Architecture
  /** Gives a parameter by its name, as a whole or part by part. */
  readonly read: (parameter: string) => Float32Array | AsyncIterable<Float32Array>
  /** Paths of files to put beside the weights under their own names, such as those of the tokenizer. */
  readonly copyFiles?: readonly string[]
}

/**
 * Writes a folder that transformers loads with `from_pretrained`: `config.json` with all keys of the original,
 * `model.safetensors` in float32 and `generation_config.json` (unless one is among `copyFiles`).
 *
 * The weights are written as `read` gives them without a copy in memory, one after the other, each file whole or not at all,
 * config last.
 *
 * @returns the sha256 of `model.safetensors` in hex
 * @throws {Fault} naming the file when the disk is full, the folder cannot be written or a file to copy is missing
 */
export async function saveModelFolder(folder: string, model: ModelToSave): Promise<{ sha256: string }> {
  const { architecture, copyFiles = [] } = model
  const sha256 = await writeSafetensors(join(folder, 'model.safetensors'), tensorsToWrite(model))
  for (const source of copyFiles) copyInto(folder, source)
  if (!copyFiles.some((path) => basename(path) === generationFile)) {
    writeJson(join(folder, generationFile), generationConfig(architecture))
  }
  writeConfig(join(folder, configFile), architecture.savedConfig())
  return { sha256 }
}

function tensorsToWrite({ architecture, read }: ModelToSave): NamedTensor[] {
  return architecture.savedTensors().map(({ name, shape, parameter }) => ({
    name,
    shape,
    parts() {
      const found = read(parameter)
      return found instanceof Float32Array ? [found] : found
    },
  }))
}

/** The ids that decoding needs, and what an older `config.json` says about decoding. */
export function generationConfig({ raw, ...ids }: Architecture): Record<string, unknown> {
  return {
    decoder_start_token_id: ids.decoderStartTokenId,
    eos_token_id: raw.eos_token_id ?? ids.eosTokenId,
    pad_token_id: ids.padTokenId,
    ...generationKeysOf(raw),
  }
}

function writeJson(path: string, value: Record<string, unknown>): void {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileAtomic(path, `${JSON.stringify(sorted, null, 2)}\n`)
}

function copyInto(folder: string, source: string): void {
  const target = join(folder, basename(source))
  if (resolve(target) === resolve(source)) return
  if (!existsSync(source)) throw new Fault(`Cannot copy "${source}" to "${folder}" as there is no such file`)
  try {
    copyFileSync(source, target)
  } catch (error) {
    throw writeFault(target, error)
  }
}
