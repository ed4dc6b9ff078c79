import { Fault } from '../base/fault.ts'
import { type HubOptions, hubSnapshot } from '../hub/snapshot.ts'

/** What of a model is fetched: everything to teach it, or only what its tokenizer needs. */
export type ModelParts = 'all' | 'tokenizer'

const tokenizerFiles = [
  'tokenizer.json',
  'spiece.model',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
]

/**
 * The folder of a model of the hub, fetched into the standard cache if it is not there: configuration, tokenizer and
 * one set of weights, safetensors before PyTorch's, without those for other programs.
 *
 * @param hub `owner/name`
 * @param revision branch, tag or commit
 * @param options who follows the download and may end it, and how the hub is reached; nothing is printed
 * @throws {Fault} as `hubSnapshot`, and when the repository holds no T5-like model
 */
export async function hubFolder(
  hub: string,
  revision = 'main',
  parts: ModelParts = 'all',
  options: HubOptions = {},
): Promise<string> {
  const repo = { kind: 'model', name: hub, revision } as const
  const { folder } = await hubSnapshot(repo, (paths) => modelFiles(paths, hub, parts), options)
  return folder
}

function modelFiles(paths: readonly string[], name: string, parts: ModelParts): string[] {
  const has = (path: string): boolean => paths.includes(path)
  const tokenizer = tokenizerFiles.filter(has)
  if (!has('tokenizer.json') && !has('spiece.model')) {
    throw new Fault(`Cannot use "${name}" of the hub as it has neither tokenizer.json nor spiece.model`)
  }
  if (parts === 'tokenizer') return tokenizer
  if (!has('config.json')) throw new Fault(`Cannot use "${name}" of the hub as it has no config.json`)
  const sets = [
    ['model.safetensors'],
    shards(paths, 'model.safetensors.index.json', /^model-\d+-of-\d+\.safetensors$/),
    ['pytorch_model.bin'],
    shards(paths, 'pytorch_model.bin.index.json', /^pytorch_model-\d+-of-\d+\.bin$/),
  ]
  const weights = sets.find((set) => set.every(has))
  if (weights === undefined) {
    throw new Fault(`Cannot use "${name}" of the hub as it has no weights in model.safetensors or pytorch_model.bin`)
  }
  return ['config.json', ...(has('generation_config.json') ? ['generation_config.json'] : []), ...tokenizer, ...weights]
}

function shards(paths: readonly string[], index: string, shard: RegExp): string[] {
  return [index, ...paths.filter((path) => shard.test(path))]
}
