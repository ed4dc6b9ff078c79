import { weightFileNames, weightFilesIn } from '../model/weights/weight-files.ts'
import { tokenizerFileNames } from './tokenizer-folder.ts'

export const configFile = 'config.json'
/** What transformers keeps of how answers are written. */
export const generationFile = 'generation_config.json'

/** Whether a file of a model's folder has a part in what the model is or answers. */
export function isModelFile(name: string): boolean {
  return name === configFile || name === generationFile || tokenizerFileNames.includes(name) || isWeightFile(name)
}

/**
 * Of the names in a folder, those of the files that the model is read from: of several sets of weights one counts.
 *
 * @throws {Fault} when the index of its shards is damaged
 */
export function modelFilesIn(folder: string, names: readonly string[]): string[] {
  const weights = weightFilesIn(folder)
  return names.filter((name) => weights.includes(name) || (isModelFile(name) && !isWeightFile(name)))
}

/** Whether a file holds weights or says which files do, whatever it is called before its ending. */
export function isWeightFile(name: string): boolean {
  return /^(?:.*\.safetensors|pytorch_model.*\.bin)(?:\.index\.json)?$/u.test(name)
}

/** Of the names in a folder, those of one set of weights: the first kind that is there, whole before in shards. */
export function weightSet(names: readonly string[]): string[] | undefined {
  const sets = weightFileNames.flatMap((name) => {
    const [stem, ending] = name.split('.')
    const shard = new RegExp(`^${stem}-\\d+-of-\\d+\\.${ending}$`)
    return [[name], [`${name}.index.json`, ...names.filter((one) => shard.test(one))]]
  })
  return sets.find((set) => set.every((name) => names.includes(name)))
}
