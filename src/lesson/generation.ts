import { type Camel, camelCase } from './camel-case.ts'
import type { Flat } from './settings.ts'

/** What a setting of generation may be; ids are those of the model's tokens. */
export type GenerationValue =
  | { readonly type: 'whole'; readonly least: number }
  | { readonly type: 'number'; readonly above?: number }
  /** true, false or `never`. */
  | { readonly type: 'stopping' }
  | { readonly type: 'id' }
  | { readonly type: 'ids' }
  | { readonly type: 'id-or-ids' }
  /** Runs of tokens. */
  | { readonly type: 'runs' }

interface GenerationSetting {
  readonly value: GenerationValue
  /** The value at which it changes nothing. */
  readonly neutral?: number | false
  /** What holds where it is not given and there is no such value; without this it is none. */
  readonly absent?: string
  /** One sentence without a full stop, as the study's schema has it. */
  readonly help: string
  /** A value for the reference of study files. */
  readonly example: unknown
  /** Of no use without beams. */
  readonly withBeams?: true
  /** It changes how many answers there are, and none of them: there is no such key in a study. */
  readonly predictOnly?: true
}

/** The settings of how answers are written: names and meaning are those of transformers' `generate`. */
const generationTable = {
  max_length: {
    example: 20,
    absent: 'as "max_new_tokens" says',
    value: { type: 'whole', least: 2 },
    help: 'Longest answer in tokens, start token included',
  },
  max_new_tokens: {
    example: 64,
    absent: 'the limit on targets',
    value: { type: 'whole', least: 1 },
    help: 'Longest answer in tokens, start token not included',
  },
  min_length: {
    example: 5,
    value: { type: 'whole', least: 0 },
    neutral: 0,
    help: 'No end before so many tokens, start token included',
  },
  min_new_tokens: { example: 2, value: { type: 'whole', least: 0 }, neutral: 0, help: 'No end before so many tokens' },
  repetition_penalty: {
    example: 1.2,
    value: { type: 'number', above: 0 },
    neutral: 1,
    help: 'Above 1: tokens already written are less likely',
  },
  no_repeat_ngram_size: {
    example: 3,
    value: { type: 'whole', least: 0 },
    neutral: 0,
    help: 'No run of so many tokens is written twice',
  },
  encoder_no_repeat_ngram_size: {
    example: 4,
    value: { type: 'whole', least: 0 },
    neutral: 0,
    help: 'No run of so many tokens of the source is written',
  },
  num_beams: {
    example: 4,
    value: { type: 'whole', least: 1 },
    neutral: 1,
    help: 'Beams: so many beginnings of an answer are followed at once; 1: the likeliest token each time',
  },
  length_penalty: {
    example: 0.6,
    value: { type: 'number' },
    neutral: 1,
    withBeams: true,
    help: "Power of the length that a beam's score is divided by: above 0 longer answers win, below 0 shorter ones",
  },
  early_stopping: {
    example: true,
    value: { type: 'stopping' },
    neutral: false,
    withBeams: true,
    help: 'When beams end: true: as soon as there are as many answers as beams; false: when a better one is unlikely; never: when there can be no better one',
  },
  forced_bos_token_id: { example: 250, value: { type: 'id' }, help: 'The id of the first token' },
  forced_eos_token_id: {
    example: 1,
    value: { type: 'id-or-ids' },
    help: 'The id of the last token where the limit cuts',
  },
  suppress_tokens: { example: [32099, 32098], value: { type: 'ids' }, help: 'Ids of tokens that are never written' },
  begin_suppress_tokens: { example: [1], value: { type: 'ids' }, help: 'Ids of tokens that are not written first' },
  bad_words_ids: {
    example: [[290], [37, 1712]],
    value: { type: 'runs' },
    help: 'Runs of token ids that are never written',
  },
  num_return_sequences: {
    example: 2,
    value: { type: 'whole', least: 1 },
    neutral: 1,
    withBeams: true,
    predictOnly: true,
    help: 'Answers to each source, the best first',
  },
} as const satisfies Readonly<Record<string, GenerationSetting>>

type Table = typeof generationTable
export type GenerationName = keyof Table
/** The settings that a task of a study may have. */
export type StudyGenerationName = Exclude<GenerationName, 'num_return_sequences'>

