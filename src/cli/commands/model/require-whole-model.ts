import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSmallJson } from '../../../base/bounds/small-file.ts'
import { Fault } from '../../../base/fault.ts'
import { readFault } from '../../../base/read-fault.ts'
import { kindsThere } from '../../../onnx/exported-kinds.ts'
import { refuseCutOnnx } from '../../../onnx/refuse-cut-onnx.ts'
import { configFile, isWeightFile } from '../../../pretrained/model-files.ts'
import { openModel } from '../../../pretrained/open-model.ts'
import { loadTokenizer } from '../../../pretrained/tokenizer-folder.ts'
import { exportedModel } from '../../../use/reteach-file.ts'

/**
 * Looks whether a folder is a model's and whole, be it for transformers or for transformers.js: by what its files say of
 * themselves, without reading their numbers.
 *
 * @throws {Fault} naming what is missing, cut or damaged
 */
export async function requireWholeModel(folder: string): Promise<void> {
  const names = namesIn(folder)
  if (!names.includes(configFile)) {
    throw new Fault(`Cannot push "${folder}" as it is no model's folder: it has no "${configFile}"`)
  }
  for (const name of names.filter((one) => one.endsWith('.json'))) refuseBrokenJson(join(folder, name))
  const graphs = names.includes('onnx') ? namesIn(join(folder, 'onnx')).filter((name) => name.endsWith('.onnx')) : []
  if (graphs.length > 0 && !names.some(isWeightFile)) requireKind(folder)
  else (await openModel(folder)).close()
  for (const name of graphs) refuseCutOnnx(join(folder, 'onnx', name))
  loadTokenizer(folder)
  // Others may open that in place of tokenizer.json.
  if (names.includes('spiece.model')) loadTokenizer(join(folder, 'spiece.model'))
  exportedModel(folder)
}

function namesIn(folder: string): string[] {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) throw new Fault(`Cannot push "${folder}" as there is no such folder`)
  if (!found.isDirectory()) {
    throw new Fault(`Cannot push "${folder}" as it is a file: name the model's folder, such as "${dirname(folder)}"`)
  }
  try {
    return readdirSync(folder)
  } catch (error) {
    throw readFault(folder, error)
  }
}

function refuseBrokenJson(path: string): void {
  try {
    parseSmallJson(path)
  } catch (error) {
    throw error instanceof Fault ? error : readFault(path, error)
  }
}

function requireKind(folder: string): void {
  const { kinds, missing } = kindsThere(folder)
  if (kinds.length > 0) return
  throw new Fault(`Cannot push "${folder}" as it has no weights, and neither ${[...missing.values()].join(' nor ')}`)
}
