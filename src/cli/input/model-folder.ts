import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault } from '../../base/fault.ts'
import { isHubName } from '../../hub/hub-name.ts'
import { hubFolder, type ModelParts } from '../../pretrained/hub-folder.ts'
import { repoName, revisionName } from '../options/option-values.ts'
import { whileFetching } from '../print/while-fetching.ts'

/** The model that a command works with: a folder, or one of the hub. */
export interface ModelFlags {
  readonly model?: string
  readonly hub?: string
  readonly revision?: string
}

/** Adds `--model`, `--hub` and `--revision`. */
export function addModelOptions(command: Command, folderHelp: string): Command {
  return command
    .option('--model <dir>', folderHelp)
    .option('--hub <owner/name>', 'instead of --model, a model of the Hugging Face hub', repoName)
    .option('--revision <name>', "with --hub, the model's branch, tag or commit (default: main)", revisionName)
}

/**
 * The model's folder, fetched where it is of the hub and not in the cache.
 *
 * @throws {Fault} when there is no such folder and the name looks like one of the hub, and as `hubFolder`
 */
export async function modelFolder(flags: ModelFlags, command: Command, parts: ModelParts = 'all'): Promise<string> {
  const { model, hub, revision } = flags
  if ((model === undefined) === (hub === undefined)) {
    command.error('error: give either --model DIR or --hub OWNER/NAME', { exitCode: 2 })
  }
  if (hub !== undefined) return await whileFetching((listeners) => hubFolder(hub, revision, parts, listeners))
  if (revision !== undefined) command.error('error: --revision belongs to --hub', { exitCode: 2 })
  if (isHubName(model!) && !existsSync(model!)) {
    throw new Fault(`Cannot find a folder "${model}": for a model of the hub write --hub ${model}`)
  }
  return model!
}
