import { Fault, oneOf, refuseArguments } from '../base/fault.ts'
import type { HubRepo } from '../hub/repo.ts'
import { type HubOptions, hubOptionKinds, hubSnapshot } from '../hub/snapshot.ts'
import { weightFileNames } from '../model/weights/weight-files.ts'
import { configFile, generationFile, weightSet } from './model-files.ts'
import { requireTokenizer, tokenizerFileNames } from './tokenizer-folder.ts'

/** What of a model is fetched: everything to teach it, or only what its tokenizer needs. */
export type ModelParts = 'all' | 'tokenizer'

/**
 * The folder of a model of the hub, fetched into the standard cache if it is not there: configuration, tokenizer and
 * one set of weights, safetensors before PyTorch's, without those for other programs.
 *
 * @param hub `owner/name`
 * @param revision branch, tag or commit
 * @param options who follows the download and may end it, and how the hub is reached; nothing is printed
 * @throws {Fault} as `hubSnapshot`, and when the repository lacks a config, weights or a tokenizer
 */
export async function hubFolder(
  hub: string,
  revision = 'main',
  parts: ModelParts = 'all',
  options: HubOptions = {},
): Promise<string> {
  refuseArguments(
    { hub, revision, parts, options },
    {
      hub: 'text',
      revision: 'text',
      parts: oneOf(['all', 'tokenizer'] satisfies ModelParts[]),
      options: { fields: hubOptionKinds },
    },
  )
  const repo = { kind: 'model', name: hub, revision } as const
  const wanted = async (paths: readonly string[]): Promise<string[]> => {
    if (!paths.includes('tokenizer.json') && !paths.includes('spiece.model')) await checkTokenizer(repo, paths, options)
    return modelFiles(paths, hub, parts)
  }
  return (await hubSnapshot(repo, wanted, options)).folder
}

/** A tokenizer without a file of its own is looked at before the weights, which may be large, are fetched. */
async function checkTokenizer(repo: HubRepo, paths: readonly string[], options: HubOptions): Promise<void> {
  const { folder } = await hubSnapshot(repo, () => tokenizerPaths(paths), options)
  requireTokenizer(folder, `"${repo.name}" of the hub`, paths)
}

function tokenizerPaths(paths: readonly string[]): string[] {
  return tokenizerFileNames.filter((name) => paths.includes(name))
}

function modelFiles(paths: readonly string[], name: string, parts: ModelParts): string[] {
  const has = (path: string): boolean => paths.includes(path)
  const tokenizer = tokenizerPaths(paths)
  if (parts === 'tokenizer') return tokenizer
  if (!has(configFile)) throw new Fault(`Cannot use "${name}" of the hub as it has no ${configFile}`)
  const weights = weightSet(paths)
  if (weights === undefined) {
    throw new Fault(`Cannot use "${name}" of the hub as it has no weights in ${weightFileNames.join(' or ')}`)
  }
  return [configFile, ...(has(generationFile) ? [generationFile] : []), ...tokenizer, ...weights]
}
