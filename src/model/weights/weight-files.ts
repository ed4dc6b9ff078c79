import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseSmallJson } from '../../base/bounds/small-file.ts'
import { Fault } from '../../base/fault.ts'
import { refuseLfsPointer } from '../../base/lfs-pointer.ts'
import { systemFault } from '../../base/system-fault.ts'
import { RandomAccessFile } from './random-access-file.ts'
import { readSafetensors } from './safetensors.ts'
import type { StoredTensor } from './stored-tensor.ts'
import { readTorchCheckpoint } from './torch-checkpoint.ts'

/** The open weight files of a model folder and every tensor in them, in the order in which transformers reads them. */
export interface WeightFiles {
  /** The file, or the index of the shards, to name in messages. */
  readonly path: string
  readonly tensors: readonly StoredTensor[]
  close(): void
}

/**
 * Finds and opens a folder's weights, as {@link findWeightFiles} does.
 *
 * @throws {Fault} when there are none or a file is missing, cut or damaged
 */
export function openWeightFiles(folder: string): WeightFiles {
  const found = findWeightFiles(folder)
  if (found !== undefined) return openAll(found)
  const others = ['tf_model.h5', 'flax_model.msgpack'].filter((name) => existsSync(join(folder, name)))
  const hint = others.length > 0 ? ` ("${others[0]}" is of another framework and cannot be read)` : ''
  throw new Fault(
    `Cannot find the weights of "${folder}": expected "model.safetensors" or "pytorch_model.bin", or an index of their shards${hint}`,
  )
}

interface FoundWeights {
  readonly path: string
  readonly paths: readonly string[]
  readonly read: (file: RandomAccessFile) => StoredTensor[]
}

/**
 * Which files a folder's weights are in: `model.safetensors`, its shards, `pytorch_model.bin` or its shards, the first of
 * these that is there, as in transformers.
 *
 * @throws {Fault} when an index is damaged
 */
function findWeightFiles(folder: string): FoundWeights | undefined {
  for (const { name, read } of weightKinds) {
    const path = join(folder, name)
    if (existsSync(path)) return { path, paths: [path], read }
    const index = `${path}.index.json`
    if (existsSync(index)) return { path: index, paths: shardPaths(folder, index), read }
  }
  return undefined
}

/**
 * The names of the files that a folder's weights are read from, an index of shards among them; none: there are no weights.
 *
 * @throws {Fault} when an index is damaged
 */
export function weightFilesIn(folder: string): string[] {
  const found = findWeightFiles(folder)
  return found === undefined ? [] : [...new Set([found.path, ...found.paths])].map((path) => basename(path))
}

const weightKinds = [
  { name: 'model.safetensors', read: readSafetensors },
  { name: 'pytorch_model.bin', read: readTorchCheckpoint },
] as const

/** What a folder's weights are called when they are one file; an index of shards has `.index.json` after it. */
export const weightFileNames: readonly string[] = weightKinds.map(({ name }) => name)

function openAll({ path, paths, read }: FoundWeights): WeightFiles {
  const files: RandomAccessFile[] = []
  const close = () => {
    for (const file of files) file.close()
  }
  try {
    const tensors: StoredTensor[] = []
    for (const shard of paths) {
      const file = new RandomAccessFile(shard)
      files.push(file)
      refuseLfsPointer(shard, file.read(0, Math.min(file.size, 64)))
      tensors.push(...read(file))
    }
    return { path, tensors, close }
  } catch (error) {
    close()
    throw error
  }
}

function shardPaths(folder: string, index: string): string[] {
  let parsed: unknown
  try {
    parsed = parseSmallJson(index)
  } catch (error) {
    throw error instanceof Fault ? error : systemFault(`Cannot read "${index}"`, error)
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map
  if (typeof map !== 'object' || map === null || Object.keys(map).length === 0) {
    throw new Fault(`Cannot read "${index}": it has no "weight_map" of tensors to files`)
  }
  const names = new Set<string>()
  for (const name of Object.values(map)) {
    // An index must not lead out of its folder.
    if (typeof name !== 'string' || name !== basename(name) || name === '' || name === '..' || name.includes('\\')) {
      throw new Fault(`Cannot read "${index}": "weight_map" names ${JSON.stringify(name)}, expected a file beside it`)
    }
    names.add(name)
  }
  return [...names].sort().map((name) => join(folder, name))
}
