import { Fault } from '../../base/fault.ts'
import { readRows } from '../../data/table/table.ts'
import type { HubOptions } from '../../hub/snapshot.ts'
import { strangeTokens } from '../../lesson/generation.ts'
import { ConfigFault } from '../../model/config-fault.ts'
import { parseArchitecture, strangeConfigKeys } from '../../pretrained/families.ts'
import { openModel } from '../../pretrained/open-model.ts'
import { loadTokenizer } from '../../pretrained/tokenizer-folder.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import type { CheckedStudy } from '../file/read-study.ts'
import type { StudyFault } from '../file/study-fault.ts'
import { preparedSource } from '../steps/prepare-task.ts'
import { type Start, type Study, type StudyTask, sourcesOf } from '../study.ts'
import { readConfig } from './model-config.ts'

type ScratchStart = Extract<Start, { kind: 'scratch' }>

/** What the config of a start from scratch has that no model can be made of: every key of it where it stands. */
export function configFaults({ faultAt }: Pick<CheckedStudy, 'faultAt'>, start: Start): StudyFault[] {
  if (start.kind !== 'scratch') return []
  return configProblems(start).map(({ at, why, where }) => faultAt(at, why, where))
}

/** {@link configFaults} of all configs that stand in the study itself. */
export function writtenConfigFaults(checked: CheckedStudy): StudyFault[] {
  const written = [...checked.study.starts.values()].filter(isWritten)
  return written.flatMap((start) => configFaults(checked, start))
}

function isWritten(start: Start): boolean {
  return start.kind === 'scratch' && 'fields' in start.config
}

interface ConfigProblem {
  readonly at: readonly (string | number)[]
  readonly why: string
  readonly where: 'key' | 'value'
}

function configProblems(start: ScratchStart): ConfigProblem[] {
  const at = ['starts', start.name, 'scratch']
  const { config } = start
  if ('file' in config) return caught(() => void parseArchitecture(readConfig(config.file), config.file.written), at)
  const strange = strangeConfigKeys(config.fields).map(
    ({ key, hint }): ConfigProblem => ({
      at: [...at, key],
      why: `Unknown key "${key}" of a model's config${hint}`,
      where: 'key',
    }),
  )
  return [...strange, ...caught(() => void parseArchitecture(config.fields, 'scratch'), at)]
}

function caught(work: () => void, at: ConfigProblem['at']): ConfigProblem[] {
  try {
    work()
    return []
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const problems = error instanceof ConfigFault ? error.problems : []
    if (problems.length === 0) return [{ at, why: error.message, where: 'value' }]
    return problems.map((problem) => {
      const [, key] = /^"([^"]+)"/u.exec(problem) ?? []
      return { at: key === undefined ? at : [...at, key], why: `Wrong model config: ${problem}`, where: 'value' }
    })
  }
}

/**
 * Opens what chains begin from, as their first lessons would: weights against the config, the tokenizer, and whether the
 * vocabulary holds what it makes of the first rows.
 *
 * @param folderOf the folder of a model; `undefined` of one that is not there
 */
export async function startFaults(
  checked: CheckedStudy,
  starts: readonly Start[],
  folderOf: (start: Exclude<Start, ScratchStart>) => string | undefined,
  hub: HubOptions = {},
): Promise<StudyFault[]> {
  const { study, faultAt } = checked
  const faults: StudyFault[] = []
  const attempt = async (at: readonly (string | number)[], work: () => Promise<void> | void): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      faults.push(faultAt(at, error.message))
    }
  }
  for (const start of starts) {
    if (start.kind === 'scratch') {
      await attempt(['starts', start.name, 'tokenizer'], async () => {
        const tokenizer = loadTokenizer(start.tokenizer.path)
        const vocabulary = vocabularyOf(start)
        if (vocabulary === undefined) return
        faults.push(...answerFaults(checked, start, vocabulary))
        await checkVocabulary(start, { tokenizer, vocabulary }, study, hub)
      })
      continue
    }
    const folder = folderOf(start)
    if (folder === undefined) continue
    const at = start.kind === 'folder' ? start.folder.at : ['starts', start.name, 'hub']
    await attempt(at, async () => {
      const { architecture, close } = await openModel(folder)
      close()
      faults.push(...answerFaults(checked, start, architecture.vocabSize))
    })
    await attempt(at, () => void loadTokenizer(folder))
  }
  return faults
}

/** Tokens that tasks ask of answers, or forbid them, and that what is taught them does not have. */
function answerFaults({ study, faultAt }: CheckedStudy, start: Start, vocabulary: number): StudyFault[] {
  return tasksFrom(start, study).flatMap(({ name: task, generate }) =>
    strangeTokens(generate, vocabulary).map(({ name, id }) =>
      faultAt(
        ['tasks', task, 'generate', name],
        `Cannot answer "${task}" with token ${id} in "${name}": the vocabulary of "${start.name}" has ${vocabulary} tokens`,
      ),
    ),
  )
}

/** `undefined` of a config that is no model's, which is told by itself. */
function vocabularyOf({ config }: ScratchStart): number | undefined {
  try {
    return parseArchitecture('file' in config ? readConfig(config.file) : config.fields, 'scratch').vocabSize
  } catch {
    return undefined
  }
}

/** Rows of each task that are looked into: a vocabulary that is too small shows in the first ones. */
const rowsLookedInto = 500

/** A tokenizer may know more tokens than the model, as long as no text has them. */
async function checkVocabulary(
  start: ScratchStart,
  { tokenizer, vocabulary }: { readonly tokenizer: Tokenizer; readonly vocabulary: number },
  study: Study,
  hub: HubOptions,
): Promise<void> {
  if (tokenizer.vocabSize <= vocabulary) return
  for (const task of tasksFrom(start, study)) {
    const strange = await tokenBeyond(task, tokenizer, vocabulary, hub)
    if (strange === undefined) continue
    throw new Fault(
      `Cannot teach "${task.name}" to "${start.name}" as its vocab_size is ${vocabulary} and the tokenizer has ${tokenizer.vocabSize} tokens, of which the rows have number ${strange}: make vocab_size ${tokenizer.vocabSize} or more`,
    )
  }
}

function tasksFrom(start: Start, { chains, mixtures, tasks }: Study): StudyTask[] {
  const own = chains.filter((chain) => chain.start.name === start.name)
  const names = own.flatMap(({ lessons, evaluate }) => [...lessons.map(({ name }) => name), ...evaluate])
  const parts = new Set(names.flatMap((name) => [...(mixtures.get(name)?.parts.keys() ?? [name])]))
  return [...parts].map((name) => tasks.get(name)!)
}

/** The first token of the first rows that is outside the vocabulary. What cannot be read is told elsewhere. */
async function tokenBeyond(
  task: StudyTask,
  tokenizer: Tokenizer,
  vocabulary: number,
  hub: HubOptions,
): Promise<number | undefined> {
  let left = rowsLookedInto
  try {
    for (const { table } of sourcesOf(task)) {
      for await (const located of readRows(table, { hub })) {
        const strange = tokenizer.encode(task.prefix + preparedSource(task, located)).find((id) => id >= vocabulary)
        if (strange !== undefined) return strange
        if (--left === 0) return undefined
      }
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
  return undefined
}
