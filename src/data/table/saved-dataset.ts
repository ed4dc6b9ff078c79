import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'

/**
 * Finds the Arrow files of a folder written by `save_to_disk` of Hugging Face `datasets`.
 *
 * @returns split → files in order; a data set without splits has one split with an empty name; `undefined` when the
 *   folder was not written so
 * @throws {Fault} when one of the folder's own files is damaged or the rows are selected by an index
 */
export async function savedDataset(folder: string): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  const splits = await readJsonFile(join(folder, 'dataset_dict.json'))
  if (splits !== undefined) {
    const names = (splits as { splits?: unknown }).splits
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && /^[\w.-]+$/.test(name))) {
      throw new Fault(`Cannot read "${join(folder, 'dataset_dict.json')}" as it does not list splits`)
    }
    const files = new Map<string, readonly string[]>()
    for (const name of names as string[]) {
      const own = await savedFiles(join(folder, name))
      if (own === undefined) throw new Fault(`Cannot read split "${name}" of "${folder}" as its state.json is missing`)
      files.set(name, own)
    }
    return files
  }
  const own = await savedFiles(folder)
  return own === undefined ? undefined : new Map([['', own]])
}

/**
 * What the `dataset_info.json` beside an Arrow file says of its columns.
 *
 * @returns column → feature, or `undefined`
 */
export async function savedFeatures(path: string): Promise<unknown> {
  if (!/\.arrow$/i.test(path)) return undefined
  const info = (await readJsonFile(join(dirname(path), 'dataset_info.json'))) as { features?: unknown } | undefined
  return info?.features
}

async function savedFiles(folder: string): Promise<string[] | undefined> {
  const path = join(folder, 'state.json')
  const state = (await readJsonFile(path)) as Record<string, unknown> | undefined
  if (state === undefined) return undefined
  const indices = state._indices_files ?? state._indices_data_files
  if (Array.isArray(indices) && indices.length > 0) {
    throw new Fault(`Cannot read "${folder}" as its rows are picked by an index: save it again after flatten_indices()`)
  }
  const files = state._data_files
  const names = Array.isArray(files) ? files.map((file) => (file as { filename?: unknown } | null)?.filename) : []
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && /^[^/\\]+$/.test(name))) {
    throw new Fault(`Cannot read "${path}" as it does not list data files`)
  }
  return (names as string[]).map((name) => join(folder, name))
}

async function readJsonFile(path: string): Promise<object | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return undefined
  }
  refuseLfsPointer(path, text)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below, like any other content that is no object.
  }
  throw new Fault(`Cannot read "${path}" as JSON: is the folder whole?`)
}