type ValueOf<V extends GenerationValue> = V extends { type: 'whole' | 'number' | 'id' }
  ? number
  : V extends { type: 'stopping' }
    ? boolean | 'never'
    : V extends { type: 'ids' }
      ? readonly number[]
      : V extends { type: 'id-or-ids' }
        ? number | readonly number[]
        : readonly (readonly number[])[]

/** Settings of generation by their names in a file of transformers and in a study. */
export type GenerationEntry<Name extends GenerationName = GenerationName> = Flat<{
  readonly [One in Name]?: ValueOf<Table[One]['value']>
}>

/** The same by their names in requests. */
export type GenerationOptions = Flat<{
  [Name in GenerationName as Camel<Name>]?: ValueOf<Table[Name]['value']>
}>

export const generationNames = Object.keys(generationTable) as GenerationName[]

export function generationRow(name: GenerationName): GenerationSetting {
  return generationTable[name]
}

/** `num_beams` is `numBeams` in requests. */
export function generationOption(name: GenerationName): keyof GenerationOptions {
  return camelCase(name)
}

/** Settings in the words of requests. */
export function generationOptions(entry: GenerationEntry): GenerationOptions {
  const given = generationNames.filter((name) => entry[name] !== undefined)
  return Object.fromEntries(given.map((name) => [generationOption(name), entry[name]]))
}

/** Settings in transformers' words, as `generation_config.json` has them; those of a request that are not given are left out. */
export function generationFields(options: GenerationOptions): GenerationEntry {
  const given = generationNames.filter((name) => options[generationOption(name)] !== undefined)
  return Object.fromEntries(given.map((name) => [name, options[generationOption(name)]]))
}

/** Token ids in settings that a model does not have, the first of each setting. */
export function strangeTokens(
  entry: GenerationEntry,
  vocabSize: number,
): { readonly name: string; readonly id: number }[] {
  return Object.entries(entry).flatMap(([name, value]) => {
    if (!/_(?:id|ids|tokens)$/u.test(name) || name === 'max_new_tokens' || name === 'min_new_tokens') return []
    const id = [value].flat(2).find((one) => Number(one) >= vocabSize)
    return id === undefined ? [] : [{ name, id: Number(id) }]
  })
}

/**
 * Settings over others: of two that stand in place of each other, asking for one drops the other kind.
 */
export function mergeGeneration(base: GenerationOptions, over: GenerationOptions): GenerationOptions {
  const merged = { ...base, ...over }
  if (over.maxLength !== undefined && over.maxNewTokens === undefined) delete merged.maxNewTokens
  if (over.minLength !== undefined && over.minNewTokens === undefined) delete merged.minNewTokens
  return merged
}

/**
 * Settings without those that change nothing, so that spelling them out is the same as leaving them out. Where there is a
 * limit of new tokens, the one of the whole sequence changes nothing.
 */
export function withoutNeutral<T extends GenerationEntry>(entry: T): T {
  const kept = Object.entries(entry).filter(([name, value]) => {
    if (!Object.hasOwn(generationTable, name)) return true
    const { neutral, withBeams } = generationRow(name as GenerationName)
    if (name === 'max_length' && entry.max_new_tokens !== undefined) return false
    if (name === 'min_length' && entry.min_new_tokens !== undefined) return false
    if (withBeams && (entry.num_beams ?? 1) === 1) return false
    return value !== neutral && !(Array.isArray(value) && value.length === 0)
  })
  return Object.fromEntries(kept) as T
}

/**
 * What is wrong with settings that were asked for, together with those that they stand over.
 *
 * @returns the setting, and the rest of a sentence that begins with "Cannot answer"
 */
export function generationProblem(
  asked: GenerationEntry,
  merged: GenerationEntry,
): { readonly name: GenerationName; readonly sentence: string } | undefined {
  const beams = merged.num_beams ?? 1
  const wanted = merged.num_return_sequences ?? 1
  if (wanted > beams) {
    const sentence = `with ${wanted} answers to each source ("num_return_sequences") from ${beams} beams: set "num_beams" to ${wanted} or more`
    return { name: 'num_return_sequences', sentence }
  }
  const idle = generationNames.find((name) => {
    const { withBeams, neutral } = generationRow(name)
    return withBeams && asked[name] !== undefined && asked[name] !== neutral
  })
  if (beams > 1 || idle === undefined) return undefined
  return { name: idle, sentence: `with "${idle}" as it is of no use without beams: set "num_beams" to 2 or more` }
}
