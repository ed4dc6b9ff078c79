import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'

/**
 * The folder of a model of the hub in the standard cache of Hugging Face's programs.
 *
 * @throws {Fault} if the model is not there
 */
export async function hubFolder(hub: string, revision: string): Promise<string> {
  const cache = cacheFolder()
  const model = join(cache, `models--${hub.replaceAll('/', '--')}`)
  const commit = readCommit(join(model, 'refs', revision)) ?? revision
  const folder = join(model, 'snapshots', commit)
  if (existsSync(folder)) return folder
  const at = revision === 'main' ? '' : ` at "${revision}"`
  throw new Fault(
    `Cannot find "${hub}"${at} in the cache of Hugging Face (${cache}): download it there, or name its folder with "path"`,
  )
}

function cacheFolder(): string {
  const { HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env
  if (HF_HUB_CACHE) return HF_HUB_CACHE
  return join(HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'), 'hub')
}

function readCommit(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
