import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isObject } from '../base/bounds/is-object.ts'
import { parseSmallJson } from '../base/bounds/small-file.ts'
import { Fault } from '../base/fault.ts'
import { didYouMean } from '../base/nearest.ts'
import { type GenerationEntry, type GenerationName, generationNames, withoutNeutral } from '../lesson/generation.ts'
import { generationValue, isTokenId } from '../lesson/generation-value.ts'
import { configFile, generationFile } from './model-files.ts'

/** The tokens that answers begin and end with, where a folder names them. */
export interface FolderIds {
  readonly startId?: number
  readonly eosIds?: readonly number[]
}

/**
 * What a model's folder says about how answers are written, as transformers 4.57 follows it in `generate`.
 *
 * `generation_config.json` holds where there is one, unless it says that it was made from the config and the config says
 * something as well; without one the keys of `config.json` hold, as folders from before 2023 have them. Both files'
 * `task_specific_params` are for pipelines and hold nowhere here.
 *
 * @returns settings that change something
 * @throws {Fault} naming the file when it is no JSON, or asks for something that is not supported
 */
export function folderGeneration(folder: string): GenerationEntry {
  const { path, said } = deciding(folder)
  const problems = [...unsupportedSettings(said), ...generationNames.flatMap((name) => valueProblem(name, said[name]))]
  if (problems.length > 0) {
    throw new Fault(
      `Cannot answer as "${path}" says: ${problems.join('; ')}; change it there, or set what the folder says aside (predict --no-folder-settings)`,
    )
  }
  const given = generationNames.filter((name) => (said[name] ?? null) !== null)
  const settings = withoutNeutral(Object.fromEntries(given.map((name) => [name, said[name]])) as GenerationEntry)
  // The reference takes its own default, spelled out or not, for as many new tokens.
  return settings.max_length === defaults.max_length ? without(settings, 'max_length') : settings
}

/** The tokens that a folder's answers begin and end with, whatever else it says. @throws {Fault} when a file is no JSON */
export function folderIds(folder: string): FolderIds {
  const { said } = deciding(folder)
  const { decoder_start_token_id: start, bos_token_id: bos, eos_token_id: eos } = said
  // As in the reference, which asks no config where a file of generation is there.
  const startId = start ?? bos
  const eosIds = [eos].flat().filter(isTokenId)
  return { ...(isTokenId(startId) ? { startId } : {}), ...(eosIds.length > 0 ? { eosIds } : {}) }
}

/** What transformers reads otherwise, or not at all, in what a folder says about answers, a sentence each. */
export function generationWarnings(folder: string): string[] {
  const { path, said } = deciding(folder)
  if (basename(path) !== generationFile) return []
  const known = [...generationNames, ...Object.keys(defaults), ...unsupported.keys(), ...otherNames]
  const misspelt = Object.keys(said).flatMap((name) => {
    const hint = known.includes(name) ? '' : didYouMean(name, known)
    return hint === '' ? [] : [`Nothing is read of "${name}" in "${path}"${hint}`]
  })
  if ((said.eos_token_id ?? null) !== null) return misspelt
  const endless = `"${path}" names no "eos_token_id": transformers goes on to the limit, and answers end here with the one that the model was taught with`
  return [...misspelt, endless]
}

/** What an older `config.json` says about generation: what a `generation_config.json` made of it has to say. */
export function generationKeysOf(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = [...generationNames, ...Object.keys(defaults), ...unsupported.keys()]
  const said = [...new Set(names)].filter((name) => (config[name] ?? null) !== null)
  return Object.fromEntries(said.map((name) => [name, config[name]]))
}

interface Said {
  readonly path: string
  readonly said: Readonly<Record<string, unknown>>
}

/** The file that holds. */
function deciding(folder: string): Said {
  const config = readSaid(join(folder, configFile))
  const own = readSaid(join(folder, generationFile))
  if (own === undefined) return config ?? { path: folder, said: {} }
  const isStale = own.said._from_model_config === true && config !== undefined && saysMore(config.said)
  return isStale ? config : own
}

/** Whether a config sets anything that is not the default of any model. */
function saysMore(config: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(defaults).some(([name, usual]) => (config[name] ?? null) !== null && config[name] !== usual)
}

