import pc from 'picocolors'
import { hubModelFolder, type ModelParts } from '../data/hub-model.ts'
import { ProgressLine } from './progress-line.ts'

/**
 * The folder of a model of the hub in the standard cache of Hugging Face's programs; what is not there is fetched, with
 * its progress on standard error.
 *
 * @throws {Fault} if the hub or the cache does not have the model
 */
export async function hubFolder(hub: string, revision: string, parts: ModelParts = 'all'): Promise<string> {
  const line = new ProgressLine()
  const begun = new Map<string, number>()
  const labelOf = (file: string): string => `${hub} ${file}`
  const folder = await hubModelFolder(hub, {
    revision,
    parts,
    onNotice: (sentence) => line.say(`${pc.yellow('Warning:')} ${sentence}`),
    onProgress: ({ file, doneBytes, totalBytes }) => {
      if (!begun.has(file)) begun.set(file, doneBytes)
      const [done, total, from] = [doneBytes, totalBytes, begun.get(file)!].map((bytes) => Math.round(bytes / 1e6))
      line.update({ label: labelOf(file), done: done!, total: total!, from: from!, unit: 'MB' })
    },
  })
  for (const file of begun.keys()) line.end(labelOf(file))
  return folder
}
