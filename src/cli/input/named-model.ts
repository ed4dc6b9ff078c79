import type { Command } from 'commander'
import { exportedModel } from '../../use/reteach-file.ts'
import { studyUsableModel } from '../../use/study-usable-model.ts'
import type { UsableModel } from '../../use/usable-model.ts'
import { tellNotes } from '../print/tell-notes.ts'
import { type ModelFlags, modelFolder } from './model-folder.ts'
import { type StudyModelFlags, splitStudyModel, studyModel } from './study-model.ts'

/** The model that a command works with: a folder, one of the hub, or one of a study. */
export type NamedModelFlags = ModelFlags & StudyModelFlags

/** A model that knows what it is to do, or a folder that does not. */
export type NamedModel = UsableModel | { readonly folder: string; readonly task?: undefined }

/**
 * Finds the model that `--model` or `--hub` names. Which task a model of a study, or one that was exported from it, is at is
 * told on standard error.
 *
 * @throws {Fault} when there is no such model, or it is not finished
 */
export async function namedModel(flags: NamedModelFlags, command: Command): Promise<NamedModel> {
  const named = flags.model === undefined ? undefined : splitStudyModel(flags.model)
  if (named !== undefined && flags.hub === undefined) {
    const { plan, store, checkpoint, task } = await studyModel(named.study, named.name, flags)
    return studyUsableModel(plan, store, checkpoint.step.key, task)
  }
  refuse(flags, ['seed', 'task', 'store', 'folder'], '"study.yaml#mt5 -> res"', command)
  const folder = await modelFolder(flags, command)
  const exported = exportedModel(folder)
  if (exported !== undefined) tellNotes([`"${folder}" is at its task ${exported.task.name}`])
  return exported ?? { folder }
}

/** Ends the command where a flag is given that would change nothing. */
export function refuse<Flags extends object>(
  flags: Flags,
  names: readonly (keyof Flags & string)[],
  belongsTo: string,
  command: Command,
): void {
  const given = names.find((name) => flags[name] !== undefined)
  if (given === undefined) return
  const flag = command.options.find((option) => option.attributeName() === given)?.long ?? `--${given}`
  command.error(`error: ${flag} belongs to a model of a study, such as --model ${belongsTo}`, { exitCode: 2 })
}