/** Every key of generation that transformers 4.57 knows in a `config.json`, with its default. */
const defaults: Readonly<Record<string, unknown>> = {
  max_length: 20,
  min_length: 0,
  do_sample: false,
  early_stopping: false,
  num_beams: 1,
  temperature: 1,
  top_k: 50,
  top_p: 1,
  typical_p: 1,
  repetition_penalty: 1,
  length_penalty: 1,
  no_repeat_ngram_size: 0,
  encoder_no_repeat_ngram_size: 0,
  bad_words_ids: null,
  num_return_sequences: 1,
  output_scores: false,
  return_dict_in_generate: false,
  forced_bos_token_id: null,
  forced_eos_token_id: null,
  remove_invalid_values: false,
  exponential_decay_length_penalty: null,
  suppress_tokens: null,
  begin_suppress_tokens: null,
  num_beam_groups: 1,
  diversity_penalty: 0,
}

/** What else a `generation_config.json` may have: the attributes of transformers 4.57's `GenerationConfig`, and some of other versions. */
const otherNames: readonly string[] = [
  ...['_from_model_config', 'transformers_version', 'bos_token_id', 'eos_token_id', 'pad_token_id'],
  ...['decoder_start_token_id', 'use_cache', 'cache_config', 'cache_implementation', 'disable_compile'],
  ...['output_attentions', 'output_hidden_states', 'output_logits', 'return_legacy_cache', 'low_memory'],
  ...['min_p', 'epsilon_cutoff', 'eta_cutoff', 'max_matching_ngram_size', 'prefill_chunk_size'],
  ...['prompt_lookup_num_tokens', 'is_assistant', 'num_assistant_tokens', 'num_assistant_tokens_schedule'],
  ...['compile_config', '_commit_hash', 'top_h', 'forced_decoder_ids'],
  ...['assistant_confidence_threshold', 'assistant_early_exit', 'assistant_lookbehind', 'target_lookbehind'],
]

/** What changes answers in transformers and is not there here: the values at which it does not, null among them, and why. */
const unsupported: ReadonlyMap<string, { readonly neutral: readonly unknown[]; readonly why: string }> = new Map([
  ['do_sample', { neutral: [false], why: 'answers are never drawn by chance here' }],
  ['num_beam_groups', { neutral: [1], why: 'beams are not divided into groups here' }],
  ['penalty_alpha', { neutral: [0], why: 'there is no contrastive search here' }],
  ['constraints', { neutral: [], why: 'beams are not bound to constraints here' }],
  ['force_words_ids', { neutral: [], why: 'no words are forced here' }],
  ['dola_layers', { neutral: [], why: 'layers are not contrasted here' }],
  ['guidance_scale', { neutral: [1], why: 'there is no guidance here' }],
  ['encoder_repetition_penalty', { neutral: [1], why: "the source's tokens are not made likelier here" }],
  ['exponential_decay_length_penalty', { neutral: [], why: 'the end is not made likelier with time here' }],
  ['renormalize_logits', { neutral: [false], why: 'changed probabilities are not made to sum to 1 again here' }],
  ['remove_invalid_values', { neutral: [false], why: 'scores that are no numbers are not replaced here' }],
  ['sequence_bias', { neutral: [], why: 'runs of tokens have no bias here' }],
  ['token_healing', { neutral: [false], why: 'tokens are not healed here' }],
  ['watermarking_config', { neutral: [], why: 'answers have no watermark here' }],
  ['max_time', { neutral: [], why: 'answers do not depend on the clock here' }],
  ['stop_strings', { neutral: [], why: 'only a token ends an answer here' }],
])

function unsupportedSettings(said: Readonly<Record<string, unknown>>): string[] {
  return [...unsupported].flatMap(([name, { neutral, why }]) => {
    const value = said[name] ?? null
    return value === null || neutral.includes(value) ? [] : [`"${name}" is ${JSON.stringify(value)}, but ${why}`]
  })
}

function valueProblem(name: GenerationName, value: unknown): string[] {
  const { is, words } = generationValue(name)
  if (value === undefined || value === null || is(value)) return []
  return [`"${name}" is ${JSON.stringify(value)}, wanted ${words}`]
}

function without<T extends GenerationEntry>(entry: T, name: GenerationName): T {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== name)) as T
}

function readSaid(path: string): Said | undefined {
  if (!existsSync(path)) return undefined
  const said = parseSmallJson(path)
  if (!isObject(said)) throw new Fault(`Cannot read "${path}": expected a JSON object in ${basename(path)}`)
  return { path, said }
}
