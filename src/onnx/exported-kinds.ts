import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../base/bounds/is-object.ts'
import { parseSmallJson } from '../base/bounds/small-file.ts'
import { Fault } from '../base/fault.ts'
import { readFault } from '../base/read-fault.ts'
import { allOnnxKinds } from './export-onnx.ts'
import { type OnnxKind, onnxFileNames } from './onnx-graphs.ts'

/** What of a folder transformers.js can answer with. */
export interface ExportedKinds {
  readonly kinds: readonly OnnxKind[]
  /** Of the other kinds the first file that is not there. */
  readonly missing: ReadonlyMap<OnnxKind, string>
}

/**
 * Looks at what transformers.js would read of a folder, whoever has made it.
 *
 * @throws {Fault} naming what is missing or cannot be read where nothing can answer
 */
export function exportedKinds(folder: string): ExportedKinds {
  const refuse = (why: string): Fault => new Fault(`Cannot check "${folder}" with transformers.js: ${why}`)
  if (!isObject(configOf(join(folder, 'config.json')))) throw refuse('its config.json is no object')
  if (!existsSync(join(folder, 'tokenizer.json'))) {
    throw refuse('it has no tokenizer.json, which transformers.js cuts texts by; it has none for ByT5')
  }
  const { kinds, missing } = kindsThere(folder)
  if (kinds.length === 0) throw refuse(`it has neither ${[...missing.values()].join(' nor ')}`)
  return { kinds, missing }
}

/** What of a folder is there, whether or not transformers.js can answer with it. */
export function kindsThere(folder: string): ExportedKinds {
  const missing = new Map<OnnxKind, string>()
  for (const kind of allOnnxKinds) {
    const file = onnxFileNames(kind).find((name) => !existsSync(join(folder, name)))
    if (file !== undefined) missing.set(kind, file)
  }
  return { kinds: allOnnxKinds.filter((kind) => !missing.has(kind)), missing }
}

function configOf(path: string): unknown {
  try {
    return parseSmallJson(path)
  } catch (error) {
    throw error instanceof Fault ? error : readFault(path, error)
  }
}
