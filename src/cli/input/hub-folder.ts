import { hubModelFolder, type ModelParts } from '../../pretrained/hub-model.ts'

/** The folder of a model of the hub, fetched into the standard cache if it is not there. */
export async function hubFolder(hub: string, revision: string, parts: ModelParts = 'all'): Promise<string> {
  const onNotice = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
  return await hubModelFolder(hub, { revision, parts, onNotice })
}
