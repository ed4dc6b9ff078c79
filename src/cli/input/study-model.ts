import { existsSync, statSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { Fault, UsageFault } from '../../base/fault.ts'
import type { Checkpoint } from '../../study/checkpoints/checkpoints.ts'
import { chooseCheckpoint } from '../../study/checkpoints/choose-checkpoint.ts'
import { findCheckpoints, parseCheckpointName } from '../../study/checkpoints/find-checkpoint.ts'
import { testedTask } from '../../study/checkpoints/tested-task.ts'
import type { Plan } from '../../study/plan/plan.ts'
import { Store } from '../../study/store/store.ts'
import type { StudyTask } from '../../study/study.ts'
import { wholeNumber } from '../options/option-values.ts'
import { folderOption, storeOption } from '../options/study-options.ts'
import { commandLine } from '../print/program-call.ts'
import { tellNotes } from '../print/tell-notes.ts'
import { emptyStore } from './empty-store.ts'
import { loadPlan, type StudyFlags } from './load-plan.ts'
import { storeFolder } from './store-folder.ts'

/** What says more of a model that a study has taught. */
export interface StudyModelFlags extends StudyFlags {
  readonly seed?: number
  readonly task?: string
}

/** A model that a study has taught, and the task that it is to do. */
export interface StudyModel {
  readonly plan: Plan
  readonly store: Store
  readonly checkpoint: Checkpoint
  readonly task: StudyTask
}

/** How help calls such a model. */
export const studyModelHelp = `or one of a study: "study.yaml#mt5 -> res", "study.yaml#mt5 -> res@43", "study.yaml#KEY"`

/** Adds `--seed`, `--task`, `--store` and `--folder`. */
export function addStudyModelOptions(command: Command): Command {
  return command
    .option(
      '--seed <n>',
      'of a model of a study: which seed (default: the best by its validation rows)',
      wholeNumber(0),
    )
    .addOption(
      new Option('--task <name>', 'of a model of a study: what it is to do (default: what it was taught last)'),
    )
    .addOption(storeOption())
    .addOption(folderOption())
}

/** `study.yaml` and `mt5 -> res` of `study.yaml#mt5 -> res`; `undefined` for a folder. */
export function splitStudyModel(model: string): { readonly study: string; readonly name: string } | undefined {
  if (existsSync(model)) {
    if (!statSync(model).isFile() || !/\.ya?ml$/iu.test(model)) return undefined
    throw new Fault(
      `Cannot tell which model of "${model}" is meant: write "${model}#CHAIN", and "reteach models ${model}" lists them`,
    )
  }
  const marks = [...model.matchAll(/#/gu)].map(({ index }) => index)
  const at = marks.find((mark) => existsSync(model.slice(0, mark))) ?? marks[0]
  return at === undefined ? undefined : { study: model.slice(0, at), name: model.slice(at + 1) }
}

/**
 * The model of a study that `study.yaml#mt5 -> res` names. Which seed is taken, and for which task, is told on standard error.
 *
 * @throws {Fault} naming the nearest chain where there is none, and what to run where it is not finished
 */
export async function studyModel(study: string, name: string, flags: StudyModelFlags): Promise<StudyModel> {
  const parsed = parseCheckpointName(name)
  if (parsed.seed !== undefined && flags.seed !== undefined && parsed.seed !== flags.seed) {
    throw new UsageFault(`Cannot use two seeds at once: "${name}" and --seed ${flags.seed}`)
  }
  const store = new Store(storeFolder(study, flags))
  const plan = await loadPlan(study, store, flags, { looksOnly: true })
  const found = orFault(findCheckpoints(plan, { name: parsed.name, seed: parsed.seed ?? flags.seed }))
  const chosen = orFault(await chooseCheckpoint(found.checkpoints, store, runCommand(study, flags)), () =>
    whereElse(plan, study, store),
  )
  const task = orFault(testedTask(plan.study, chosen.checkpoint, flags.task ?? found.task))
  tell(chosen, task)
  // For its faults: a model that is not what was written is not used.
  store.openStep('teach', chosen.checkpoint.step.key)
  return { plan, store, checkpoint: chosen.checkpoint, task }
}

function orFault<T extends object>(found: T | string, more: () => string = () => ''): T {
  if (typeof found === 'string') throw new Fault(`${found}${more()}`)
  return found
}

/** Of a store that holds nothing of the study: that it does, and which stores nearby hold more. */
function whereElse(plan: Plan, study: string, store: Store): string {
  const empty = emptyStore(plan, study, store)
  return empty === undefined ? '' : `. ${empty.sentence}`
}

function runCommand(study: string, { store, folder }: StudyFlags): string {
  const folders = [...(folder ?? [])].flatMap(([name, path]) => ['--folder', `${name}=${path}`])
  return commandLine(['run', study, ...folders, ...(store === undefined ? [] : ['--store', store])], 'reteach')
}

function tell({ checkpoint, why }: { readonly checkpoint: Checkpoint; readonly why?: string }, task: StudyTask): void {
  const { names, seeds, step } = checkpoint
  const seed = `seed ${seeds.join(', ')}${why === undefined ? '' : `, ${why}`}`
  tellNotes([`${names[0]} (${seed}; ${step.key.slice(0, 12)}) on ${task.name}`])
}
